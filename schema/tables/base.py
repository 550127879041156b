"""Hold the metadata and the column builders that every table module shares."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Integer,
    MetaData,
    Numeric,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TEXT, TIMESTAMP
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "pk": "%(table_name)s_pkey",
    }
)

TEXT_ = TEXT()
INSTANT = TIMESTAMP(timezone=True)
#: Quantities in the base unit: exact, six decimals, thirteen digits before the point.
BASE_QTY = Numeric(19, 6)
#: Quantities, costs and percentages as sent: no precision is taken away at the door.
SENT = Numeric()

TYPES: dict[str, TypeEngine[Any]] = {
    "text": TEXT_,
    "bigint": BigInteger(),
    "integer": Integer(),
    "boolean": Boolean(),
    "numeric": SENT,
    "date": Date(),
    "timestamp with time zone": INSTANT,
    "jsonb": JSONB(),
}


def key(name: str, kind: TypeEngine[Any], comment: str, default: str | None = None) -> Column[Any]:
    """Return a NOT NULL column."""
    return Column(name, kind, nullable=False, comment=comment, server_default=_sql(default))


def col(name: str, kind: TypeEngine[Any], comment: str, default: str | None = None) -> Column[Any]:
    """Return a nullable column."""
    return Column(name, kind, nullable=True, comment=comment, server_default=_sql(default))


def one_of(column: str, values: tuple[str, ...], name: str | None = None) -> CheckConstraint:
    """Return the CHECK that a text column holds one of the values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name or column)


def _sql(default: str | None) -> Any:
    return None if default is None else text(default)

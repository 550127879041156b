"""Read the settings: arguments, `CROSSDOCK_*` variables, then `crossdock.toml`, then defaults.

A wrong value is a `ConfigurationError` with one line per setting, never a traceback.
"""

from __future__ import annotations

import os
import re
import shlex
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from sqlalchemy.engine import URL, make_url

from schema.policies import BY_NAME, DEFAULT_LIMITS
from sync.errors import ConfigurationError

DRIVER: Final = "postgresql+psycopg"

_UNITS: Final[dict[str, timedelta]] = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "sec": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|sec|s|min|m|h|d)", re.IGNORECASE)
_ISO = re.compile(
    r"P(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?",
    re.IGNORECASE,
)


def parse_duration(value: object) -> timedelta:
    """Read `15min`, `4h`, `1h30min`, `500ms` or ISO 8601 `PT15M`.

    A bare number is refused: nobody can see whether it means seconds or minutes. `0` is allowed.

    Raises:
        ValueError: the text is no duration, or is negative.

    """
    if isinstance(value, timedelta):
        return value
    text = str(value).strip()
    if text == "0":
        return timedelta(0)
    iso = _ISO.fullmatch(text)
    if iso is not None and any(iso.groups()):
        part = {name: float(number or 0) for name, number in iso.groupdict().items()}
        return timedelta(days=part["d"], hours=part["h"], minutes=part["m"], seconds=part["s"])
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text).strip():
        raise ValueError("not a duration; write for example 15min, 4h, 500ms or PT15M")
    return sum((float(number) * _UNITS[unit.lower()] for number, unit in parts), timedelta(0))


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]


def normalise_url(text: str) -> str:
    """Return a libpq or SQLAlchemy database URL as `postgresql+psycopg://...`.

    Accepts `postgresql://`, `postgres://`, SQLAlchemy's `postgresql+driver://` with any driver, and
    libpq's keyword form (`host=... dbname=...`).

    Raises:
        ConfigurationError: the text is none of these. The text itself is not repeated: it may
            hold a password.

    """
    plain = re.sub(r"^(postgresql|postgres)(\+\w+)?://", "postgresql://", text.strip())
    if "://" in plain and not plain.startswith("postgresql://"):
        scheme = plain.partition("://")[0]
        raise ConfigurationError(f"database URL: {scheme}:// is not PostgreSQL")
    if not plain or ("://" not in plain and "=" not in plain):
        raise ConfigurationError(
            "database URL: expected postgresql://login@host/database or host=... dbname=..."
        )
    try:
        found = {key: str(value) for key, value in conninfo_to_dict(plain).items() if value}
    except psycopg.Error as exc:
        # libpq quotes the offending piece, which is never the password but for a mistyped URL.
        reason = str(exc).strip().partition('"')[0].rstrip(": ")
        raise ConfigurationError(f"database URL: {reason}") from None
    host, port = found.pop("host", None), found.pop("port", None)
    simple = host is not None and not host.startswith(("/", "@")) and "," not in host
    if not simple:  # a socket directory or several hosts are legal only in the query part
        if host is not None:
            found["host"] = host
        if port is not None:
            found["port"] = port
    try:
        number = int(port) if simple and port is not None else None
    except ValueError:
        raise ConfigurationError("database URL: the port is not a number") from None
    return rendered(
        URL.create(
            DRIVER,
            username=found.pop("user", None),
            password=found.pop("password", None),
            host=host if simple else None,
            port=number,
            database=found.pop("dbname", None),
            query=found,
        )
    )


def rendered(url: URL, *, hide_password: bool = False) -> str:
    """Return the URL as text that SQLAlchemy and libpq read alike.

    SQLAlchemy writes a blank in the query part as `+`, which libpq takes for a plus sign.
    """
    place, mark, options = url.render_as_string(hide_password=hide_password).partition("?")
    return place + mark + options.replace("+", "%20")


def libpq_url(url: str) -> str:
    """Return any accepted URL in libpq's form, for psycopg, psql and printing commands."""
    return rendered(make_url(normalise_url(url)).set(drivername="postgresql"))


def masked(url: str) -> str:
    """Return any accepted URL in libpq's form with its passwords hidden, for people and logs."""
    parsed = make_url(normalise_url(url)).set(drivername="postgresql")
    if "sslpassword" in parsed.query:
        parsed = parsed.update_query_dict({"sslpassword": "***"})
    return rendered(parsed, hide_password=True)


def for_psql(url: str) -> str:
    """Return the shell line that makes `psql`, without arguments, open the same database.

    A password is left out: psql asks for it, or finds it in `~/.pgpass`.
    """
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}
    found = conninfo_to_dict(libpq_url(url))
    given = (f"{names[key]}={shlex.quote(str(found[key]))}" for key in names if found.get(key))
    return f"export {' '.join(given)}"


def _limit(name: str) -> Any:
    """Return the field of a limit; a policy of a warehouse goes before the setting."""
    return Field(default=DEFAULT_LIMITS[name], description=BY_NAME[name].meaning)


class Settings(BaseSettings):
    """Hold every setting of the program, with units in the names or in the type."""

    model_config = SettingsConfigDict(
        env_prefix="CROSSDOCK_",
        env_ignore_empty=True,
        extra="forbid",  # a mistyped key in crossdock.toml must not pass silently
        frozen=True,
    )

    database_url: Annotated[str, BeforeValidator(lambda text: normalise_url(str(text)))] | None = (
        Field(default=None, repr=False, description="libpq or SQLAlchemy form; none: embedded")
    )
    home: Path = Field(
        default_factory=lambda: Path.home() / ".crossdock",
        description="where the embedded database and the reports live",
    )

    workers: int = Field(default=2, ge=1, le=64, description="worker threads of one daemon")
    batch_rows: int = Field(default=2000, ge=1, le=20_000, description="messages of one batch")
    batch_rows_idle: int = Field(default=50, ge=1, le=20_000, description="when nothing waits")
    poll_min_ms: int = Field(default=5, ge=1, description="pause between polls while rows flow")
    poll_max_ms: int = Field(default=250, ge=1, description="pause between polls when idle")
    retry_delay: Duration = Field(
        default=timedelta(seconds=1), description="after a fault; doubles each time"
    )
    max_attempts: int = Field(default=5, ge=1, le=100, description="tries of a transient fault")

    reference_limit: Duration = _limit("reference_limit")
    order_limit: Duration = _limit("order_limit")
    stock_limit: Duration = _limit("stock_limit")
    line_limit: Duration = _limit("line_limit")
    answer_alarm: Duration = _limit("answer_alarm")
    clock_skew_limit: Duration = _limit("clock_skew_limit")
    retention: Duration = Field(
        default=timedelta(days=90), description="messages that ended stay so long before archiving"
    )

    pooled: bool = Field(
        default=False,
        description="true: a pooler by transaction, such as pgbouncer, stands before the server",
    )

    snapshot_age_limit: Duration = Field(
        default=timedelta(hours=26), description="older snapshots are not reconciled"
    )
    snapshot_skew_limit: Duration = Field(
        default=timedelta(hours=4), description="between the snapshots of both sides"
    )
    key_count_change_pct: int = Field(
        default=20, ge=1, le=1000, description="more or fewer keys than last time: not reconciled"
    )
    in_flight_limit: Duration = Field(
        default=timedelta(hours=4), description="what is on its way for longer is late"
    )
    confirm_limit: Duration = Field(
        default=timedelta(hours=2), description="taken by the receiver and not answered for so long"
    )
    statement_timeout: Duration = Field(default=timedelta(seconds=60))
    lock_timeout: Duration = Field(default=timedelta(seconds=5))
    idle_in_transaction_timeout: Duration = Field(default=timedelta(seconds=60))

    health_host: str = Field(default="127.0.0.1", description="0.0.0.0 in a container")
    health_port: int = Field(default=8480, ge=0, le=65535, description="0: any free port")
    log_format: Literal["console", "json"] = "console"

    @model_validator(mode="after")
    def _ordered(self) -> Settings:
        if self.poll_min_ms > self.poll_max_ms:
            raise ValueError("poll_min_ms must not exceed poll_max_ms")
        if self.batch_rows_idle > self.batch_rows:
            raise ValueError("batch_rows_idle must not exceed batch_rows")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, environment, crossdock.toml."""
        toml = TomlConfigSettingsSource(settings_cls, toml_file=_config_file())
        return init_settings, env_settings, toml


def _config_file() -> Path | None:
    """Return the settings file in force, or None.

    Raises:
        ConfigurationError: CROSSDOCK_CONFIG names a file that is not there.

    """
    named = os.environ.get("CROSSDOCK_CONFIG")
    path = Path(named) if named else Path("crossdock.toml")
    if path.is_file():
        return path
    if named:
        raise ConfigurationError(f"CROSSDOCK_CONFIG: no such file: {named}")
    return None


def load_settings(**overrides: Any) -> Settings:
    """Return the settings; an override that is None counts as not given.

    Raises:
        ConfigurationError: a value is wrong; the text names each setting with its reason.

    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as exc:
        raise ConfigurationError("; ".join(_explain(error) for error in exc.errors())) from None
    except ValueError as exc:  # crossdock.toml is no TOML
        raise ConfigurationError(f"crossdock.toml: {exc}") from None
    except OSError as exc:
        raise ConfigurationError(f"crossdock.toml: {exc.strerror}") from None


def _explain(error: Any) -> str:
    """Return one pydantic finding as `name: reason (got value)`, without any secret."""
    name = ".".join(str(part) for part in error["loc"][:1])
    reason = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        return f"{name}: unknown setting"
    if not name:
        return reason
    if name == "database_url":
        return f"{name}: {reason}"
    return f"{name}: {reason} (got {error['input']!r})"

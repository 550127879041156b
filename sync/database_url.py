"""Read database URLs in every form that people use, and print them without their passwords."""

from __future__ import annotations

import re
import shlex
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.engine import URL, make_url

from sync.errors import ConfigurationError

DRIVER: Final = "postgresql+psycopg"


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

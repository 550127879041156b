"""Give the simulated systems logins of their own, as a DBA does for real ones."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from secrets import token_urlsafe

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import DuplicateObject, UniqueViolation
from psycopg.sql import SQL, Identifier, Literal

from sync.config import libpq_url
from sync.simulate.actor import Login, conninfo_of
from sync.simulate.company import ERP_SYSTEM, NORTH_SYSTEM, PORT_SYSTEM, WAREHOUSES

ERP_LOGIN = "sim_erp"
WMS_LOGINS = {NORTH_SYSTEM: "sim_wms_north", PORT_SYSTEM: "sim_wms_port"}


@dataclass(frozen=True, slots=True)
class Logins:
    """Hold the logins of all actors and the connection string of the DBA who inspects."""

    erp: Login
    wms: tuple[Login, ...]
    inspector: str


def create_logins(url: str) -> Logins:
    """Create the simulation's roles where they are missing and register their systems.

    Raises: psycopg.Error when the login of ``url`` may not create roles or register systems, or
    when another ERP is registered in the database.
    """
    admin = libpq_url(url)
    password = token_urlsafe(18) if conninfo_to_dict(admin).get("password") else None
    with psycopg.connect(admin, application_name="simulate-admin") as connection:
        for role in (ERP_LOGIN, *WMS_LOGINS.values()):
            _ensure_role(connection, role, password)
        register = "SELECT ops.register_system(%s, %s, %s, CAST(%s AS text[]))"
        connection.execute(register, [ERP_LOGIN, ERP_SYSTEM, "erp", []])
        for system, role in WMS_LOGINS.items():
            codes = [place.code for place in WAREHOUSES if place.system == system]
            connection.execute(register, [role, system, "wms", codes])
    return Logins(
        erp=Login(_login_as(url, ERP_LOGIN, password), "erp_v1", ERP_SYSTEM),
        wms=tuple(
            Login(_login_as(url, role, password), "wms_v1", system)
            for system, role in WMS_LOGINS.items()
        ),
        inspector=admin,
    )


def _ensure_role(
    connection: psycopg.Connection[tuple[object, ...]], role: str, password: str | None
) -> None:
    # Roles belong to the whole server: another database's simulation may have made it, or may be
    # making it right now.
    with suppress(DuplicateObject, UniqueViolation), connection.transaction():
        connection.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(role)))
    if password is not None:
        connection.execute(
            SQL("ALTER ROLE {} PASSWORD {}").format(Identifier(role), Literal(password))
        )


def _login_as(url: str, role: str, password: str | None) -> str:
    return conninfo_of(url, user=role, password=password)

"""Look at the server, its settings, the rights and the clocks, and say what to do about each.

Reading and judging are apart: `examine` reads, the `judge_*` functions turn rows into findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from sync import migrate
from sync.config import Settings
from sync.errors import SchemaRevisionError

if TYPE_CHECKING:
    from sync.store import Store, Transaction

Level = Literal["ok", "note", "problem"]
Row = Mapping[str, Any]

OLDEST: Final = 150_000
NEWEST: Final = 190_000
OLD_SNAPSHOT: Final = timedelta(minutes=5)
ROLES: Final = (
    "crossdock_daemon",
    "crossdock_dba",
    "crossdock_erp",
    "crossdock_reader",
    "crossdock_wms",
)
# Connections of the daemon beside its workers, plus room for senders and a person with psql.
SPARE_CONNECTIONS: Final = 20

# Setting -> (values that are right, how grave it is otherwise, what to do).
EXPECTED: Final[dict[str, tuple[tuple[str, ...], Level, str]]] = {
    "fsync": (("on",), "problem", "a power cut destroys the database: ALTER SYSTEM SET fsync = on"),
    "full_page_writes": (
        ("on",),
        "problem",
        "a power cut can destroy pages: ALTER SYSTEM SET full_page_writes = on",
    ),
    "synchronous_commit": (
        ("on", "local", "remote_write", "remote_apply"),
        "problem",
        "a crash loses facts that their sender saw committed: SET synchronous_commit = on",
    ),
    "autovacuum": (("on",), "problem", "tables would only grow: ALTER SYSTEM SET autovacuum = on"),
    "track_counts": (("on",), "problem", "autovacuum is blind without: SET track_counts = on"),
    "default_transaction_isolation": (
        ("read committed",),
        "problem",
        "the engine is written for read committed: reset default_transaction_isolation",
    ),
    "jit": (
        ("off",),
        "note",
        "compiling takes longer than the statements: ALTER DATABASE ... SET jit = off",
    ),
    "idle_in_transaction_session_timeout": (
        (),
        "note",
        "a hanging sender holds back cleaning: ALTER ROLE ... SET the limit to '10min'",
    ),
}


@dataclass(frozen=True)
class Finding:
    """Hold one thing looked at: what was found, and what to do when it is not well."""

    name: str
    level: Level
    found: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        """Return it for a machine."""
        return asdict(self)


def examine(store: Store, url: str, settings: Settings) -> list[Finding]:
    """Return a finding for everything that is looked at, problems and good things alike.

    Raises:
        DatabaseUnreachableError: no connection.

    """
    findings = [judge_revision(url)]
    migrated = findings[0].level == "ok"
    with store.transaction() as tx:
        server = tx.one("doctor_server")._asdict()
        # Asked at once: the skew includes the way there, which is milliseconds.
        here = datetime.now(UTC)
        values = _rows(tx, "doctor_settings", names=[*EXPECTED, "max_connections"])
        snapshots = _rows(tx, "doctor_old_snapshots", older_than=OLD_SNAPSHOT) if migrated else None
        roles = _rows(tx, "doctor_roles", names=list(ROLES)) if migrated else []
        leaks = _rows(tx, "doctor_leaks") if migrated else []
        systems = _rows(tx, "doctor_systems") if migrated else []
    findings += judge_server(server, here, settings)
    findings += judge_settings(values, int(server["sessions"]), settings)
    if snapshots is not None:
        findings += judge_snapshots(snapshots)
    if migrated:
        findings += judge_rights(roles, leaks, superuser=bool(server["is_superuser"]))
        findings += judge_systems(systems)
    return findings


def _rows(tx: Transaction, name: str, **params: object) -> list[Row]:
    return [row._asdict() for row in tx.rows(name, **params)]


def judge_revision(url: str) -> Finding:
    """Judge whether this program and the schema fit."""
    try:
        return Finding("schema revision", "ok", migrate.check(url))
    except SchemaRevisionError as exc:
        return Finding("schema revision", "problem", str(exc), "crossdock migrate")


def judge_server(server: Row, here: datetime, settings: Settings) -> Iterator[Finding]:
    """Judge version, encoding, role in a cluster and clock."""
    version = int(server["version_number"])
    yield (
        Finding("server version", "ok", str(server["version"]))
        if OLDEST <= version < NEWEST
        else Finding(
            "server version", "problem", str(server["version"]), "use PostgreSQL 15, 16, 17 or 18"
        )
    )
    encoding = str(server["encoding"])
    yield Finding(
        "encoding",
        "ok" if encoding == "UTF8" else "problem",
        encoding,
        "" if encoding == "UTF8" else "make the database anew with ENCODING 'UTF8'",
    )
    if server["is_standby"]:
        yield Finding("role", "problem", "a standby, read only", "connect to the primary")
    skew = abs(server["now"] - here)
    good = skew <= settings.clock_skew_limit
    yield Finding(
        "clock",
        "ok" if good else "problem",
        f"{skew.total_seconds():.1f} s apart from this machine",
        "" if good else "let both machines follow the same time server (NTP)",
    )


def judge_settings(values: Iterable[Row], sessions: int, settings: Settings) -> Iterator[Finding]:
    """Judge the server's settings and whether its connections suffice."""
    found = {str(row["name"]): str(row["setting"]) for row in values}
    for name, (right, otherwise, remedy) in EXPECTED.items():
        value = found.get(name, "unknown")
        good = value in right if right else value != "0"
        yield Finding(name, "ok" if good else otherwise, value, "" if good else remedy)
    limit, wanted = int(found["max_connections"]), 2 * settings.workers + SPARE_CONNECTIONS
    good = limit >= wanted + sessions
    yield Finding(
        "max_connections",
        "ok" if good else "problem",
        f"{limit}, {sessions} in use",
        "" if good else f"the daemon and its senders want {wanted} more: raise max_connections",
    )


def judge_snapshots(holders: Iterable[Row]) -> Iterator[Finding]:
    """Judge who keeps old row versions alive."""
    empty = True
    for row in holders:
        empty = False
        age = f", for {row['age_s']} s" if row["age_s"] is not None else ""
        who = f" of {row['login']} ({row['application_name'] or 'unnamed'})" if row["login"] else ""
        remedy = {
            "session": f"end it there, or SELECT pg_terminate_backend({row['holder']})",
            "prepared transaction": f"COMMIT PREPARED or ROLLBACK PREPARED '{row['holder']}'",
        }.get(
            row["kind"], f"SELECT pg_drop_replication_slot('{row['holder']}') if it is not wanted"
        )
        yield Finding(
            "long transaction",
            "problem",
            f"{row['kind']} {row['holder']}{who}: {row['state']}{age}",
            remedy,
        )
    if empty:
        yield Finding("long transaction", "ok", f"none older than {OLD_SNAPSHOT}")


def judge_rights(
    roles: Iterable[Row], leaks: Sequence[Row], *, superuser: bool
) -> Iterator[Finding]:
    """Judge the roles, the daemon's rights and that senders have no way in but the views."""
    known = {str(row["name"]): row for row in roles}
    missing = [name for name, row in known.items() if not row["found"]]
    if missing:
        remedy = "; ".join(f"CREATE ROLE {name} NOLOGIN" for name in missing)
        yield Finding("roles", "problem", f"missing: {', '.join(missing)}", remedy)
    else:
        yield Finding("roles", "ok", "all there")
    may_run = superuser or known["crossdock_daemon"]["is_mine"]
    yield Finding(
        "daemon's rights",
        "ok" if may_run else "problem",
        "this login may run the daemon" if may_run else "this login may not run the daemon",
        "" if may_run else "GRANT crossdock_daemon TO the daemon's login",
    )
    if not leaks:
        yield Finding("senders' rights", "ok", "the contract's views are the only way in")
    for row in leaks:
        yield Finding(
            "senders' rights",
            "problem",
            f"{row['grantee']} may {row['privileges']} on {row['table_name']}",
            f"REVOKE ALL ON {row['table_name']} FROM {row['grantee']}",
        )


def judge_systems(systems: Sequence[Row]) -> Iterator[Finding]:
    """Judge that both sides are registered and their logins are usable."""
    kinds = {str(row["kind"]) for row in systems}
    for kind in ("erp", "wms"):
        if kind not in kinds:
            yield Finding(
                "systems",
                "note",
                f"no {kind.upper()} is registered",
                f"crossdock register LOGIN SYSTEM --kind {kind}",
            )
    for row in systems:
        name = f"{row['system_code']} ({row['kind']})"
        if row["login"] is None or not row["login_found"]:
            yield Finding(
                "systems",
                "problem",
                f"{name} has no login {row['login'] or ''}".strip(),
                f"CREATE ROLE ... LOGIN; crossdock register ... {row['system_code']}",
            )
        elif not row["has_role"]:
            yield Finding(
                "systems",
                "problem",
                f"{name}: login {row['login']} lacks its role",
                f"GRANT crossdock_{row['kind']} TO {row['login']}",
            )
        elif row["kind"] == "wms" and not row["warehouses"]:
            yield Finding(
                "systems",
                "note",
                f"{name} has no warehouse",
                f"crossdock register {row['login']} {row['system_code']} --kind wms --warehouse W",
            )
        else:
            yield Finding("systems", "ok", f"{name}: login {row['login']}")

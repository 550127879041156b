"""Start, share and stop one embedded PostgreSQL server.

Any number of processes may use the server at one path: the first starts it, the last stops it. A
shared file lock says who uses it, so a killed process leaves no wrong count behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

from sync.config import DRIVER, rendered
from sync.embedded import account as accounts
from sync.embedded import places
from sync.errors import ConfigurationError, DatabaseUnreachableError

MAJOR: Final = "18"
SUPERUSER: Final = "postgres"
DATABASE: Final = "crossdock"
_READY_LIMIT_S: Final = 60.0
_STOP_LIMIT_S: Final = 60.0
_LOOK_S: Final = 0.02
_START_TRIES: Final = 5
_RETRY_S: Final = 0.5
_LOG_TAIL: Final = 5
_PID_FILE_LINES: Final = 8  # fewer: it is being written

# For one machine that also runs the daemon: small, and without surprises in the plans.
TUNING: Final[dict[str, str]] = {
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_completion_target": "0.9",
    "wal_compression": "off",  # pglz, all that is built in, takes 90 us for the image of a page
    "jit": "off",  # compiling a set-based statement takes longer than running it
    "random_page_cost": "1.1",
    "effective_io_concurrency": "16",
    "default_statistics_target": "200",
    "autovacuum_naptime": "15s",
    "track_io_timing": "on",
    "log_checkpoints": "off",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] %q%u@%d %a ",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# Tests and throwaway demonstrations survive a killed client, not a power cut.
FORGETFUL: Final[dict[str, str]] = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class EmbeddedServer:
    """Hold one use of the server whose files are below `path`.

    `durable=False` gives up safety against power cuts for speed. `port` opens TCP on 127.0.0.1 with
    passwords required; without it only the owner of the files can connect, by the socket.
    `settings` are further lines of postgresql.conf. What is given counts when this call starts the
    server; a server that runs already is used as it is.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        durable: bool = True,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.path = Path(path).expanduser().absolute()
        self._settings = {
            **TUNING,
            **({} if durable else FORGETFUL),
            **(settings or {}),
            "listen_addresses": "127.0.0.1" if port else "",
            "port": str(port or 5432),
        }
        self._durable = durable
        self._in_use: IO[bytes] | None = None
        self._data: Path | None = None

    def start(self, database: str = DATABASE) -> str:
        """Start the server or join the one that runs, and return the URL of the database.

        Raises:
            ConfigurationError: it cannot run here; the text says why and what to do.

        """
        if self._in_use is None:
            self.path.mkdir(parents=True, exist_ok=True)
            with self._control():
                account = accounts.choose(self.path / "data")
                self._data = places.data_folder(self.path, account)
                if not self._answers():
                    self._start(account)
                self._in_use = (self.path / "users.lock").open("ab")
                fcntl.flock(self._in_use, fcntl.LOCK_SH)
                self._ensure_database(database)
        return self.url(database)

    def url(self, database: str = DATABASE, login: str = SUPERUSER) -> str:
        """Return the URL of one database on the running server for one login."""
        found = self._postmaster()
        if found is None:
            raise DatabaseUnreachableError(f"the embedded PostgreSQL at {self.path} is not running")
        query = {"host": found["socket"]}
        if found["port"] != "5432":
            query["port"] = found["port"]
        return rendered(URL.create(DRIVER, username=login, database=database, query=query))

    def set_aside(self, suffix: str, database: str = DATABASE) -> str:
        """Keep a database under another name, make an empty one in its place; return that name.

        Raises:
            ConfigurationError: somebody is connected to it.

        """
        name = f"{database}_{suffix}"
        with self._connect("postgres") as connection:
            try:
                connection.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                        sql.Identifier(database), sql.Identifier(name)
                    )
                )
            except psycopg.errors.ObjectInUse as exc:
                users = connection.execute(
                    "SELECT string_agg(DISTINCT application_name, ', ' ORDER BY application_name) "
                    "FROM pg_catalog.pg_stat_activity WHERE datname = %s",
                    (database,),
                ).fetchone()
                raise ConfigurationError(
                    f"the database {database} is in use by {users[0] if users else 'others'}; "
                    "stop them, then try again"
                ) from exc
        self._ensure_database(database)
        return name

    def close(self, *, destroy: bool = False) -> None:
        """Give up this use; the last one stops the server, and deletes its files on `destroy`."""
        if self._in_use is None:
            return
        with self._control():
            fcntl.flock(self._in_use, fcntl.LOCK_UN)
            self._in_use.close()
            self._in_use = None
            with (self.path / "users.lock").open("ab") as probe:
                try:
                    fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return  # somebody else still uses it
                self._stop()
                if destroy and self._data is not None:
                    places.remove(self.path, self._data, accounts.choose(self._data))

    def stop(self) -> None:
        """Stop the server whoever uses it."""
        with self._control():
            if self._in_use is not None:
                self._in_use.close()
                self._in_use = None
            self._stop()

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give up this use."""
        self.close()

    @contextlib.contextmanager
    def _control(self) -> Iterator[None]:
        """Let one process at a time start or stop the server."""
        with (self.path / "control.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _postmaster(self) -> dict[str, str] | None:
        """Return pid, port, socket folder and status of the server, or None without one.

        The lines of postmaster.pid: pid, data, start time, port, socket, address, memory, status.
        """
        if self._data is None:
            named = self.path / "data"
            self._data = named.resolve() if named.exists() else None
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines() if self._data else []
        except FileNotFoundError:
            return None
        if len(lines) < _PID_FILE_LINES:
            return None
        return {
            "pid": lines[0].strip(),
            "port": lines[3].strip(),
            "socket": lines[4].strip(),
            "status": lines[7].strip(),
        }

    def _answers(self) -> bool:
        """Return whether a server answers; a left-over postmaster.pid of a crash does not."""
        found = self._postmaster()
        if found is None:
            return False
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError as exc:
            # 57P03: it is there, but still starting or recovering.
            return exc.sqlstate == "57P03" and self._wait_until_ready(int(found["pid"]))
        return True

    def _start(self, account: accounts.Account) -> None:
        data = self._data
        if data is None:
            raise ConfigurationError(f"{self.path}: no data directory")
        programs = places.programs(account)
        log_path = self.path / "server.log"
        with log_path.open("a", encoding="utf-8") as log:
            if not (data / "PG_VERSION").exists():
                self._initialise(programs, data, account, log)
            version = (data / "PG_VERSION").read_text().strip()
            if version != MAJOR:
                raise ConfigurationError(
                    f"{data} was made by PostgreSQL {version} and this crossdock brings {MAJOR}; "
                    "dump it with the old version and restore it, or choose another CROSSDOCK_HOME"
                )
            self._write_configuration(data, places.socket_folder(data, account))
            command: list[str | Path] = [programs / "postgres", "-D", data]
            ready = False
            for _ in range(_START_TRIES):
                ready = self._wait_until_ready(account.detach(command, log=log))
                if ready:
                    break
                # After a crash the old server's last processes may still hold its memory.
                time.sleep(_RETRY_S)
        if not ready:
            tail = log_path.read_text(errors="replace").splitlines()[-_LOG_TAIL:]
            raise ConfigurationError(
                f"the embedded PostgreSQL did not start; the end of {log_path}: {' | '.join(tail)}"
            )

    def _initialise(
        self, programs: Path, data: Path, account: accounts.Account, log: IO[str]
    ) -> None:
        command: list[str | Path] = [
            programs / "initdb",
            "-D",
            data,
            "--username",
            SUPERUSER,
            "--auth-local",
            "trust",  # the socket's folder is open to the owner alone
            "--auth-host",
            "scram-sha-256",
            "--encoding",
            "UTF8",
            # PostgreSQL's own collation: the same order on every machine, no locale needed.
            "--locale-provider",
            "builtin",
            "--builtin-locale",
            "C.UTF-8",
            "--locale",
            "C",
        ]
        done = account.run(command if self._durable else [*command, "--no-sync"], log=log)
        if done.returncode != 0:
            raise ConfigurationError(f"initdb failed; see {self.path / 'server.log'}")
        with (data / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("\ninclude 'crossdock.conf'\n")

    def _write_configuration(self, data: Path, socket: Path) -> None:
        lines = {**self._settings, "unix_socket_directories": f'"{socket}"'}
        text = "".join(
            f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in lines.items()
        )
        target = data / "crossdock.conf"
        target.write_text(f"# Written anew at each start.\n{text}", encoding="utf-8")
        target.chmod(0o644)  # inside a folder of mode 0700; the server's account must read it

    def _wait_until_ready(self, pid: int) -> bool:
        """Return whether the server with this process id came to answer."""
        end = time.monotonic() + _READY_LIMIT_S
        while time.monotonic() < end and _runs(pid):
            found = self._postmaster()
            if found is not None and found["status"] == "ready" and found["pid"] == str(pid):
                with contextlib.suppress(psycopg.OperationalError):
                    self._connect("postgres").close()
                    return True
            time.sleep(_LOOK_S)
        return False

    def _stop(self) -> None:
        for order in (signal.SIGINT, signal.SIGQUIT):  # fast, then immediate
            found = self._postmaster()
            if found is None:
                return
            try:
                os.kill(int(found["pid"]), order)
            except ProcessLookupError:
                return
            end = time.monotonic() + _STOP_LIMIT_S
            while self._postmaster() is not None and time.monotonic() < end:
                time.sleep(_LOOK_S)

    def _connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        found = self._postmaster()
        if found is None:
            raise psycopg.OperationalError("no server")
        return psycopg.connect(
            host=found["socket"],
            port=found["port"],
            user=SUPERUSER,
            dbname=database,
            autocommit=True,
            connect_timeout=10,
            application_name="crossdock embedded",
        )

    def _ensure_database(self, database: str) -> None:
        with self._connect("postgres") as connection:
            found = connection.execute(
                "SELECT 1 FROM pg_catalog.pg_database WHERE datname = %s", (database,)
            ).fetchone()
            if found is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

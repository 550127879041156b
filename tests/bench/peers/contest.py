"""Let crossdock's daemon and the peers drain the same number of movements on one server.

Every side is a process of its own with one worker; a job of a peer is one line of crossdock's. A
turn loads a backlog, starts the process and looks at what is committed: the clock runs from the
first tenth until all is done, so that nobody's start counts. Afterwards every sum must be exact.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from sync.config import libpq_url
from sync.embedded import EmbeddedServer
from tests.bench.company import found
from tests.bench.daemon import daemon, until_done
from tests.bench.peers.catalogue import FOLDER, PEERS, Peer, own_python
from tests.bench.peers.places import Places
from tests.bench.race import Side, Told, figures, goal, race, ratio

PIECES = 24
RECEIPTS = 20_000  # of three lines, for crossdock in a turn
ORDERS = 4000
GOALS = {"row loop": 20.0, "pgqueuer": 12.0, "graphile-worker": 6.0, "PgQ": 4.0}


class PeerRun:
    """Hold one peer's database, and let it drain backlogs."""

    def __init__(self, server: EmbeddedServer, peer: Peer, places: Places) -> None:
        self.peer = peer
        self._places = places
        self._database = "peer_" + "".join(c for c in peer.name.lower() if c.isalnum())
        self._python = places.python if peer.library else own_python()
        self._jobs = 0
        with psycopg.connect(libpq_url(server.url("postgres")), autocommit=True) as admin:
            name = sql.Identifier(self._database)
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
        self._url = libpq_url(server.url(self._database))
        info = psycopg.conninfo.conninfo_to_dict(self._url)
        self._environment = {
            **places.environment(),
            "PGHOST": str(info["host"]),
            "PGUSER": str(info["user"]),
            "PGDATABASE": self._database,
            "PGPORT": str(info.get("port", 5432)),
        }
        self.connection: psycopg.Connection[Any] = psycopg.connect(self._url, autocommit=True)
        self._install()

    def turn(self) -> tuple[float, float]:
        """Load a backlog, drain it, check the sums; return the jobs and seconds that count."""
        self._load()
        with _process(self.peer.command(self._python), self._environment) as process:
            measured = until_done(process, self._moved, self.peer.jobs)
        self._check()
        return measured

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def _install(self) -> None:
        self.connection.execute((FOLDER / "work.sql").read_bytes())
        if self.peer.name == "PgQ":
            self.connection.execute(self._places.pgq_sql.read_bytes())
        for name in self.peer.sql:
            self.connection.execute((FOLDER / name).read_bytes())
        if self.peer.installs:
            subprocess.run(
                self.peer.command(self._python, "install"), env=self._environment, check=True
            )

    def _load(self) -> None:
        self.connection.execute("TRUNCATE movement")
        step = self.peer.chunk or self.peer.jobs
        for first in range(self._jobs + 1, self._jobs + self.peer.jobs + 1, step):
            span = {"first": first, "last": first + step - 1}
            self.connection.execute(self.peer.load.encode(), span)
            if self.peer.after_chunk:
                self.connection.execute(self.peer.after_chunk.encode())
        self._jobs += self.peer.jobs
        self.connection.execute("VACUUM (ANALYZE)")

    def _moved(self) -> int:
        return int(self._scalar("SELECT count(*) FROM movement"))

    def _scalar(self, query: str) -> Any:
        row = self.connection.execute(query.encode()).fetchone()
        return row[0] if row else None

    def _check(self) -> None:
        for query, expected in (
            ("SELECT count(*) FROM movement", self.peer.jobs),
            ("SELECT sum(qty) FROM movement", self.peer.jobs * PIECES),
            ("SELECT sum(qty) FROM balance", self._jobs * PIECES),
            ("SELECT sum(row_version) > 0 FROM balance", True),
        ):
            found = self._scalar(query)
            assert found == expected, f"{self.peer.name}: {query}: {found}, not {expected}"


@contextmanager
def _process(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program inside the block, and end it with a SIGTERM, or else for good."""
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def measure(
    server: EmbeddedServer,
    places: Places,
    *,
    rounds: int,
    receipts: int = RECEIPTS,
    peers: Sequence[Peer] = PEERS,
    told: Told | None = None,
) -> dict[str, Any]:
    """Return the rates of crossdock and of all peers, in lines/s and jobs/s, and the ratios.

    A peer that cannot take part is named with the reason. Raises `AssertionError` when a sum is
    not exact.
    """
    company = found(server, 1, ORDERS, ("uniform",))
    runs = [PeerRun(server, peer, places) for peer in peers if peer.name not in places.missing]

    def crossdock() -> tuple[float, float]:
        lines = company.receipts(company.lanes, receipts)
        company.vacuum()
        before = company.positions()
        with daemon(company.url, workers=1) as process:
            measured = until_done(process, lambda: company.positions() - before, lines)
        company.check()
        return measured

    own = Side("crossdock", crossdock)
    sides = [own, *(Side(run.peer.name, run.turn) for run in runs)]
    try:
        race(sides, rounds=rounds, told=told)
    finally:
        for run in runs:
            run.close()
    return {
        "sides": figures(sides, "lines"),
        "ratios": {f"crossdock to {side.name}": round(ratio(own, side), 2) for side in sides[1:]},
        "goals": [
            goal(f"crossdock to {side.name}", ratio(own, side), GOALS[side.name])
            for side in sides[1:]
            if side.name in GOALS
        ],
        "options": {peer.name: peer.options for peer in peers},
        "not measured": {
            peer.name: places.missing[peer.name] for peer in peers if peer.name in places.missing
        },
    }

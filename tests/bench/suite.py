"""Name the parts of the suite: what each measures, on a fresh server of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync.embedded import EmbeddedServer
from tests.bench import drain, floors, loop
from tests.bench.peers import contest as peers
from tests.bench.peers.places import prepare
from tests.bench.race import Told
from tests.bench.world import found

TINY_DOCUMENTS = 400


@dataclass(frozen=True)
class Wish:
    """Say how much to measure; `tiny` only tries whether everything runs."""

    rounds: int
    folder: Path | None
    tiny: bool = False


Measure = Callable[[EmbeddedServer, Wish, Told], dict[str, Any]]


@dataclass(frozen=True)
class Part:
    """Hold a part: its name, what it tells, and how it is measured."""

    name: str
    about: str
    measure: Measure
    #: Whether it runs when no part was named.
    usual: bool = True


def _loop(server: EmbeddedServer, wish: Wish, told: Told) -> dict[str, Any]:
    return loop.measure(server, rounds=wish.rounds, told=told)


def _floors(server: EmbeddedServer, wish: Wish, told: Told) -> dict[str, Any]:
    messages = floors.BATCHES[-1] if wish.tiny else floors.MESSAGES
    turns = 1 if wish.tiny else floors.TURNS
    told("loading")
    world = found(server, floors.receipts_needed(wish.rounds, turns, messages))
    return floors.measure(world, rounds=wish.rounds, turns=turns, messages=messages, told=told)


def _drain(server: EmbeddedServer, wish: Wish, told: Told) -> dict[str, Any]:
    documents = TINY_DOCUMENTS if wish.tiny else drain.DOCUMENTS
    orders = 50 if wish.tiny else drain.ORDERS
    return drain.measure(server, rounds=wish.rounds, documents=documents, orders=orders, told=told)


def _peers(server: EmbeddedServer, wish: Wish, told: Told) -> dict[str, Any]:
    told("installing the peers")
    return peers.measure(server, prepare(), rounds=wish.rounds, told=told)


PARTS = (
    Part("loop", "the engine beside a loop that takes one receipt at a time", _loop),
    Part("floors", "the engine beside bare set-based SQL", _floors),
    Part("drain", "shapes of a day, workers, lanes, skewed and hot items", _drain),
    Part("peers", "the daemon beside queues of others", _peers),
)


def run(part: Part, wish: Wish, told: Told) -> dict[str, Any]:
    """Measure a part on a server of its own, durable as in operation."""
    with tempfile.TemporaryDirectory(prefix="crossdock-bench-", dir=wish.folder) as name:
        server = EmbeddedServer(Path(name) / "server", durable=True)
        server.start("postgres")
        try:
            return part.measure(server, wish, told)
        finally:
            server.close(destroy=True)

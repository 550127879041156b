"""Name the parts of the suite: what each measures, on a fresh server of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from sync.embedded import EmbeddedServer
from tests.bench import age, costs, drain, floors, latency, loop, recon, senders
from tests.bench.peers import contest as peers
from tests.bench.peers.places import prepare
from tests.bench.race import Told, goal
from tests.bench.world import found

TINY_DOCUMENTS = 400


@dataclass(frozen=True)
class Wish:
    """Say how much to measure; `tiny` only tries whether everything runs."""

    rounds: int
    folder: Path | None
    tiny: bool = False
    history: int = age.LONG
    held_minutes: float = 1.0
    backlog: int = costs.LONG


Measure = Callable[[EmbeddedServer, Wish, Told], dict[str, Any]]


@dataclass(frozen=True)
class Part:
    """Hold a part: its name, what it tells, and how it is measured."""

    name: str
    about: str
    measure: Measure


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


def _senders(server: EmbeddedServer, wish: Wish, told: Told) -> dict[str, Any]:
    scale = 0.1 if wish.tiny else 1.0
    return senders.measure(server, rounds=wish.rounds, scale=scale, told=told)


def _latency(server: EmbeddedServer, wish: Wish, told: Told) -> dict[str, Any]:
    found_out: dict[str, float] = {}
    goals = []
    with tempfile.TemporaryDirectory(prefix="crossdock-bench-") as name:
        for per_second in (20,) if wish.tiny else (10, 100, 500):
            told(f"{per_second} documents a second")
            one = latency.measure(server, Path(name) / "log", per_second, 3 if wish.tiny else 20)
            seen = one["latency"]
            assert seen["seen"] == seen["documents"], f"{seen} were not all seen"
            for name_, value in seen.items():
                found_out[f"{per_second}/s: {name_.replace('_', ' ')}"] = value
            found_out[f"{per_second}/s: idle, share of a core"] = one["idle"]["share"]
            if per_second == 100:
                goals = [
                    goal("latency p50 at 100/s, ms", seen["p50_ms"], 15.0, at_most=True),
                    goal("latency p99 at 100/s, ms", seen["p99_ms"], 100.0, at_most=True),
                ]
    return {"figures": found_out, "goals": goals}


def _recon(server: EmbeddedServer, wish: Wish, told: Told) -> dict[str, Any]:
    told("two nights, a line of each step is in bench-recon")
    keys = 10_000 if wish.tiny else 1_000_000
    with tempfile.TemporaryDirectory(prefix="crossdock-bench-", dir=wish.folder) as name:
        found_out = recon.measure(server, keys, Path(name), Console(quiet=True))
    night = found_out["second_run"]
    return {
        "figures": {
            "keys": keys,
            "bare FULL JOIN, s": min(found_out["full_join_s"]),
            **{
                f"{step}, s": round(took, 2)
                for step, took in night["answer"]["durations_s"].items()
            },
            "memory of the client, MB": night["client_mb"],
        },
        "goals": [{**one, "wanted": one["at_most"], "at_most": True} for one in found_out["goals"]],
    }


def _age(server: EmbeddedServer, wish: Wish, told: Told) -> dict[str, Any]:
    if wish.tiny:
        return age.measure(server, rounds=1, long=20_000, short=10_000, minutes=0.02, told=told)
    return age.measure(
        server, rounds=wish.rounds, long=wish.history, minutes=wish.held_minutes, told=told
    )


def _costs(server: EmbeddedServer, wish: Wish, told: Told) -> dict[str, Any]:
    if wish.tiny:
        return costs.measure(server, long=1000, short=500, batches=1, told=told)
    return costs.measure(server, long=wish.backlog, told=told)


PARTS = (
    Part("loop", "the engine beside a loop that takes one receipt at a time", _loop),
    Part("floors", "the engine beside bare set-based SQL", _floors),
    Part("drain", "shapes of a day, workers, lanes, skewed and hot items", _drain),
    Part("peers", "the daemon beside queues of others", _peers),
    Part("senders", "what the contract views cost a sender", _senders),
    Part("latency", "from the sender's commit to the receiver", _latency),
    Part("recon", "a night of the reconciliation beside a bare FULL JOIN", _recon),
    Part("age", "a long history, a held snapshot, autovacuum behind", _age),
    Part("costs", "CPU, WAL, index entries, buffers and memory", _costs),
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

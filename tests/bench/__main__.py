"""Measure the engine beside a per-row loop: ``python -m tests.bench [--json FILE] [--profile]``.

One run, one machine, one database on the embedded server with durability on. All rates are document
lines per second of one worker; the backlog is loaded before, the senders are idle.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from sync.embedded import EmbeddedServer
from tests.bench.contest import (
    PER_ROW,
    TURNS,
    Contest,
    contest,
    play_round,
    receipts_needed,
    warm_up,
)
from tests.bench.world import LINES, World, found

#: Name of the goal, the side, how many times the per-row loop it must be.
GOALS = (
    ("10 times the per-row loop", "crossdock, batch 500", 10.0),
    ("15,000 lines/s where the per-row loop does 1,000", "crossdock, batch 2000", 15.0),
)
SHOWN_STATEMENTS = 15


def main(
    json_file: Annotated[
        Path | None, typer.Option("--json", help="write all figures to this file as JSON")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="rounds; the median counts")] = 5,
    folder: Annotated[
        Path | None, typer.Option(help="where the database lies; default: a temporary folder")
    ] = None,
    *,
    profile: Annotated[
        bool, typer.Option("--profile", help="show what each statement costs")
    ] = False,
) -> None:
    """Print the ratios; exit 1 when a goal is missed or a sum is not exact."""
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="crossdock-bench-", dir=folder) as name:
        server = EmbeddedServer(Path(name) / "server", durable=True)
        try:
            figures = measure(server, rounds, console, profile=profile)
        except AssertionError as exc:
            console.print(f"[red]not exact: {exc}")
            raise typer.Exit(1) from exc
        finally:
            server.close(destroy=True)
    if json_file is not None:
        json_file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if not all(goal["reached"] for goal in figures["goals"]):
        raise typer.Exit(1)


def measure(
    server: EmbeddedServer, rounds: int, console: Console, *, profile: bool
) -> dict[str, Any]:
    """Run everything, print it, and return the figures."""
    receipts = receipts_needed(rounds)
    with console.status("") as status:
        status.update(f"loading a backlog of {receipts:,} goods receipts ...")
        world = found(server, receipts)
        commit_ms = _commit_ms(world)
        with contest(world) as side:
            status.update("warming up ...")
            warm_up(side)
            for number in range(rounds):
                play_round(
                    side,
                    number,
                    told=lambda name, n=number: status.update(  # type: ignore[misc]  # bound early
                        f"round {n + 1} of {rounds}: {name} ..."
                    ),
                )
    figures: dict[str, Any] = {
        "server": str(world.scalar("SHOW server_version")),
        "synchronous_commit": str(world.scalar("SHOW synchronous_commit")),
        "fsync": str(world.scalar("SHOW fsync")),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "commit_ms": round(commit_ms, 3),
        "lines_per_document": LINES,
        "rounds": rounds,
        "documents_applied": side.applied,
        "sides": {
            one.name: {
                "lines_per_s": round(statistics.median(one.rates)),
                "ratio": round(side.ratio(one.name), 2),
                "documents_a_round": one.messages * TURNS,
                "lines_per_s_by_round": [round(rate) for rate in one.rates],
            }
            for one in side.runners
        },
        "goals": [
            {"goal": goal, "ratio": round(side.ratio(name), 2), "wanted": wanted,
             "reached": side.ratio(name) >= wanted}
            for goal, name, wanted in GOALS
        ],
        "profile": _profile(side),
    }  # fmt: skip
    _show(console, figures)
    if profile or not all(goal["reached"] for goal in figures["goals"]):
        _show_profile(console, figures["profile"])
    return figures


def _commit_ms(world: World) -> float:
    """Return what one durable commit costs here, in milliseconds: the median of 50."""
    took = []
    with world.connect() as connection:
        for _ in range(50):
            connection.execute("SELECT pg_logical_emit_message(true, 'bench', 'x')")
            begin = time.perf_counter()
            connection.commit()
            took.append(time.perf_counter() - begin)
    return statistics.median(took) * 1000


def _profile(side: Contest) -> dict[str, Any]:
    return {
        name: {
            "wall_s": round(profile.wall_s, 3),
            "statements": {
                statement: {
                    "calls": cost.calls,
                    "ms_each": round(cost.seconds / cost.calls * 1000, 2),
                    "share_pct": round(cost.seconds / profile.wall_s * 100, 1),
                }
                for statement, cost in profile.slowest()
            },
        }
        for name, profile in side.profiles.items()
        if profile.statements
    }


def _show(console: Console, figures: dict[str, Any]) -> None:
    console.print(
        f"{LINES}-line goods receipts, one worker, PostgreSQL {figures['server']},"
        f" {figures['cores']} cores, a commit takes {figures['commit_ms']:.2f} ms",
        soft_wrap=True,
    )
    table = Table()
    table.add_column("side")
    for heading in ("lines/s, median", "lowest", "highest", "times the loop"):
        table.add_column(heading, justify="right")
    for name, one in figures["sides"].items():
        rates = one["lines_per_s_by_round"]
        ratio = "" if name == PER_ROW else f"{one['ratio']:.1f}"
        table.add_row(name, f"{one['lines_per_s']:,}", f"{min(rates):,}", f"{max(rates):,}", ratio)
    console.print(table)
    for goal in figures["goals"]:
        word = "[green]reached" if goal["reached"] else "[red]missed"
        console.print(f"{word}[/]: {goal['goal']} ({goal['ratio']:.1f} of {goal['wanted']:.0f})")
    console.print(
        f"{figures['documents_applied']:,} documents applied; all sums exact, no breach of a law"
    )


def _show_profile(console: Console, profile: dict[str, Any]) -> None:
    for name, one in profile.items():
        console.print(f"{name}: where {one['wall_s']:.2f} s went")
        table = Table()
        table.add_column("statement")
        for heading in ("calls", "ms each", "% of the time"):
            table.add_column(heading, justify="right")
        statements = one["statements"]
        for statement, cost in list(statements.items())[:SHOWN_STATEMENTS]:
            table.add_row(
                statement, str(cost["calls"]), f"{cost['ms_each']:.2f}", f"{cost['share_pct']:.1f}"
            )
        shown = sum(cost["share_pct"] for cost in statements.values())
        table.add_row("commit and Python", "", "", f"{100 - shown:.1f}")
        console.print(table)


if __name__ == "__main__":
    typer.run(main)

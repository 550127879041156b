"""Measure crossdock: ``python -m tests.bench [--only floors,peers] [--json FILE] [--plots FOLDER]``.

Each part runs on an embedded server of its own with durability on; senders are idle unless the part
says otherwise. Rates are document lines a second. Sides of a part take turns in one run, so what
counts is their ratio: the machine is another one for everybody.
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

import psycopg
import typer
from rich.console import Console

from sync.config import libpq_url
from sync.embedded import EmbeddedServer
from tests.bench import age, costs, plots, show
from tests.bench.suite import PARTS, Part, Wish, run


def main(
    only: Annotated[str | None, typer.Option(help="parts to run, by comma; default: all")] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="write all figures to this file as JSON")
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option("--plots", help="draw a picture of each part into this folder")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="rounds; the median counts")] = 5,
    folder: Annotated[
        Path | None, typer.Option(help="where the databases lie; default: a temporary folder")
    ] = None,
    history: Annotated[
        int, typer.Option(min=200_000, help="messages of the long history; 10 million by hand")
    ] = age.LONG,
    held_minutes: Annotated[
        float, typer.Option(min=0.0, help="full load under a held snapshot; 10 by hand")
    ] = 1.0,
    backlog: Annotated[
        int, typer.Option(min=10_000, help="documents of the backlog for the daemon's memory")
    ] = costs.LONG,
    *,
    tiny: Annotated[bool, typer.Option("--tiny", help="only try whether everything runs")] = False,
    profile: Annotated[
        bool, typer.Option("--profile", help="show what each statement costs")
    ] = False,
) -> None:
    """Print the ratios; exit 1 when a goal is missed or a sum is not exact."""
    console = Console(highlight=False, width=max(Console().width, 110))
    wish = Wish(1 if tiny else rounds, folder, tiny, history, held_minutes, backlog)
    if pictures is not None:
        plots.require()
    figures: dict[str, Any] = {"machine": machine(), "parts": {}}
    for part in chosen(only):
        begin = time.monotonic()
        with console.status(part.name) as status:
            try:
                found = run(part, wish, lambda text, p=part: status.update(f"{p.name}: {text} ..."))  # type: ignore[misc]  # bound early
            except AssertionError as exc:
                console.print(f"[red]{part.name}: not exact: {exc}")
                raise typer.Exit(1) from exc
        found["seconds"] = round(time.monotonic() - begin)
        figures["parts"][part.name] = found
        show.part(console, part, found, profile=profile)
        if json_file is not None:
            json_file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        if pictures is not None:
            plots.draw(pictures, part.name, found)
    goals = [goal for found in figures["parts"].values() for goal in found.get("goals", ())]
    show.goals(console, goals)
    if not tiny and not all(goal["reached"] for goal in goals):
        raise typer.Exit(1)


def chosen(only: str | None) -> list[Part]:
    """Return the parts that were named, in the suite's order; without a name all of them.

    Raises `typer.BadParameter` for a part that there is not.
    """
    if only is None:
        return list(PARTS)
    names = {name.strip() for name in only.split(",")}
    unknown = names - {part.name for part in PARTS}
    if unknown:
        known = ", ".join(part.name for part in PARTS)
        raise typer.BadParameter(f"no part {', '.join(sorted(unknown))}; there are {known}")
    return [part for part in PARTS if part.name in names]


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    return {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "commit_ms": commit_ms(),
    }


def commit_ms() -> float:
    """Return what one durable commit costs here, in milliseconds: the median of 50."""
    with (
        tempfile.TemporaryDirectory(prefix="crossdock-bench-") as name,
        EmbeddedServer(Path(name) / "server", durable=True) as server,
    ):
        took = []
        with psycopg.connect(libpq_url(server.start("postgres"))) as connection:
            for _ in range(50):
                connection.execute("SELECT pg_logical_emit_message(true, 'bench', 'x')")
                begin = time.perf_counter()
                connection.commit()
                took.append(time.perf_counter() - begin)
        return round(statistics.median(took) * 1000, 3)


if __name__ == "__main__":
    typer.run(main)

"""Print the figures of a part as tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.suite import Part

SHOWN_STATEMENTS = 15


def part(console: Console, one: Part, found: dict[str, Any], *, profile: bool) -> None:
    """Print what a part found: its sides, its ratios, what could not be measured."""
    console.print(f"\n[bold]{one.name}[/]: {one.about} ({found['seconds']} s)")
    if "sides" in found:
        _sides(console, found["sides"])
    for heading in ("ratios", "figures"):
        if heading in found:
            _pairs(console, heading, found[heading])
    for name, reason in found.get("not measured", {}).items():
        console.print(f"[yellow]not measured[/]: {name}: {reason}")
    missed = not all(goal["reached"] for goal in found.get("goals", ()))
    if "profile" in found and (profile or missed):
        _profiles(console, found["profile"])


def goals(console: Console, found: Iterable[dict[str, Any]]) -> None:
    """Print which goals were reached."""
    console.print()
    for goal in found:
        word = "[green]reached[/]" if goal["reached"] else "[red]missed [/]"
        sense = "at most" if goal["at_most"] else "at least"
        console.print(
            f"{word} {goal['goal']}: {goal['found']:g}, {sense} {goal['wanted']:g} wanted"
        )


def _sides(console: Console, sides: dict[str, Any]) -> None:
    table = Table()
    table.add_column("side")
    units = {key for one in sides.values() for key in one if key.endswith("_per_s")}
    for heading in (f"{'/'.join(sorted(units)).replace('_per_s', '')}/s", "lowest", "highest"):
        table.add_column(heading, justify="right")
    for name, one in sides.items():
        rate = next(value for key, value in one.items() if key.endswith("_per_s"))
        rounds = one["by_round"]
        table.add_row(name, f"{rate:,}", f"{min(rounds):,}", f"{max(rounds):,}")
    console.print(table)


def _pairs(console: Console, heading: str, pairs: dict[str, Any]) -> None:
    table = Table(heading, "")
    table.columns[1].justify = "right"
    for name, value in pairs.items():
        table.add_row(name, f"{value:,}" if isinstance(value, int) else f"{value}")
    console.print(table)


def _profiles(console: Console, profiles: dict[str, Any]) -> None:
    for name, one in profiles.items():
        console.print(f"{name}: where {one['wall_s']:.2f} s went")
        table = Table("statement")
        for heading in ("calls", "ms each", "% of the time"):
            table.add_column(heading, justify="right")
        statements = one["statements"]
        for statement, cost in list(statements.items())[:SHOWN_STATEMENTS]:
            table.add_row(
                statement, str(cost["calls"]), f"{cost['ms_each']:.2f}", f"{cost['share_pct']:.1f}"
            )
        rest = 100 - sum(cost["share_pct"] for cost in statements.values())
        table.add_row("commit and Python", "", "", f"{rest:.1f}")
        console.print(table)

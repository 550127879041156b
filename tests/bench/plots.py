"""Draw the sides of a part as bars; matplotlib comes with the extra ``bench``."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer


def require() -> None:
    """Raise `typer.BadParameter` when matplotlib is not there."""
    if find_spec("matplotlib") is None:
        raise typer.BadParameter("pictures need matplotlib: pip install 'crossdock[bench]'")


def draw(folder: Path, name: str, found: dict[str, Any]) -> None:
    """Write ``name.svg``: a bar for each side, its rounds as points; nothing when it has no sides."""
    sides: dict[str, Any] = found.get("sides", {})
    if not sides:
        return
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    names = list(sides)[::-1]
    unit = next(key for key in sides[names[0]] if key.endswith("_per_s"))
    figure, axes = plt.subplots(figsize=(9, 1.2 + 0.42 * len(names)), layout="constrained")
    rates = [sides[side][unit] for side in names]
    own = ["#1f6f8b" if side.startswith("crossdock") else "#b8c4cc" for side in names]
    axes.barh(names, rates, color=own)
    for row, side in enumerate(names):
        points = sides[side]["by_round"]
        axes.plot(points, [row] * len(points), "o", color="#222222", markersize=3)
        axes.annotate(f" {rates[row]:,.0f}", (max(*points, rates[row]), row), va="center")
    axes.set_xlabel(f"{unit.removesuffix('_per_s')}/s, median; points are rounds")
    axes.set_title(name)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.12)
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / f"{name}.svg")
    plt.close(figure)

"""Print answers: JSON for machines on standard output, tables and lines for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

PIPE_WIDTH = 200
_MINUTE = 60
_HOUR = 3600
_DAY = 86400


def print_json(answer: Mapping[str, Any]) -> None:
    """Print one JSON object on one line."""
    typer.echo(json.dumps(answer, default=_plain, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """Print rows as a table; the values are printed as they are, never read as markup."""
    table = Table(*columns, title=title or None, title_justify="left", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    # A pipe has no width of its own; what is read by grep should not be wrapped.
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH).print(table)


def age(seconds: int | None) -> str:
    """Return an age in the largest unit that says enough: `45 s`, `12 min`, `5 h`, `3 d`."""
    if seconds is None:
        return ""
    if seconds < 2 * _MINUTE:
        return f"{seconds} s"
    if seconds < 2 * _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR} h"
    return f"{seconds // _DAY} d"


def _plain(value: object) -> object:
    """Return what JSON has no form for: exact numbers and instants as text."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(type(value).__name__)

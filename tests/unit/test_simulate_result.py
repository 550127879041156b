"""A simulated day counts as good only when nothing at all ended otherwise than expected."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console

from sync.simulate.actor import Status
from sync.simulate.day import Options
from sync.simulate.orders import OrderDifference
from sync.simulate.run import Result, kind_of
from sync.simulate.story import Story
from sync.simulate.trouble import ALL, Outcome
from sync.simulate.truth import Difference, StockKey

GOOD = Result(
    options=Options(seed=3),
    seconds=1.5,
    counts={"item": {"applied": 2}, "sales_order": {"applied": 3}, "shipment": {"applied": 4}},
    line_count=9,
    delivery_count=12,
    stock_rows=5,
    in_transit_loads=1,
    outcomes=(Outcome("late_fact", "late", "waits", ok=True, seen=("waited",), seqs=(7,)),),
)
KEY = StockKey("HAM", "TE-4001", "", "A-01-1", "unrestricted")


def test_a_day_without_complaints_is_good() -> None:
    """Nothing else makes it good."""
    assert GOOD.ok


@pytest.mark.parametrize(
    "bad",
    [
        {"outcomes": (replace(GOOD.outcomes[0], ok=False),)},
        {"differences": (Difference(KEY, Decimal(1), Decimal(2)),)},
        {"order_differences": (OrderDifference("sales_order", "SO-1", 1, "2 done", "1 done"),)},
        {"unexpected": (Status(1, "M", "item", None, "error", None, None, None),)},
        {"surprises": ({"code": "QTY-005"},)},
        {"breaches": ({"law": "balance"},)},
        {"notes": ("hour 9: 1 messages made no progress",)},
    ],
    ids=lambda bad: next(iter(bad)),
)
def test_any_single_complaint_makes_the_day_bad(bad: dict[str, Any]) -> None:
    """The exit code of the demonstration hangs on this."""
    assert not replace(GOOD, **bad).ok


def test_the_result_is_told_to_machines_whole() -> None:
    """Quantities travel as text, so no digit is lost."""
    result = replace(GOOD, differences=(Difference(KEY, Decimal("0.125"), Decimal(0)),))
    told = json.loads(json.dumps(result.as_dict()))
    assert told["ok"] is False
    assert told["messages"] == {"master": 2, "request": 3, "fact": 4}
    assert told["stock"]["differences"] == [
        {**KEY._asdict(), "truth": "0.125", "book": "0"},
    ]
    assert told["trouble"][0]["seqs"] == [7]


def test_the_story_is_plain_text_in_a_pipe() -> None:
    """No control characters, and brackets in texts are not markup."""
    page = io.StringIO()
    story = Story(Console(file=page, width=100, highlight=False))
    story.messages(GOOD)
    story.troubles([replace(GOOD.outcomes[0], ok=False, seen=("[bold]seen[/bold]",))])
    story.verdict(GOOD)
    text = page.getvalue()
    assert "\x1b" not in text
    assert "NOT AS EXPECTED: late fact" in text
    assert "[bold]seen[/bold]" in text
    assert "3 requests and 4 facts with 9 lines" in text


def test_troubles_are_told_with_their_decisions_in_a_hundred_columns() -> None:
    """What was injected, what happened, and who must decide stand side by side."""
    page = io.StringIO()
    asked = ("stock control must decide LOT-004: keep_blocked / release / scrap",)
    outcome = replace(GOOD.outcomes[0], seen=("receipt: applied " * 9,), decisions=asked)
    Story(Console(file=page, width=100)).troubles([outcome])
    rows = page.getvalue().splitlines()
    assert max(len(row.rstrip()) for row in rows) <= 100
    assert "stock control must" in page.getvalue()
    assert "1 of 1 ended as the contract says" in page.getvalue()


def test_every_document_type_is_of_one_kind() -> None:
    """Master data, requests and facts are counted apart."""
    assert [kind_of(name) for name in ("code_map", "supplier_return", "stock_snapshot")] == [
        "master",
        "request",
        "fact",
    ]


def test_every_kind_of_trouble_says_what_happens_and_how_it_must_end() -> None:
    """Names are unique, and no text is empty."""
    assert len({kind.name for kind in ALL}) == len(ALL) >= 12
    assert all(kind.what and kind.expected for kind in ALL)

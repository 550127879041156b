"""The report's catalogue and its neutral cells: nothing is missing, nothing is a formula."""

from __future__ import annotations

import re
import string
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest

from schema.figures import FIGURES
from schema.reconciliation import CLASSES, FLAGS, PHRASES
from sync.errors import InvariantError
from sync.recon.report import words
from sync.recon.report.speech import Speech
from sync.recon.report.stream import cell
from sync.recon.report.waterfall import waterfalls


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_is_said_in_both_languages() -> None:
    """With the same arguments; a missing translation would show as a gap on paper."""
    both = words.TEXTS | words.FIGURES
    assert [name for name, (en, zh) in both.items() if not en or not zh] == []
    assert [n for n, (en, zh) in words.TEXTS.items() if _names(en) != _names(zh)] == []
    page = files("sync.recon.report").joinpath("page_files/page.html").read_text("utf-8")
    asked = set(re.findall(r"\bt\('([a-z_A-Z0-9]+)'[,)]", page))
    assert len(asked) > 80
    assert asked - set(words.TEXTS) == set()


def test_what_the_classes_say_is_translated() -> None:
    """Classes, actions, owners, flags and sentences, the latter with the same arguments."""
    assert {one.name for one in CLASSES} == set(words.CLASS_ZH)
    assert {one.action for one in CLASSES} == set(words.ACTION_ZH)
    assert {one.owner for one in CLASSES} == set(words.OWNER_ZH)
    assert set(FLAGS) == set(words.FLAG_ZH)
    assert {one.name for one in FIGURES} == set(words.FIGURES) == set(words.MEANING_ZH)
    assert {key: _names(text) for key, text in PHRASES.items()} == {
        key: _names(text) for key, text in words.PHRASE_ZH.items()
    }


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_is_a_formula(sign: str) -> None:
    """A spreadsheet that opens the CSV runs nothing; numbers stay numbers."""
    assert cell(f"{sign}cmd") == f"'{sign}cmd"
    assert cell([f"{sign}cmd", "x"]) == f"'{sign}cmd x"
    assert cell(Decimal("-1.500000")) == "-1.5"


def test_a_share_is_never_rounded_up_to_all() -> None:
    """99.999 % is not everything."""
    assert Speech("en").percent(Decimal("99.9999")) == "99.99 %"
    assert Speech("en").percent(Decimal(100)) == "100.00 %"


def test_a_waterfall_that_does_not_add_up_is_refused() -> None:
    """A page whose sum is wrong by the last digit is not written."""
    names = [
        "erp",
        "cut_off",
        "in_flight",
        "rejected",
        "unconfirmed",
        "carried",
        "erp_drift",
        "wms_drift",
        "wms",
    ]
    row: dict[str, Any] = {
        f"{name}_{kind}": Decimal(0) for name in names for kind in ("qty", "value")
    }
    row |= {"uom": "PCE", "currency": "", "erp_qty": Decimal(10), "cut_off_qty": Decimal(3)}
    row |= {"wms_drift_qty": Decimal(2), "wms_qty": Decimal(9)}
    assert [step.total for step in waterfalls([row])[0].steps][-1] == 9
    with pytest.raises(InvariantError, match="the waterfall in PCE ends at 9"):
        waterfalls([{**row, "wms_qty": Decimal("9.000001")}])

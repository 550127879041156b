"""Hold the promised figures as data: definition, numerator, denominator, unit and target.

A row of `FIGURES` becomes a row of ``recon.figure_kind``; `recon.figure` and `ops.kpi` hold the
values, the report prints the definitions beside them. Ratios are ``factor * numerator /
denominator``; other figures are computed as ``meaning`` says.
"""

from dataclasses import dataclass

#: What a count may differ from the book, in percent of the book, to be called right.
COUNT_TOLERANCES: dict[str, tuple[str, str]] = {
    "A": ("1", "items that are worth most"),
    "B": ("3", "items in between"),
    "C": ("5", "items that are worth least"),
    "*": ("1", "items without a class: as strict as A"),
}


@dataclass(frozen=True)
class Figure:
    """Define one figure.

    ``source``: interface (messages received in the window; live in `ops.kpi`) or run (the books).
    ``per``: what it is published by besides the warehouse. ``better``: higher, lower or none.
    """

    name: str
    source: str
    per: str
    unit: str
    better: str
    meaning: str
    numerator: str = ""
    denominator: str = ""
    factor: str | None = None
    target: str | None = None


def _ratio(
    name: str,
    source: str,
    per: str,
    better: str,
    meaning: str,
    numerator: str,
    denominator: str,
    target: str | None = None,
) -> Figure:
    return Figure(
        name, source, per, "%", better, meaning, numerator, denominator, factor="100", target=target
    )


def _lag(percent: int) -> Figure:
    return Figure(
        f"dock_to_book_p{percent}_s", "interface", "flow", "s", "lower",
        f"dock to book: from the fact's insert to its ledger rows, percentile {percent}",
        denominator="facts and counts received in the window and applied",
    )  # fmt: skip


def _cycle(percent: int) -> Figure:
    return Figure(
        f"order_cycle_p{percent}_h", "interface", "flow", "h", "none",
        f"order cycle time: from the first release to the end, percentile {percent}",
        denominator="orders that were completed or closed in the window",
    )  # fmt: skip


def _mix(grade: str, meaning: str) -> Figure:
    return _ratio(
        f"evidence_{grade.lower()}_pct", "run", "currency", "none",
        f"share of the residual value whose cause is {meaning}",
        f"value of residuals with evidence {grade}", "value of all residuals",
    )  # fmt: skip


def _bucket(name: str, words: str) -> Figure:
    return Figure(
        f"open_{name}_count", "run", "", "keys", "lower", f"open differences, {words} nights old"
    )


_KEYS = "keys that are not zero on a side, or open"

FIGURES: tuple[Figure, ...] = (
    _ratio("interface_success_pct", "interface", "flow", "higher",
           "messages that came to their end without a human",
           "ended as applied, refused, duplicate or superseded; nobody touched or repaired them",
           "messages received in the window that have ended, or stand in error or held",
           "99.9"),
    _ratio("first_pass_yield_pct", "interface", "flow", "higher",
           "messages that were applied at the first look: no wait, no fault, no repair",
           "applied without any stop", "messages received in the window"),
    Figure("received_count", "interface", "flow", "messages", "none",
           "messages received in the window"),
    Figure("duplicates_suppressed_count", "interface", "flow", "messages", "none",
           "resends that had no effect"),
    Figure("rejected_open_count", "interface", "", "messages", "lower",
           "messages that stand in error or held at this moment and wait for a person"),
    Figure("rejected_oldest_h", "interface", "", "h", "lower",
           "age of the oldest of them"),
    _lag(50), _lag(95), _lag(99),
    _cycle(50), _cycle(95),
    _ratio("sequence_completeness_pct", "interface", "", "higher",
           "numbers of the WMS that arrived, where its numbers have no gaps",
           "different source_seq received", "highest - lowest + 1", "100"),
    _ratio("record_accuracy_pct", "run", "ABC class", "higher",
           "system agreement, adjusted: keys whose books agree once known movements are taken off",
           "keys whose residual is within tolerance", _KEYS, "99.5"),
    _ratio("raw_agreement_pct", "run", "ABC class", "higher",
           "system agreement, raw: keys whose books agree as they stand",
           "keys whose difference is within tolerance", _KEYS),
    _ratio("physical_accuracy_pct", "run", "ABC class", "higher",
           "physical inventory record accuracy: what was counted against what the ledger held",
           "places whose newest count lies within the tolerance of their class (A 1, B 3, C 5 %)",
           "places counted in the window", "99.5"),
    _ratio("quantity_accuracy_gross_pct", "run", "unit", "higher",
           "quantity accuracy: differences do not cancel each other",
           "stock of the WMS less the sum of abs(residual)", "sum of abs(stock of the WMS)"),
    _ratio("quantity_accuracy_net_pct", "run", "unit", "higher",
           "quantity accuracy with differences that cancel; only beside the gross one",
           "stock of the WMS less abs(sum of residuals)", "sum of abs(stock of the WMS)"),
    _ratio("value_accuracy_gross_pct", "run", "currency", "higher",
           "the same in value: differences do not cancel each other",
           "value at the WMS less the sum of abs(residual value)",
           "sum of abs(value at the WMS)"),
    _ratio("value_accuracy_net_pct", "run", "currency", "higher",
           "the same in value with differences that cancel; only beside the gross one",
           "value at the WMS less abs(sum of residual values)",
           "sum of abs(value at the WMS)"),
    _ratio("explained_share_pct", "run", "currency", "higher",
           "share of all one-sided value that known movements explain; pairs that cancel count",
           "sum of abs(value of known movements)",
           "the same and the sum of abs(residual value)"),
    Figure("unexplained_ppm", "run", "ABC class", "ppm", "lower",
           "keys that changed outside the interface, or whose cause nobody knows",
           "open keys of class UNREPORTED_ERP, UNREPORTED_WMS or UNEXPLAINED", _KEYS,
           factor="1000000"),
    _mix("A", "proven"), _mix("B", "structural"), _mix("C", "a suspicion"), _mix("none", "unknown"),
    Figure("open_count", "run", "", "keys", "lower", "open differences: residual beyond tolerance"),
    Figure("open_value", "run", "currency", "currency", "lower",
           "sum of abs(residual) * unit cost of open differences"),
    Figure("open_oldest_nights", "run", "", "nights", "lower", "age of the oldest open difference"),
    Figure("open_median_nights", "run", "", "nights", "lower", "median age of open differences"),
    _bucket("0_1", "0 to 1"), _bucket("2_3", "2 to 3"), _bucket("4_7", "4 to 7"),
    _bucket("8_30", "8 to 30"), _bucket("over_30", "more than 30"),
    _bucket("over_7", "more than 7"),
    Figure("opened_count", "run", "", "keys", "lower", "differences that were new this night"),
    Figure("closed_count", "run", "", "keys", "none",
           "differences that the last run had and this one has not"),
    Figure("net_opened_count", "run", "", "keys", "lower", "opened less closed"),
    Figure("repair_time_nights", "run", "", "nights", "lower",
           "mean time to repair: mean age of the differences that were closed this night",
           "sum of their ages", "differences closed this night", factor="1"),
    _ratio("recurrence_pct", "run", "", "lower",
           "differences that came again within 30 nights of their end",
           "opened this night, closed within the last 30 nights",
           "differences closed within the last 30 nights"),
    _ratio("coverage_pct", "run", "", "higher", "what of both books could be compared",
           "keys compared", "these, and what lies apart, is out of scope or not assessable",
           "100"),
    Figure("watermark_skew_s", "run", "", "s", "lower", "time between the two snapshots"),
    Figure("straddling_count", "run", "", "movements", "none", "movements between the snapshots"),
    Figure("run_duration_s", "run", "", "s", "lower", "the run, from its start to its figures"),
)  # fmt: skip

BY_NAME = {figure.name: figure for figure in FIGURES}

"""Print how a simulated day ended: tables for people, plain text where nobody looks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sync.recon.run import RunResult
from sync.simulate.run import Result, kind_of
from sync.simulate.trouble import Outcome

_KINDS = {"master": "master data", "request": "requests", "fact": "facts and answers"}
_MOST_SHOWN = 20
# Together they fit into a hundred columns.
_TROUBLE_COLUMNS = {"what was injected": 28, "what happened": 38, "who must decide what": 26}


class Story:
    """Tell a day on a console, chapter by chapter; every text is printed as it is."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self._console.print()
        self._console.print(Text(title, style="bold"))

    def say(self, text: str, *, good: bool | None = None) -> None:
        """Print one line; green when good, red when not."""
        styles = {None: "", True: "green", False: "red"}
        self._console.print(Text(f"  {text}", style=styles[good]), soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print rows as a table; columns that hold only numbers stand to the right."""
        texts = [[str(value) for value in row] for row in rows]
        table = Table(box=None, pad_edge=True, padding=(0, 2, 0, 0))
        for place, name in enumerate(columns):
            numeric = bool(texts) and all(
                not row[place] or row[place].replace(",", "").isdigit() for row in texts
            )
            table.add_column(name, justify="right" if numeric else "left", overflow="fold")
        for row in texts:
            table.add_row(*(Text(value) for value in row))
        self._console.print(table)

    def messages(self, result: Result) -> None:
        """Tell how many messages of each type ended in which state."""
        self.chapter("What was exchanged")
        states = sorted({state for row in result.counts.values() for state in row})
        states.sort(key=lambda state: state != "applied")
        rows: list[list[object]] = []
        for kind, title in _KINDS.items():
            for doc_type, counts in sorted(result.counts.items()):
                if kind_of(doc_type) == kind:
                    numbers = [f"{counts[state]:,}" if state in counts else "" for state in states]
                    rows.append([doc_type, f"{sum(counts.values()):,}", *numbers])
            rows.append([title, f"{result.number_of(kind):,}", *("" for _ in states)])
        self.table(("document type", "messages", *states), rows)
        self.say(
            f"{result.number_of('request'):,} requests and {result.number_of('fact'):,} facts with "
            f"{result.line_count:,} lines; {result.delivery_count:,} deliveries read and answered; "
            f"{result.seconds:.1f} s"
        )
        self.say("written in every shape that the contract allows:")
        for shape, number in sorted(result.shapes.items(), key=lambda one: -one[1]):
            self.say(f"  {number:>5,}  {shape}")

    def troubles(self, outcomes: Sequence[Outcome]) -> None:
        """Tell each kind of trouble: what was injected, what happened, and who decides."""
        self.chapter("What went wrong on purpose, what happened, and who must decide what")
        table = Table(box=None, pad_edge=True, padding=(0, 2, 1, 0))
        for name, width in _TROUBLE_COLUMNS.items():
            table.add_column(name, width=width, overflow="fold")
        for outcome in outcomes:
            name = outcome.name.replace("_", " ")
            title = (f"{name}\n", "bold") if outcome.ok else (f"NOT AS EXPECTED: {name}\n", "red")
            happened = [*outcome.seen] if outcome.ok else [outcome.expected, *outcome.seen]
            table.add_row(
                Text.assemble(title, outcome.what),
                Text("\n".join(happened), style="" if outcome.ok else "red"),
                Text("\n".join(outcome.decisions)),
            )
        self._console.print(table)
        good = sum(outcome.ok for outcome in outcomes)
        self.say(
            f"{good} of {len(outcomes)} ended as the contract says", good=good == len(outcomes)
        )

    def whys(self, stories: Mapping[str, Sequence[str]]) -> None:
        """Tell the stories of some messages in crossdock's own words."""
        for title, sentences in stories.items():
            self.chapter(title)
            for sentence in sentences:
                self.say(sentence)

    def verdict(self, result: Result) -> None:
        """Tell whether book and truth agree, whether the laws hold, and what nobody expected."""
        self.chapter("Does the book agree with the floor?")
        if result.differences:
            self.say(f"{len(result.differences)} differences", good=False)
            rows = [(*one.key, one.truth, one.book) for one in result.differences]
            names = ["warehouse", "item", "lot", "location", "status", "truth", "book"]
            self.table(names, rows[:_MOST_SHOWN])
        else:
            self.say(
                f"{result.stock_rows:,} stock rows equal the floors' own truth, piece by piece; "
                f"{result.in_transit_loads} loads are on the road between warehouses",
                good=True,
            )
        if result.order_differences:
            self.say(f"{len(result.order_differences)} orders differ", good=False)
            orders = [
                (one.order_type, one.order_no, one.line_no or "", one.floor, one.book)
                for one in result.order_differences
            ]
            names = ["order type", "order_no", "line", "floor", "book"]
            self.table(names, orders[:_MOST_SHOWN])
        else:
            self.say(f"{result.order_count:,} orders show what the floors did", good=True)
        if result.breaches:
            self.say(f"proof: {len(result.breaches)} breaches", good=False)
            names = list(result.breaches[0])
            self.table(names, [tuple(row.values()) for row in result.breaches[:_MOST_SHOWN]])
        else:
            self.say("proof: all laws hold", good=True)
        if result.unexpected:
            self.say(f"{len(result.unexpected)} messages ended otherwise than expected", good=False)
            rows_seen = [
                (one.seq, one.doc_type, one.message_id, one.state, " ".join(one.codes))
                for one in result.unexpected
            ]
            names = ["seq", "document type", "message_id", "state", "codes"]
            self.table(names, rows_seen[:_MOST_SHOWN])
        for task in result.surprises[:_MOST_SHOWN]:
            said = f"{task['code']} of {task['doc_type']} {task['message_id']}: {task['text']}"
            self.say(f"a decision that nobody expected: {said}", good=False)
        for note in result.notes:
            self.say(note, good=False)

    def books(self, run: RunResult, report: Path | None) -> None:
        """Tell whether the books of the ERP and of the warehouses agree, by their snapshots."""
        self.chapter("Do the two books agree?")
        good = run.state == "closed" and not run.unexplained
        said = run.verdict.replace("_", " ") + (f": {run.reason}" if run.reason else "")
        self.say(
            f"reconciliation run {run.run_id} of {', '.join(run.warehouses)}: {said}", good=good
        )
        if run.classes:
            rows = [
                (one.name, one.evidence, one.differences, one.residuals, one.unexplained)
                for one in run.classes
            ]
            self.table(["class", "evidence", "keys", "residuals", "unexplained"], rows)
        if report is not None:
            self.say(f"the report: {report}")

    def decisions(self, result: Result) -> None:
        """Tell which decisions people owe after the day, with what is at risk."""
        self.chapter("Decisions owed")
        if not result.tasks:
            self.say("none")
            return
        rows = [
            (
                task["code"],
                task["owner"],
                "" if task["value"] is None else f"{task['value']:,} {task['currency']}",
                task["first_seq"],
                task["text"] + ("" if task["number"] == 1 else f" ({task['number']} times)"),
            )
            for task in result.tasks
        ]
        self.table(("task", "owner", "at risk", "message", "what it is about"), rows)

    def next_steps(self, commands: Mapping[str, str]) -> None:
        """Tell where to look next: command lines with what they show."""
        self.chapter("Where to look next")
        for command, shows in commands.items():
            self.say(f"# {shows}")
            self.say(command)

"""Write docs/scenarios.md: every story of tests/integration/stories, by theme, in one page.

The names and docstrings of the tests are the page, so a story is told once. `make scenarios` writes
it; a test holds the page to the stories.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
STORIES = ROOT / "tests" / "integration" / "stories"
PAGE = ROOT / "docs" / "scenarios.md"

#: The order in which a reader wants them: the daily work, then what goes wrong, then people.
THEMES = (
    "receipts", "shipments", "production", "transfers", "transit", "returns", "counts", "units", "lots_and_serials",
    "changes", "cancels", "answers", "closing", "gate", "reversals", "days", "periods", "waiting", "policies", "tasks", "repair", "memory",
)  # fmt: skip

_HEAD = """\
# Scenarios: what happens when

{count} stories of an ERP, its warehouses and the people between them. Each is a test: it says what the
systems send, and then everything that comes of it, in the ledger, the stock, the orders, both inboxes,
the errors and the decisions that people owe. What a story does not mention did not happen, and at its
end the laws of the ledger hold. Open a theme to read its stories whole: they are written in plain
sentences.

This page is written from the stories by `make scenarios`.
"""


def page() -> str:
    """Return the whole page."""
    paths = sorted(STORIES.glob("test_*.py"), key=lambda path: THEMES.index(_theme(path)))
    themes = [(path, list(_stories(path))) for path in paths]
    parts = [_HEAD.format(count=sum(len(told) for _, told in themes))]
    for path, told in themes:
        link = f"../{path.relative_to(ROOT).as_posix()}"
        about = ast.get_docstring(ast.parse(path.read_text()))
        rows = "\n".join(f"| {title} | {rule} |" for title, rule in told)
        theme = _theme(path).replace("_", " ").capitalize()
        parts.append(
            f"## [{theme}]({link})\n\n{about}\n\n| story | what holds |\n|---|---|\n{rows}\n"
        )
    return "\n".join(parts)


def _theme(path: Path) -> str:
    return path.stem.removeprefix("test_")


def _stories(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name of each story as a title, and its docstring on one line."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            words = node.name.removeprefix("test_").split("_")
            title = " ".join(_NAMES.get(word, word) for word in words)
            rule = " ".join((ast.get_docstring(node) or "").split())
            yield title[0].upper() + title[1:], rule.replace("|", "\\|")


_NAMES = {"erp": "ERP", "wms": "WMS"}

if __name__ == "__main__":
    PAGE.write_text(page())

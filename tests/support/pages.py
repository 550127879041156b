"""Read a documentation page: its fenced blocks, and whether an output is the one it shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(?P<words>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_MASKS = (
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?( ?[+-]\d\d(:?\d\d)?|Z)?"), "TIME"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "DATE"),
    (re.compile(r"\b\d+ (s|min|h|d)\b"), "AGE"),
    (re.compile(r"-{2,}"), "-"),
    (re.compile(r"[ \t]+"), " "),
)


@dataclass(frozen=True)
class Block:
    """Hold a fenced block: where it stands, its info string, its text, the output shown."""

    place: str
    words: tuple[str, ...]
    text: str
    shown: str | None


def blocks(path: Path) -> list[Block]:
    """Return the fenced blocks of a page, each with the output block that directly follows."""
    page = path.read_text(encoding="utf-8")
    found = list(_FENCE.finditer(page))
    made = []
    for number, match in enumerate(found):
        after = found[number + 1] if number + 1 < len(found) else None
        shown = None
        if after is not None and after["words"] == "text":
            between = page[match.end() : after.start()]
            shown = after["text"] if not between.strip() else None
        line = page.count("\n", 0, match.start()) + 1
        place = f"{path.name}:{line}"
        made.append(Block(place, tuple(match["words"].split()), match["text"], shown))
    return made


def seen(output: str) -> list[str]:
    """Return the lines of an output without what may differ from run to run."""
    for pattern, word in _MASKS:
        output = pattern.sub(word, output)
    return [line.strip() for line in output.splitlines() if line.strip()]


def agrees(shown: str, output: str) -> bool:
    """Return whether an output is the one shown; `...` alone stands for any lines, `…` for words."""
    parts = [
        re.escape(line).replace("…", ".*") + "\n" if line != "..." else "(.*\n)*?"
        for line in seen(shown)
    ]
    return re.fullmatch("".join(parts), "".join(f"{line}\n" for line in seen(output))) is not None

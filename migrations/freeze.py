"""Freeze what `schema.render` gives into a migration's SQL file (`make freeze`).

Only the first migration is the whole schema, and only until it is released: afterwards a change is
a new file beside it, written by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

from schema.render import statements

TARGET = Path(__file__).parent / "sql" / "0001_main_road.sql"
HEADER = "-- Rendered from schema/ by `make freeze`. Do not edit by hand.\n\n"


def rendered() -> str:
    """Return the text of the first migration's SQL file."""
    ended = (statement.strip().removesuffix(";") for statement in statements())
    return HEADER + "\n\n".join(f"{statement};" for statement in ended) + "\n"


def main() -> int:
    """Write the file; with --check only compare, and exit 1 when it differs."""
    text = rendered()
    if "--check" in sys.argv[1:]:
        same = TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text
        sys.stdout.write(f"{TARGET.name} {'equals' if same else 'differs from'} schema/\n")
        return 0 if same else 1
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    sys.stdout.write(f"wrote {TARGET.name}: {len(text.splitlines())} lines\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

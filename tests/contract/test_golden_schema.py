"""The golden description of the schema: a migration changes it knowingly or not at all."""

from __future__ import annotations

import difflib

from tests.support.cluster import Database
from tests.support.dump import GOLDEN, describe


def test_the_database_is_what_the_golden_description_says(database: Database) -> None:
    """After a change that is meant: `make dump`, and read the difference."""
    golden = GOLDEN.read_text(encoding="utf-8")
    found = describe(database.url)
    difference = "\n".join(
        difflib.unified_diff(golden.splitlines(), found.splitlines(), "golden", "found", n=0)
    )
    assert found == golden, difference[:4000]

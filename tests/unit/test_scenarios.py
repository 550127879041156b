"""The page of all stories says what the stories say."""

from __future__ import annotations

import re

from tests.support.scenarios import PAGE, STORIES, page

LEAST_STORIES = 60


def test_the_page_of_all_stories_is_as_they_are() -> None:
    """Written by `make scenarios`; nobody edits it by hand."""
    assert PAGE.read_text() == page()


def test_every_story_has_a_name_and_a_rule_of_its_own() -> None:
    """A consultant finds each case once, and reads in one sentence what holds."""
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", page(), re.MULTILINE)
    told = [row for row in rows if row[0] not in ("story", "---")]
    assert len(told) >= LEAST_STORIES
    assert len({title for title, _ in told}) == len(told)
    assert all(rule for _, rule in told)


def test_no_theme_is_longer_than_a_person_reads() -> None:
    """Modules of stories have up to 300 lines."""
    lengths = {path.name: len(path.read_text().splitlines()) for path in STORIES.glob("*.py")}
    assert {name: length for name, length in lengths.items() if length > 300} == {}

"""Memory: what was said once is known, however often and under whatever name it is said again."""

from __future__ import annotations

import psycopg
import pytest

from tests.support.story import Story


def test_a_receipt_is_sent_again(story: Story) -> None:
    """The line was bad and the warehouse sends once more: nothing is posted twice."""
    first = story.wms_receives("GR-1", "10 BOLT at DOCK because SAMPLE")
    story.sends_again(first)

    story.expect_all_applied_but("goods_receipt GR-1: duplicate")
    story.expect_ledger("receipt_purchase BOLT +10 at DOCK")
    story.expect_stock("10 BOLT at DOCK")
    story.expect_erp_inbox("goods_receipt GR-1: 10 PCE BOLT at DOCK")


def test_the_same_number_with_another_content(story: Story) -> None:
    """A conflict: the first stands, the second is an error that names it."""
    first = story.wms_receives("GR-1", "10 BOLT at DOCK because SAMPLE")
    story.sends_again(first.with_line(1, qty=12))

    story.expect_all_applied_but("goods_receipt GR-1: error")
    story.expect_errors(
        "goods_receipt GR-1: DUP-001 the same key came before with other content:"
        " goods_receipt GR-1"
    )
    story.expect_ledger("receipt_purchase BOLT +10 at DOCK")
    story.expect_stock("10 BOLT at DOCK")
    story.expect_erp_inbox("goods_receipt GR-1: 10 PCE BOLT at DOCK")


def test_the_same_transmission_is_inserted_twice(story: Story) -> None:
    """The database refuses the same message_id at once; the sender knows that it had arrived."""
    first = story.wms_receives("GR-1", "10 BOLT at DOCK because SAMPLE")
    with pytest.raises(psycopg.errors.UniqueViolation):
        story.world.wms.send(first)

    story.expect_ledger("receipt_purchase BOLT +10 at DOCK")
    story.expect_stock("10 BOLT at DOCK")
    story.expect_erp_inbox("goods_receipt GR-1: 10 PCE BOLT at DOCK")


def test_an_order_is_sent_again(story: Story) -> None:
    """The same revision with the same content is a duplicate, with another content a conflict."""
    first = story.erp_orders("SO-1", "40 BOLT")
    story.sends_again(first)
    story.sends_again(first.with_line(1, qty=50))

    story.expect_order("SO-1", "released", "1 BOLT open: 40 ordered, 40 open")
    story.expect_all_applied_but("sales_order SO-1: duplicate", "sales_order SO-1: error")
    story.expect_errors(
        "sales_order SO-1: DUP-001 the same key came before with other content: sales_order SO-1"
    )
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT")

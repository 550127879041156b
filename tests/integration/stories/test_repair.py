"""Repair: what a DBA may do with a message, with a reason, and never by a raw UPDATE."""

from __future__ import annotations

import psycopg
import pytest

from tests.support.story import Story


def test_a_wrong_article_is_corrected(story: Story) -> None:
    """The original stays as it was sent; a corrected version is held until it is released."""
    typo = story.wms_receives("GR-1", "40 BLOT at DOCK because SAMPLE")
    version = story.dba_amends(typo, 1, "item_code", "BOLT", because="typed wrong at the dock")
    story.expect_all_applied_but("goods_receipt GR-1: superseded", "goods_receipt GR-1: held")
    story.expect_ledger()
    story.dba_does("release", version, because="checked with the warehouse")

    story.expect_all_applied_but("goods_receipt GR-1: superseded")
    story.expect_ledger("receipt_purchase BOLT +40 at DOCK")
    story.expect_stock("40 BOLT at DOCK")
    story.expect_erp_inbox("goods_receipt GR-1: 40 PCE BOLT at DOCK")
    story.expect_operators_book(
        "amend goods_receipt GR-1: typed wrong at the dock",
        "release goods_receipt GR-1: checked with the warehouse",
    )


def test_a_receipt_is_stopped_by_telephone(story: Story) -> None:
    """Held before it was posted, it stands still; nothing else waits for it."""
    with story.crossdock_down():
        doubtful = story.wms_receives("GR-1", "40 BOLT at DOCK because SAMPLE")
        story.dba_does("hold", doubtful, because="the warehouse is counting again")
        story.wms_receives("GR-2", "5 NUT at DOCK because SAMPLE")
    story.expect_all_applied_but("goods_receipt GR-1: held")
    story.expect_ledger("receipt_purchase NUT +5 at DOCK")
    story.dba_does("release", doubtful, because="it was right")

    story.expect_all_applied_but()
    story.expect_ledger("receipt_purchase NUT +5 at DOCK", "receipt_purchase BOLT +40 at DOCK")
    story.expect_stock("40 BOLT at DOCK", "5 NUT at DOCK")
    story.expect_erp_inbox(
        "goods_receipt GR-2: 5 PCE NUT at DOCK", "goods_receipt GR-1: 40 PCE BOLT at DOCK"
    )
    story.expect_operators_book(
        "hold goods_receipt GR-1: the warehouse is counting again",
        "release goods_receipt GR-1: it was right",
    )


def test_a_message_sent_by_mistake_is_given_up(story: Story) -> None:
    """A test message in the live system: discarded with a reason; its number may be used for good."""
    mistake = story.wms_receives("GR-1", "40 TEST at DOCK because SAMPLE")
    story.dba_does("discard", mistake, because="a test of the scanner")
    story.expect_all_applied_but("goods_receipt GR-1: discarded")
    story.wms_receives("GR-1", "40 BOLT at DOCK because SAMPLE")

    story.expect_all_applied_but("goods_receipt GR-1: discarded")
    story.expect_ledger("receipt_purchase BOLT +40 at DOCK")
    story.expect_stock("40 BOLT at DOCK")
    story.expect_erp_inbox("goods_receipt GR-1: 40 PCE BOLT at DOCK")
    story.expect_operators_book("discard goods_receipt GR-1: a test of the scanner")


def test_a_mapping_was_missing(story: Story) -> None:
    """The warehouse's own code is not known: the mapping is mended, then the message is judged anew."""
    codes = {"system_code": "WMS1", "domain": "item", "version": 1}
    story.erp_sends("code_map", external_code="100-1", canonical_code="NUT", **codes)
    receipt = story.wms_receives("GR-1", "40 100-2 at DOCK because SAMPLE")
    story.expect_all_applied_but("goods_receipt GR-1: error")
    story.expect_errors(
        "goods_receipt GR-1 line 1: MAP-001 code 100-2 has no mapping in the domain item"
    )
    story.erp_sends("code_map", external_code="100-2", canonical_code="BOLT", **codes)
    story.dba_does("requeue", receipt, because="the mapping is there")

    story.expect_all_applied_but()
    story.expect_errors()
    story.expect_ledger("receipt_purchase BOLT +40 at DOCK")
    story.expect_stock("40 BOLT at DOCK")
    story.expect_erp_inbox("goods_receipt GR-1: 40 PCE BOLT at DOCK")
    story.expect_operators_book("requeue goods_receipt GR-1: the mapping is there")


def test_the_order_behind_a_held_revision_waits(story: Story) -> None:
    """Later messages of the same document stand behind the one that is held; other orders do not."""
    story.erp_orders("SO-1", "40 BOLT")
    with story.crossdock_down():
        change = story.erp_changes("SO-1", 2, "400 BOLT")
        story.dba_does("hold", change, because="400 cannot be right")
        story.erp_changes("SO-1", 3, "45 BOLT")
        story.erp_orders("SO-2", "5 NUT")
    story.expect_all_applied_but("sales_order SO-1 rev 2: held", "sales_order SO-1 rev 3: received")
    story.dba_does("discard", change, because="the ERP has sent revision 3")

    story.expect_all_applied_but("sales_order SO-1 rev 2: discarded")
    story.expect_order("SO-1", "released", "1 BOLT open: 45 ordered, 45 open")
    story.expect_order("SO-2", "released", "1 NUT open: 5 ordered, 5 open")
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (withdrawn)", "sales_order SO-2: 5 PCE NUT",
        "sales_order SO-1 rev 3: 45 PCE BOLT",
    )  # fmt: skip
    story.expect_operators_book(
        "hold sales_order SO-1 rev 2: 400 cannot be right",
        "discard sales_order SO-1 rev 2: the ERP has sent revision 3",
    )


def test_what_was_given_up_cannot_be_taken_back(story: Story) -> None:
    """The fact had no effect, so its reversal has none either."""
    mistake = story.wms_receives("GR-1", "40 TEST at DOCK because SAMPLE")
    story.dba_does("discard", mistake, because="a test of the scanner")
    story.wms_reverses("GR-2", of="GR-1")

    story.expect_all_applied_but(
        "goods_receipt GR-1: discarded", "goods_receipt GR-2 reverse: error"
    )
    story.expect_errors(
        "goods_receipt GR-2 reverse: SEQ-001 the fact GR-1 was discarded and cannot be reversed"
    )
    story.expect_operators_book("discard goods_receipt GR-1: a test of the scanner")


def test_somebody_sets_a_state_by_hand(story: Story) -> None:
    """Not even the superuser: the database refuses it and names the functions that do it."""
    posted = story.wms_receives("GR-1", "40 BOLT at DOCK because SAMPLE")
    wrong = story.wms_receives("GR-2", "0 BOLT at DOCK because SAMPLE")
    for document, state, hint in (
        (posted, "received", "a fact is taken back with action reverse"),
        (wrong, "applied", "ops.requeue"),
    ):
        update = (
            f"UPDATE staging.message SET state = '{state}' WHERE seq = {story.seq_of(document)}"
        )
        with pytest.raises(psycopg.Error) as refused:
            story.world.admin.connection.execute(update.encode())
        assert hint in str(refused.value.diag.message_hint)

    story.expect_all_applied_but("goods_receipt GR-2: error")
    story.expect_errors("goods_receipt GR-2 line 1: QTY-001 the quantity is zero")
    story.expect_ledger("receipt_purchase BOLT +40 at DOCK")
    story.expect_stock("40 BOLT at DOCK")
    story.expect_erp_inbox("goods_receipt GR-1: 40 PCE BOLT at DOCK")


def test_a_repair_needs_a_reason(story: Story) -> None:
    """Nobody can tell afterwards why, if nobody says it."""
    receipt = story.wms_receives("GR-1", "40 TEST at DOCK because SAMPLE")
    with pytest.raises(psycopg.Error, match="reason"):
        story.dba_does("discard", receipt, because=" ")

    story.expect_all_applied_but("goods_receipt GR-1: waiting for item TEST")
    story.expect_errors("goods_receipt GR-1 line 1: REF-001 item TEST is not known")


def test_the_dba_looks_before_he_releases(story: Story) -> None:
    """A dry run tells what the rules would find, and leaves nothing behind."""
    wrong = story.wms_receives("GR-1", "40 BLOT at Z-99 because SAMPLE")
    first = story.dba_amends(wrong, 1, "item_code", "BOLT", because="typed wrong at the dock")
    assert story.dry_run(first) == ["line 1: REF-004 location Z-99 is not known in the warehouse"]
    story.dba_amends(first, 1, "location_code", "A-01", because="the other one, too")
    assert story.dry_run(first) == []
    story.dba_does("release", first, because="looked at")

    story.expect_all_applied_but("goods_receipt GR-1: superseded")
    story.expect_ledger("receipt_purchase BOLT +40 at A-01")
    story.expect_stock("40 BOLT at A-01")
    story.expect_erp_inbox("goods_receipt GR-1: 40 PCE BOLT at A-01")
    story.expect_operators_book(
        "amend goods_receipt GR-1: typed wrong at the dock",
        "amend goods_receipt GR-1: the other one, too",
        "release goods_receipt GR-1: looked at",
    )


def test_the_warehouse_asks_where_its_receipt_is(story: Story) -> None:
    """`why` tells it in plain words: what it waits for, and afterwards what was posted and told."""
    receipt = story.wms_receives("GR-1", "40 BOLT at DOCK", order="PO-1")
    told = story.why(receipt)
    assert "is goods_receipt GR-1, for purchase_order PO-1, from WMS1 for warehouse W1." in told
    assert "What releases it: the ERP sends the order" in told
    story.erp_orders("PO-1", "40 BOLT")
    told = story.why(receipt)
    assert "+40 PCE of BOLT, at DOCK, unrestricted (receipt_purchase)" in told
    assert "to ERP (goods_receipt, post): pending" in told

    story.expect_order("PO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_ledger("receipt_purchase BOLT +40 at DOCK for PO-1/1")
    story.expect_stock("40 BOLT at DOCK")
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT")
    story.expect_erp_inbox("goods_receipt GR-1: 40 PCE BOLT at DOCK")

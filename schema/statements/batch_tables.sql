-- The work tables of a batch: temporary, never logged, empty when a batch begins. How they get empty
-- depends on the session (`sync.store`): by ON COMMIT DELETE ROWS, or by `clear_batch`.
-- They carry a batch from step to step, so that each step is one set-based statement.
-- Nobody analyzes them, so the planner must guess well without: primary keys tell it that a join
-- by seq keeps the number of rows, and it takes half of the rows to pass a bare boolean where it
-- takes 1 of 200 to pass an equality. With equalities instead (outcome = 'go') it expected one row,
-- chose nested loops and was 8 times slower at 1,000 messages.

-- name: read_clock
-- Takes the time of a look once.
-- returns: at timestamptz
SELECT clock_timestamp() AS at;

-- name: find_used_tables
-- Tells which work tables of this session have pages.
-- returns: name text
SELECT CAST(c.relname AS text) AS name
FROM pg_class AS c
WHERE c.relnamespace = pg_my_temp_schema() AND c.relkind = 'r' AND pg_relation_size(c.oid) > 0;

-- name: batch_begin
-- Tells whether this session has the work tables, takes the time of the batch once, and reads the
-- policies that concern the lane: [scope kind, scope, name, value], intervals in seconds; and its rules
-- of work: [document type, priority, whether its window is closed].
-- params: lane text (null: no policies are wanted)
-- returns: ready boolean, at timestamptz, policies jsonb, work jsonb; null when nothing was decided
SELECT
    to_regclass('pg_temp.batch_message') IS NOT NULL AS ready,
    clock_timestamp() AS at,
    (
        SELECT
            jsonb_agg(jsonb_build_array(
                p.scope_kind, p.scope, p.name, coalesce(to_jsonb(extract(EPOCH FROM p.duration)), to_jsonb(p.value))
            ))
        FROM ops.policy_value AS p
        WHERE
            CASE p.scope_kind
                WHEN 'warehouse' THEN p.scope = CAST(:lane AS text)
                WHEN 'order_type' THEN substr(p.scope, strpos(p.scope, ' ') + 1) IN (p.scope, CAST(:lane AS text))
                ELSE true
            END
    ) AS policies,
    (
        SELECT jsonb_agg(jsonb_build_array(
            r.doc_type, r.priority, r.job IS NOT NULL AND NOT coalesce(r.open_until > clock_timestamp(), false)
        ))
        FROM ops.work_rule AS r
        WHERE
            r.warehouse_code IN ('', CAST(:lane AS text))
            -- The rule of the warehouse holds in full, where there is one.
            AND NOT EXISTS (
                SELECT
                FROM ops.work_rule AS o
                WHERE
                    o.doc_type = r.doc_type AND o.warehouse_code = CAST(:lane AS text)
                    AND r.warehouse_code = ''
            )
    ) AS work;

-- name: batch_message
-- The claimed messages, cleaned: codes trimmed, empty text null, defaults filled in.
CREATE TEMPORARY TABLE batch_message (
    seq bigint PRIMARY KEY,
    sender text NOT NULL,
    doc_type text NOT NULL,
    message_id text NOT NULL,
    lane text NOT NULL,
    state text NOT NULL,
    xid xid8 NOT NULL,
    received_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    passes integer NOT NULL,
    waiting_since timestamptz,
    line_count integer,
    warehouse_code text,
    action text NOT NULL,
    doc_no text,
    revision integer,
    version bigint,
    order_type text,
    order_no text,
    book_order_type text,
    party_role text,
    party_code text,
    carrier_code text,
    to_warehouse_code text,
    item_code text,
    qty numeric,
    uom text,
    base_qty numeric(19, 6),
    is_final boolean NOT NULL,
    occurred_at timestamptz NOT NULL,
    source_seq bigint,
    reverses_no text,
    counted_through_seq bigint,
    milestone text,
    response text,
    reason_code text,
    note text,
    attributes jsonb,
    codes text,
    content text NOT NULL,
    header_hash uuid,
    description text,
    base_uom text,
    item_group text,
    abc_class text,
    gtin text,
    lot_controlled boolean,
    serial_controlled boolean,
    shelf_life_days integer,
    unit_cost numeric,
    currency text,
    active boolean NOT NULL,
    numerator bigint,
    denominator bigint,
    role text,
    name text,
    country_code text,
    address text,
    time_zone text,
    location_code text,
    zone text,
    kind text,
    system_code text,
    domain text,
    external_code text,
    canonical_code text,
    is_default_out boolean NOT NULL,
    ordered_on date,
    expected_at timestamptz,
    requested_ship_at timestamptz,
    ship_to text,
    priority integer,
    start_at timestamptz,
    due_at timestamptz,
    original_order_no text,
    delivery_note_no text,
    tracking_no text,
    as_of timestamptz,
    through_seq bigint,
    total_qty numeric,
    request_no text,
    run_id bigint,
    is_order_fact boolean GENERATED ALWAYS AS (
        action = 'post' AND doc_type IN ('goods_receipt', 'shipment', 'material_issue', 'production_receipt')
    ) STORED,
    is_other_fact boolean GENERATED ALWAYS AS (
        action = 'post' AND doc_type IN ('stock_move', 'stock_adjustment', 'transit_receipt')
    ) STORED,
    is_reversal boolean GENERATED ALWAYS AS (action = 'reverse') STORED,
    is_last boolean GENERATED ALWAYS AS (is_final AND action = 'post' AND order_no IS NOT NULL) STORED,
    is_notice boolean GENERATED ALWAYS AS (doc_type = 'transit_notice') STORED
);

-- name: batch_sent
-- The lines of the claimed messages, cleaned, where some system has code maps: mapped to canonical codes.
CREATE TEMPORARY TABLE batch_sent (
    seq bigint NOT NULL,
    line_no integer NOT NULL,
    warehouse_code text,
    item_code text,
    qty numeric,
    uom text,
    lot_no text,
    over_tolerance_pct numeric,
    under_tolerance_pct numeric,
    reason_code text,
    order_line_no integer,
    serial_no text,
    expires_on date,
    location_code text,
    stock_status text,
    to_location_code text,
    to_stock_status text,
    content text NOT NULL,
    is_odd boolean NOT NULL
);

-- name: batch_line
-- The lines with what master data say of them; their content is as sent, before mapping.
CREATE TEMPORARY TABLE batch_line (
    seq bigint NOT NULL,
    line_no integer NOT NULL,
    warehouse_code text,
    item_code text,
    qty numeric,
    uom text,
    lot_no text NOT NULL,
    over_tolerance_pct numeric NOT NULL,
    under_tolerance_pct numeric NOT NULL,
    reason_code text,
    order_line_no integer,
    serial_no text NOT NULL,
    expires_on date,
    location_code text NOT NULL,
    stock_status text NOT NULL,
    to_location_code text NOT NULL,
    to_stock_status text NOT NULL,
    base_uom text,
    numerator bigint,
    denominator bigint,
    base_qty numeric(19, 6),
    lot_controlled boolean,
    serial_controlled boolean,
    content text NOT NULL,
    is_odd boolean NOT NULL,
    is_unnamed boolean GENERATED ALWAYS AS (order_line_no IS NULL) STORED,
    PRIMARY KEY (seq, line_no)
);

-- name: batch_content
-- What each message says, as a hash, and who said it before.
CREATE TEMPORARY TABLE batch_content (
    seq bigint PRIMARY KEY,
    line_total integer NOT NULL,
    content_hash uuid NOT NULL,
    business_key text,
    known_seq bigint,
    known_hash uuid,
    known_state text
);

-- name: batch_finding
-- What the rules found.
CREATE TEMPORARY TABLE batch_finding (
    seq bigint NOT NULL,
    line_no integer,
    column_name text,
    code text NOT NULL,
    severity text NOT NULL,
    value text,
    expected text,
    wait_key text,
    need numeric
);

-- name: batch_outcome
-- The verdict on each message: go, later (next batch), busy, incomplete, or its next state.
CREATE TEMPORARY TABLE batch_outcome (
    seq bigint PRIMARY KEY,
    outcome text NOT NULL,
    is_go boolean GENERATED ALWAYS AS (outcome = 'go') STORED,
    waiting_for text,
    wait_until timestamptz,
    other_seq bigint,
    reason text
);

-- name: batch_reversal
-- Which facts the reversals of the batch take back.
CREATE TEMPORARY TABLE batch_reversal (
    seq bigint NOT NULL,
    original_seq bigint PRIMARY KEY
);

-- name: batch_order
-- The orders that the batch touches, as read; row_version guards the write. Finals: the fact or
-- close that ends all lines, the one that ends the components, and those that the batch reverses.
CREATE TEMPORARY TABLE batch_order (
    order_type text NOT NULL,
    order_no text NOT NULL,
    revision integer,
    action text,
    state text,
    milestone text,
    seq bigint,
    delivery_id bigint,
    header_hash uuid,
    is_forced boolean NOT NULL DEFAULT false,
    other_warehouse_code text,
    row_version bigint,
    by_seq bigint,
    final_seq bigint,
    issue_seq bigint,
    reversed_seqs bigint []
);

-- name: batch_allocation
-- Which order line takes which part of a fact's line, in base units; null for none. Room: what the line
-- allows yet; null where nothing is too much. Ended state: set when the line was taken back.
CREATE TEMPORARY TABLE batch_allocation (
    seq bigint NOT NULL,
    line_no integer NOT NULL,
    part integer NOT NULL,
    order_type text,
    order_no text,
    order_line_no integer,
    qty numeric(19, 6) NOT NULL,
    excess_qty numeric(19, 6) NOT NULL,
    room_qty numeric,
    ended_state text
);

-- name: batch_order_line
-- The order lines that the batch changes: as read, and as they become.
CREATE TEMPORARY TABLE batch_order_line (
    order_type text NOT NULL,
    order_no text NOT NULL,
    line_no integer NOT NULL,
    row_version bigint NOT NULL,
    done_qty numeric(19, 6) NOT NULL,
    short_qty numeric(19, 6) NOT NULL,
    state text NOT NULL,
    final_seq bigint,
    last_fact_seq bigint
);

-- name: batch_entry
-- The ledger rows to write.
CREATE TEMPORARY TABLE batch_entry (
    seq bigint NOT NULL,
    line_no integer NOT NULL,
    entry_no integer NOT NULL,
    movement_type text NOT NULL,
    reverses_ledger_seq bigint,
    item_code text NOT NULL,
    lot_no text NOT NULL,
    serial_no text NOT NULL,
    location_code text NOT NULL,
    stock_status text NOT NULL,
    qty numeric(19, 6) NOT NULL,
    order_type text,
    order_no text,
    order_line_no integer,
    order_qty numeric(19, 6),
    source_seq bigint,
    sent_qty numeric,
    sent_uom text,
    numerator bigint,
    denominator bigint,
    reason_code text,
    is_piece boolean GENERATED ALWAYS AS (
        serial_no <> '' AND stock_status <> 'in_transit'
        AND movement_type NOT IN ('count_gain', 'count_loss')
    ) STORED
);

-- name: batch_piece
-- The serial numbers that lines of the batch bring or take, with what was on hand as read.
CREATE TEMPORARY TABLE batch_piece (
    seq bigint NOT NULL,
    line_no integer NOT NULL,
    item_code text NOT NULL,
    serial_no text NOT NULL,
    qty numeric(19, 6) NOT NULL,
    on_hand integer,
    row_version bigint,
    is_blocked boolean NOT NULL,
    PRIMARY KEY (seq, line_no)
);

-- name: batch_lot
-- The lines whose day of expiry is known: as sent or else as the lot was known by, and what is odd.
CREATE TEMPORARY TABLE batch_lot (
    seq bigint NOT NULL,
    line_no integer NOT NULL,
    item_code text NOT NULL,
    lot_no text NOT NULL,
    expires_on date NOT NULL,
    known_on date,
    business_date date NOT NULL,
    is_incoming boolean NOT NULL,
    is_first boolean NOT NULL,
    is_clash boolean NOT NULL,
    is_expired boolean NOT NULL,
    PRIMARY KEY (seq, line_no)
);

-- name: batch_balance
-- One row for each balance that the batch changes: its delta and the balance as read.
CREATE TEMPORARY TABLE batch_balance (
    item_code text NOT NULL,
    lot_no text NOT NULL,
    location_code text NOT NULL,
    stock_status text NOT NULL,
    delta numeric(19, 6) NOT NULL,
    outflow numeric(19, 6) NOT NULL,
    is_counted boolean NOT NULL,
    tid tid,
    qty numeric(19, 6),
    row_version bigint
);

-- name: batch_count
-- Counted keys: what the book held at the count's position.
CREATE TEMPORARY TABLE batch_count (
    seq bigint NOT NULL,
    line_no integer NOT NULL,
    item_code text NOT NULL,
    lot_no text NOT NULL,
    location_code text NOT NULL,
    stock_status text NOT NULL,
    counted_qty numeric(19, 6) NOT NULL,
    book_qty numeric(19, 6) NOT NULL,
    position bigint,
    earlier_position bigint,
    earlier_qty numeric(19, 6)
);

-- name: batch_question
-- Forwarded requests of the same order that are not answered yet.
CREATE TEMPORARY TABLE batch_question (
    by_seq bigint PRIMARY KEY,
    seq bigint NOT NULL,
    delivery_id bigint NOT NULL,
    revision integer NOT NULL,
    action text NOT NULL
);

-- name: batch_reply
-- Which delivery each order_response answers.
CREATE TEMPORARY TABLE batch_reply (
    seq bigint PRIMARY KEY,
    delivery_id bigint NOT NULL
);

-- name: batch_request_line
-- The lines of the orders that requests name: as they stand, as asked, as answered, as they become.
CREATE TEMPORARY TABLE batch_request_line (
    seq bigint NOT NULL,
    line_no integer NOT NULL,
    old_version bigint,
    old_state text,
    old_item_code text,
    old_lot_no text,
    ordered_qty numeric(19, 6) NOT NULL,
    done_qty numeric(19, 6) NOT NULL,
    cancelled_qty numeric(19, 6) NOT NULL,
    short_qty numeric(19, 6) NOT NULL,
    final_seq bigint,
    last_fact_seq bigint,
    item_code text,
    lot_no text,
    uom text,
    asked_qty numeric(19, 6),
    over_tolerance_pct numeric,
    under_tolerance_pct numeric,
    is_answered boolean NOT NULL,
    accepted_qty numeric(19, 6),
    new_state text,
    is_clash boolean GENERATED ALWAYS AS (done_qty > 0 AND coalesce(item_code <> old_item_code, false)) STORED,
    new_ordered_qty numeric(19, 6),
    new_cancelled_qty numeric(19, 6),
    new_short_qty numeric(19, 6),
    new_final_seq bigint,
    PRIMARY KEY (seq, line_no)
);

-- name: batch_split
-- Lines that were booked blocked, though not sent so: how the ERP is shown them.
CREATE TEMPORARY TABLE batch_split (
    seq bigint NOT NULL,
    line_no integer NOT NULL,
    blocked_line_no integer,
    uom text NOT NULL,
    numerator bigint NOT NULL,
    denominator bigint NOT NULL,
    rest_qty numeric NOT NULL,
    blocked_qty numeric NOT NULL,
    blocked_base_qty numeric(19, 6) NOT NULL,
    sent_status text NOT NULL,
    PRIMARY KEY (seq, line_no)
);

-- name: batch_request
-- What becomes of each request. Steps: the outcomes of the race table (release, replace, tell,
-- withdraw, close, ask, refuse), and agreed (the answer was yes), declined (it was no), waiting (no
-- answer yet), busy (being taken at this moment), later (a question before it was read meanwhile).
CREATE TEMPORARY TABLE batch_request (
    seq bigint PRIMARY KEY,
    order_type text NOT NULL,
    order_no text NOT NULL,
    action text NOT NULL,
    revision integer NOT NULL,
    step text NOT NULL,
    withdraw_delivery_id bigint,
    answer_delivery_id bigint,
    question_seq bigint,
    question_delivery_id bigint,
    reason text,
    row_version bigint,
    is_agreed boolean GENERATED ALWAYS AS (
        step IN ('release', 'replace', 'tell', 'withdraw', 'close', 'agreed')
    ) STORED,
    is_in_work boolean GENERATED ALWAYS AS (step IN ('tell', 'agreed')) STORED
);

-- name: batch_look
-- The deliveries that were looked at, under lock, with their state.
CREATE TEMPORARY TABLE batch_look (
    delivery_id bigint PRIMARY KEY,
    state text NOT NULL,
    reason_code text,
    note text
);

-- name: batch_delivery
-- The deliveries to write, numbered within the batch.
CREATE TEMPORARY TABLE batch_delivery (
    n integer NOT NULL,
    seq bigint NOT NULL,
    receiver text NOT NULL,
    doc_type text NOT NULL,
    action text NOT NULL,
    is_mapped boolean NOT NULL
);

-- name: batch_decision
-- The decisions to carry out. Verdict: done, open (it cannot be), post; null: at the next sweep.
CREATE TEMPORARY TABLE batch_decision (
    task_id bigint PRIMARY KEY,
    code text NOT NULL,
    effect text NOT NULL,
    decision text NOT NULL,
    reason text,
    decided_by text,
    decided_at timestamptz,
    seq bigint NOT NULL,
    line_no integer,
    warehouse_code text,
    order_type text,
    order_no text,
    qty numeric(19, 6),
    detail jsonb,
    delivery_id bigint,
    posting_type text,
    posting_id text,
    verdict text,
    note text
);

-- name: batch_posting
-- The lines that a decision posts, in base units: out of a status, into another one or none.
CREATE TEMPORARY TABLE batch_posting (
    task_id bigint NOT NULL,
    line_no integer NOT NULL,
    item_code text NOT NULL,
    lot_no text NOT NULL,
    serial_no text NOT NULL,
    location_code text NOT NULL,
    stock_status text NOT NULL,
    to_stock_status text,
    qty numeric(19, 6) NOT NULL,
    held_by bigint,
    PRIMARY KEY (task_id, line_no)
);

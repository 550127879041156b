-- The work tables of a reconciliation: temporary, empty again after the commit, never logged.
-- Items and statuses are numbers here: a join by two numbers and a lot costs half of one by texts.

-- name: recon_item
-- The items that the books know, numbered.
CREATE TEMPORARY TABLE recon_item (
    item_no integer PRIMARY KEY,
    item_code text UNIQUE,
    base_uom text NOT NULL,
    unit_cost numeric,
    currency text,
    abc_class text
) ON COMMIT DELETE ROWS;

-- name: recon_status
-- The stock statuses, numbered; rolled_no is the status that it is compared as.
CREATE TEMPORARY TABLE recon_status (
    status_no integer PRIMARY KEY,
    stock_status text UNIQUE,
    rolled_no integer NOT NULL
) ON COMMIT DELETE ROWS;

-- name: recon_map
-- The codes of systems as they were valid at the run's as_of.
CREATE TEMPORARY TABLE recon_map (
    system_code text,
    domain text,
    external_code text,
    canonical_code text NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (system_code, domain, external_code)
) ON COMMIT DELETE ROWS;

-- name: recon_unit
-- The units of items as they were valid at the run's as_of, base units included.
CREATE TEMPORARY TABLE recon_unit (
    item_no integer,
    uom text,
    numerator bigint NOT NULL,
    denominator bigint NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (item_no, uom)
) ON COMMIT DELETE ROWS;

-- name: recon_roll
-- Roll-ups of lots that are in force.
CREATE TEMPORARY TABLE recon_roll (
    item_no integer,
    from_code text NOT NULL,
    to_code text NOT NULL
) ON COMMIT DELETE ROWS;

-- name: recon_scope
-- What is not compared in the warehouse at hand; null stands for any.
CREATE TEMPORARY TABLE recon_scope (
    item_no integer,
    status_no integer,
    rule_id bigint
) ON COMMIT DELETE ROWS;

-- name: recon_line
-- The lines of both snapshots of the warehouse at hand, in base units; problem says why one lies
-- apart.
CREATE TEMPORARY TABLE recon_line (
    side text NOT NULL,
    line_no integer NOT NULL,
    item_no integer,
    lot_no text NOT NULL,
    status_no integer,
    qty numeric,
    problem text,
    missing text,
    rule_id bigint
) ON COMMIT DELETE ROWS;

-- name: recon_double
-- Places that stand twice in one snapshot, as sent.
CREATE TEMPORARY TABLE recon_double (
    side text NOT NULL,
    line_no integer NOT NULL,
    first_line_no integer NOT NULL
) ON COMMIT DELETE ROWS;

-- name: recon_erp
-- The ERP's book of the warehouse at hand; decimals: the finest quantity that it writes.
CREATE TEMPORARY TABLE recon_erp (
    item_no integer NOT NULL,
    lot_no text NOT NULL,
    status_no integer NOT NULL,
    qty numeric NOT NULL,
    decimals integer NOT NULL
) ON COMMIT DELETE ROWS;

-- name: recon_wms
-- The WMS's book of the warehouse at hand.
CREATE TEMPORARY TABLE recon_wms (
    item_no integer NOT NULL,
    lot_no text NOT NULL,
    status_no integer NOT NULL,
    qty numeric NOT NULL,
    decimals integer NOT NULL
) ON COMMIT DELETE ROWS;

-- name: recon_book
-- The ledger's balances of the warehouse at hand.
CREATE TEMPORARY TABLE recon_book (
    item_no integer NOT NULL,
    lot_no text NOT NULL,
    status_no integer NOT NULL,
    qty numeric NOT NULL
) ON COMMIT DELETE ROWS;

-- name: recon_delivery
-- Deliveries of facts to the ERP above the lower of its last two positions.
CREATE TEMPORARY TABLE recon_delivery (
    delivery_id bigint NOT NULL,
    seq bigint PRIMARY KEY,
    doc_type text NOT NULL,
    action text NOT NULL,
    state text NOT NULL,
    answered_at timestamptz,
    posted_at timestamptz,
    posting_message_id text
) ON COMMIT DELETE ROWS;

-- name: recon_position
-- Positions of the ledger that the last two pairs of snapshots do not all contain.
CREATE TEMPORARY TABLE recon_position (
    ledger_seq bigint NOT NULL
) ON COMMIT DELETE ROWS;

-- name: recon_move
-- The movements of those positions, and the facts that are not applied yet.
CREATE TEMPORARY TABLE recon_move (
    warehouse_code text NOT NULL,
    item_no integer NOT NULL,
    lot_no text NOT NULL,
    status_no integer NOT NULL,
    qty numeric,
    is_applied boolean NOT NULL,
    in_erp boolean NOT NULL,
    in_wms boolean NOT NULL,
    in_erp_before boolean NOT NULL,
    in_wms_before boolean NOT NULL,
    is_late boolean NOT NULL,
    by_time boolean NOT NULL,
    straddles boolean NOT NULL,
    is_converted boolean NOT NULL,
    class text,
    seq bigint NOT NULL,
    line_no integer NOT NULL,
    entry_no integer NOT NULL,
    ledger_seq bigint,
    delivery_id bigint,
    posting_message_id text,
    source_seq bigint,
    doc_type text,
    doc_no text,
    state text,
    happened_at timestamptz,
    age_s numeric
) ON COMMIT DELETE ROWS;

-- name: recon_before
-- What the last closed run of the warehouse at hand left open.
CREATE TEMPORARY TABLE recon_before (
    item_no integer NOT NULL,
    lot_no text NOT NULL,
    status_no integer NOT NULL,
    erp_qty numeric,
    wms_qty numeric,
    erp_drift numeric NOT NULL,
    wms_drift numeric NOT NULL,
    residual numeric NOT NULL,
    was text NOT NULL,
    evidence text NOT NULL,
    owner text NOT NULL,
    action text NOT NULL,
    first_run_id bigint NOT NULL,
    first_seen_on date NOT NULL,
    night_count integer NOT NULL,
    converted_count integer NOT NULL
) ON COMMIT DELETE ROWS;

-- name: recon_key
-- The candidates: keys where something is not zero. The arithmetic is the database's.
CREATE TEMPORARY TABLE recon_key (
    warehouse_code text NOT NULL,
    item_no integer NOT NULL,
    lot_no text NOT NULL,
    status_no integer NOT NULL,
    is_first boolean NOT NULL,
    erp numeric NOT NULL,
    wms numeric NOT NULL,
    book numeric NOT NULL,
    erp_decimals integer,
    wms_decimals integer,
    not_erp numeric NOT NULL,
    not_wms numeric NOT NULL,
    early_wms numeric NOT NULL,
    cut_off numeric NOT NULL,
    in_flight numeric NOT NULL,
    rejected numeric NOT NULL,
    unconfirmed numeric NOT NULL,
    late numeric NOT NULL,
    newly_erp numeric NOT NULL,
    newly_wms numeric NOT NULL,
    converted_count integer NOT NULL,
    worst_part text,
    flags text [] NOT NULL,
    erp_before numeric,
    wms_before numeric,
    erp_drift_before numeric NOT NULL,
    wms_drift_before numeric NOT NULL,
    residual_before numeric NOT NULL,
    was text,
    was_evidence text,
    was_owner text,
    was_action text,
    first_run_id bigint,
    first_seen_on date,
    night_count integer,
    class text,
    evidence text,
    why_key text,
    why_args jsonb NOT NULL DEFAULT '{}',
    candidate_count integer NOT NULL DEFAULT 0,
    d numeric GENERATED ALWAYS AS (erp - wms) STORED,
    erp_total_drift numeric GENERATED ALWAYS AS (erp - book + not_erp) STORED,
    wms_total_drift numeric GENERATED ALWAYS AS (wms - book + not_wms - early_wms) STORED,
    r numeric GENERATED ALWAYS AS (erp - wms - cut_off - in_flight - rejected - unconfirmed) STORED,
    r_before numeric GENERATED ALWAYS AS (erp_drift_before - wms_drift_before + late) STORED,
    re numeric GENERATED ALWAYS AS (erp - book + not_erp - erp_drift_before) STORED,
    rw numeric GENERATED ALWAYS AS (wms - book + not_wms - early_wms - wms_drift_before + late) STORED
) ON COMMIT DELETE ROWS;

-- name: recon_apart
-- Keys, or items, of which lines lie apart.
CREATE TEMPORARY TABLE recon_apart (
    warehouse_code text NOT NULL,
    side text NOT NULL,
    item_no integer NOT NULL,
    lot_no text NOT NULL,
    status_no integer,
    class text NOT NULL,
    line_count bigint NOT NULL
) ON COMMIT DELETE ROWS;

-- name: recon_echo
-- What the ERP says it posted where that is not what was delivered, by delivery and key.
CREATE TEMPORARY TABLE recon_echo (
    warehouse_code text NOT NULL,
    item_no integer NOT NULL,
    lot_no text NOT NULL,
    status_no integer NOT NULL,
    delivery_id bigint NOT NULL,
    intended numeric NOT NULL,
    posted numeric NOT NULL,
    document_count bigint NOT NULL,
    documents text,
    posting_message_id text,
    uom_differs boolean NOT NULL
) ON COMMIT DELETE ROWS;

-- name: recon_hint
-- What supports a class beside the known movements: candidates, echoes, gaps.
CREATE TEMPORARY TABLE recon_hint (
    warehouse_code text NOT NULL,
    item_no integer NOT NULL,
    lot_no text NOT NULL,
    status_no integer NOT NULL,
    class text NOT NULL,
    evidence text NOT NULL,
    side text NOT NULL,
    qty numeric,
    seq bigint,
    line_no integer,
    ledger_seq bigint,
    delivery_id bigint,
    posting_message_id text,
    source_seq bigint,
    doc_type text,
    doc_no text,
    state text,
    happened_at timestamptz,
    age_s numeric,
    detail jsonb NOT NULL
) ON COMMIT DELETE ROWS;

-- name: recon_scale
-- How fine each side writes the items that have candidates, and whether it keeps their lots.
CREATE TEMPORARY TABLE recon_scale (
    warehouse_code text NOT NULL,
    side text NOT NULL,
    item_no integer NOT NULL,
    decimals integer NOT NULL,
    has_lots boolean NOT NULL
) ON COMMIT DELETE ROWS;

-- name: recon_is_ready
-- Whether this session has the work tables.
-- returns: ready boolean
SELECT to_regclass('pg_temp.recon_key') IS NOT NULL AS ready;

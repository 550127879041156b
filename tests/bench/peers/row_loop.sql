CREATE TABLE job (
    id bigint PRIMARY KEY,
    movement_key text NOT NULL,
    item_code text NOT NULL,
    location_code text NOT NULL,
    qty numeric NOT NULL
);
-- The set-based variant: so many jobs with five statements.
CREATE FUNCTION move_jobs(up_to int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[];
    expected bigint;
    changed bigint;
BEGIN
    SELECT array_agg(t.id) INTO ids FROM (
        SELECT j.id FROM job AS j ORDER BY j.id LIMIT up_to FOR UPDATE SKIP LOCKED
    ) AS t;
    IF ids IS NULL THEN
        RETURN 0;
    END IF;
    CREATE TEMPORARY TABLE IF NOT EXISTS moved (
        item_code text, location_code text, qty numeric
    ) ON COMMIT DELETE ROWS;
    WITH m AS (
        INSERT INTO movement (movement_key, item_code, location_code, qty)
        SELECT j.movement_key, j.item_code, j.location_code, j.qty FROM job AS j
        WHERE j.id = ANY (ids)
        ON CONFLICT (movement_key) DO NOTHING
        RETURNING item_code, location_code, qty
    )
    INSERT INTO moved SELECT m.item_code, m.location_code, sum(m.qty) FROM m GROUP BY 1, 2;
    GET DIAGNOSTICS expected = ROW_COUNT;
    INSERT INTO balance (item_code, location_code, qty, row_version)
    SELECT m.item_code, m.location_code, 0, 0 FROM moved AS m ORDER BY 1, 2
    ON CONFLICT (item_code, location_code) DO NOTHING;
    UPDATE balance AS b SET qty = r.qty + m.qty, row_version = r.row_version + 1
    FROM moved AS m
    INNER JOIN balance AS r ON r.item_code = m.item_code AND r.location_code = m.location_code
    WHERE b.item_code = r.item_code AND b.location_code = r.location_code
        AND b.row_version = r.row_version;
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> expected THEN
        RAISE serialization_failure;
    END IF;
    DELETE FROM job AS j WHERE j.id = ANY (ids);
    RETURN cardinality(ids);
END
$$;

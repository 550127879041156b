-- A consumer of PgQ as a stored procedure: a batch of events in one transaction.
CREATE FUNCTION consume() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    batch bigint := pgq.next_batch('moves', 'mover');
    event record;
    done bigint := 0;
BEGIN
    IF batch IS NULL THEN
        RETURN NULL;
    END IF;
    FOR event IN SELECT * FROM pgq.get_batch_events(batch) LOOP
        PERFORM move(event.ev_data, event.ev_extra1, event.ev_extra2, CAST(event.ev_extra3 AS numeric));
        done := done + 1;
    END LOOP;
    PERFORM pgq.finish_batch(batch);
    RETURN done;
END
$$;
SELECT pgq.create_queue('moves');
SELECT pgq.register_consumer('moves', 'mover');

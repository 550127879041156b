-- Runs of the reconciliation: one that has ended is evidence, and nobody changes it.

-- name: recon_refuse_run_change
CREATE FUNCTION recon.refuse_run_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    RAISE EXCEPTION 'run % has ended (%): it is evidence and never changed', OLD.run_id, OLD.state
        USING ERRCODE = '55000', HINT = 'corrections show in the next run, as a restatement';
END
$body$;

-- name: recon_run_immutable
CREATE TRIGGER run_immutable BEFORE UPDATE OR DELETE ON recon.run
FOR EACH ROW WHEN (old.state <> 'running') EXECUTE FUNCTION recon.refuse_run_change();

-- name: recon_refuse_row_change
-- For the rows of a run: they come while it runs, and stay.
CREATE FUNCTION recon.refuse_row_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    ended bigint;
BEGIN
    SELECT min(r.run_id) INTO ended
    FROM recon.run AS r
    WHERE r.state <> 'running' AND r.run_id IN (SELECT c.run_id FROM changed AS c);
    IF ended IS NOT NULL THEN
        RAISE EXCEPTION 'run % has ended: % of it are evidence and never changed', ended, TG_TABLE_NAME
            USING ERRCODE = '55000', HINT = 'corrections show in the next run, as a restatement';
    END IF;
    RETURN NULL;
END
$body$;

-- name: recon_rows_immutable
DO $body$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY ARRAY[
        'run_warehouse', 'run_total', 'book_total', 'gate', 'difference', 'difference_part', 'quarantine',
        'figure'
    ] LOOP
        EXECUTE format(
            'CREATE TRIGGER %1$s_added AFTER INSERT ON recon.%1$I REFERENCING NEW TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION recon.refuse_row_change()', part);
        EXECUTE format(
            'CREATE TRIGGER %1$s_changed AFTER UPDATE ON recon.%1$I REFERENCING OLD TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION recon.refuse_row_change()', part);
        EXECUTE format(
            'CREATE TRIGGER %1$s_deleted AFTER DELETE ON recon.%1$I REFERENCING OLD TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION recon.refuse_row_change()', part);
        EXECUTE format(
            'CREATE TRIGGER %1$s_never_emptied BEFORE TRUNCATE ON recon.%1$I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only()', part);
    END LOOP;
END
$body$;

-- name: recon_run_never_emptied
CREATE TRIGGER run_never_emptied BEFORE TRUNCATE ON recon.run
FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only();

-- name: recon_comment_append_only
CREATE TRIGGER comment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON recon.comment
FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only();

-- name: recon_second_look_append_only
CREATE TRIGGER second_look_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON recon.second_look
FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only();

-- name: recon_say
-- Puts the arguments into a sentence: {name} becomes the text of args->name.
CREATE FUNCTION recon.say(phrase text, args jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    said text := phrase;
    arg record;
BEGIN
    FOR arg IN SELECT e.key, e.value FROM jsonb_each_text(args) AS e LOOP
        said := replace(said, '{' || arg.key || '}', coalesce(arg.value, ''));
    END LOOP;
    RETURN said;
END
$body$;

-- name: recon_tolerances
INSERT INTO recon.tolerance (abc_class, uom, abs_qty, pct) VALUES ('*', '*', 0, 0);

-- name: recon_comments
COMMENT ON FUNCTION recon.refuse_run_change() IS 'Trigger: a run that has ended is never changed.';
COMMENT ON FUNCTION recon.refuse_row_change() IS 'Trigger: rows of a run that has ended are never changed.';
COMMENT ON FUNCTION recon.say(text, jsonb) IS 'A sentence of recon.phrase with its arguments put in.';

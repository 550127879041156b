-- Alarms as people see them, and what they decide about them. Only the watch writes their state.

-- name: alarm
CREATE VIEW ops.alarm AS
SELECT
    a.alarm_id,
    a.severity,
    a.state,
    a.code,
    a.subject,
    a.since,
    coalesce(a.resolved_at, now()) - a.since AS lasts,
    a.text,
    a.behind,
    a.look,
    a.value,
    r.threshold,
    r.unit,
    a.fired_at,
    a.last_seen_at,
    a.resolved_at,
    a.acknowledged_by,
    a.acknowledged_at,
    a.acknowledge_reason,
    (
        SELECT array_agg(t.route ORDER BY t.told_at, t.route)
        FROM ops.alarm_told AS t
        WHERE t.alarm_id = a.alarm_id
    ) AS told
FROM ops.alarm_state AS a
INNER JOIN ops.alarm_rule AS r ON a.code = r.code;

-- name: alarm_comments
COMMENT ON VIEW ops.alarm IS
'Alarms that hold (state firing), will if it lasts (pending), or did in the last 90 days (resolved).';
COMMENT ON COLUMN ops.alarm.alarm_id IS 'number of the alarm; ops.alarm_ack(alarm_id, reason)';
COMMENT ON COLUMN ops.alarm.severity IS 'warning or critical';
COMMENT ON COLUMN ops.alarm.state IS 'pending, firing or resolved';
COMMENT ON COLUMN ops.alarm.code IS 'rule that found it; ops.alarm_rule explains it';
COMMENT ON COLUMN ops.alarm.subject IS 'what it is about: a lane, a sender, a code, a table ...';
COMMENT ON COLUMN ops.alarm.since IS 'since when the condition holds, as the data say';
COMMENT ON COLUMN ops.alarm.lasts IS 'how long it holds or held';
COMMENT ON COLUMN ops.alarm.text IS 'what happened';
COMMENT ON COLUMN ops.alarm.behind IS 'what waits behind it';
COMMENT ON COLUMN ops.alarm.look IS 'what to type';
COMMENT ON COLUMN ops.alarm.value IS 'what was measured last, in unit';
COMMENT ON COLUMN ops.alarm.threshold IS 'from here on it is an alarm';
COMMENT ON COLUMN ops.alarm.unit IS 'what value and threshold are counted in';
COMMENT ON COLUMN ops.alarm.fired_at IS 'when it became an alarm';
COMMENT ON COLUMN ops.alarm.last_seen_at IS 'when the condition was seen last';
COMMENT ON COLUMN ops.alarm.resolved_at IS 'when it no longer held';
COMMENT ON COLUMN ops.alarm.acknowledged_by IS 'who sees to it; null: nobody';
COMMENT ON COLUMN ops.alarm.acknowledged_at IS 'since when';
COMMENT ON COLUMN ops.alarm.acknowledge_reason IS 'in whose words';
COMMENT ON COLUMN ops.alarm.told IS 'routes that were told';

-- name: traffic
CREATE VIEW ops.traffic AS
SELECT
    s.system_code,
    s.kind,
    t.last_at,
    now() - t.last_at AS silent_for,
    coalesce(t.day_count, 0) AS day_count,
    e.every,
    e.from_time,
    e.to_time,
    e.weekdays,
    e.time_zone,
    e.system_code IS NULL AS is_learned,
    e.set_by,
    e.reason
FROM ops.system AS s
LEFT JOIN ops.traffic_expectation AS e ON s.system_code = e.system_code
LEFT JOIN LATERAL (
    SELECT
        max(h.last_at) AS last_at,
        sum(h.message_count) FILTER (WHERE h.hour > now() - CAST('1 day' AS interval)) AS day_count
    FROM ops.traffic_hour AS h
    WHERE h.system_code = s.system_code
) AS t ON true;

-- name: traffic_comments
COMMENT ON VIEW ops.traffic IS 'When each sender sent last, and when it should send.';
COMMENT ON COLUMN ops.traffic.system_code IS 'sender';
COMMENT ON COLUMN ops.traffic.kind IS 'erp or wms';
COMMENT ON COLUMN ops.traffic.last_at IS 'when its last message came, as counted every half minute';
COMMENT ON COLUMN ops.traffic.silent_for IS 'time since then';
COMMENT ON COLUMN ops.traffic.day_count IS 'messages of the last 24 hours';
COMMENT ON COLUMN ops.traffic.every IS
'it should send at least once in this time; null: learned, or nothing is expected';
COMMENT ON COLUMN ops.traffic.from_time IS 'begin of the hours in which it sends';
COMMENT ON COLUMN ops.traffic.to_time IS 'end of these hours';
COMMENT ON COLUMN ops.traffic.weekdays IS 'days on which it sends, 1 is Monday';
COMMENT ON COLUMN ops.traffic.time_zone IS 'time zone of these hours';
COMMENT ON COLUMN ops.traffic.is_learned IS
'true: it should send in an hour in which it did in three of the last four weeks';
COMMENT ON COLUMN ops.traffic.set_by IS 'who said when it should send';
COMMENT ON COLUMN ops.traffic.reason IS 'why';

-- name: alarm_ack
-- Says that somebody sees to an alarm: it is not escalated and nobody is reminded of it.
CREATE FUNCTION ops.alarm_ack(id bigint, reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    found ops.alarm_state;
BEGIN
    SELECT * INTO found FROM ops.alarm_state AS a WHERE a.alarm_id = id FOR UPDATE;
    IF found.alarm_id IS NULL THEN
        RAISE EXCEPTION 'there is no alarm %', coalesce(CAST(id AS text), 'null')
            USING ERRCODE = 'P0002', HINT = 'SELECT alarm_id, text FROM ops.alarm WHERE state = ''firing'' lists them';
    END IF;
    IF found.state = 'resolved' THEN
        RAISE EXCEPTION 'alarm % is over since %', id, found.resolved_at USING ERRCODE = '55000';
    END IF;
    IF found.acknowledged_by IS NOT NULL THEN
        RAISE EXCEPTION '% sees to alarm % since %', found.acknowledged_by, id, found.acknowledged_at
            USING ERRCODE = '55000';
    END IF;
    UPDATE ops.alarm_state AS a
    SET acknowledged_by = staging.actor(), acknowledged_at = clock_timestamp(), acknowledge_reason = why
    WHERE a.alarm_id = id;
    PERFORM staging.record_act('alarm_ack', why, NULL, NULL, jsonb_build_object(
        'alarm_id', id, 'code', found.code, 'subject', found.subject, 'text', found.text
    ));
    RETURN jsonb_build_object(
        'alarm_id', id, 'code', found.code, 'subject', found.subject, 'text', found.text,
        'acknowledged_by', staging.actor()
    );
END
$body$;

-- name: alarm_ack_comment
COMMENT ON FUNCTION ops.alarm_ack(bigint, text) IS
'Says that somebody sees to an alarm: no escalation, no reminder. Recovery is told all the same.';

-- name: set_alarm_rule
-- Changes one thing of a rule for all daemons; the next look obeys it.
CREATE FUNCTION ops.set_alarm_rule(code text, name text, value text, reason text)
RETURNS TABLE (value_before text, value_after text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET intervalstyle = 'postgres'
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    wanted text := btrim(value);
    rule ops.alarm_rule;
BEGIN
    SELECT * INTO rule FROM ops.alarm_rule AS r WHERE r.code = set_alarm_rule.code FOR UPDATE;
    IF rule.code IS NULL THEN
        RAISE EXCEPTION 'there is no alarm rule %', coalesce(code, 'null')
            USING ERRCODE = 'P0002', HINT = 'SELECT code, meaning FROM ops.alarm_rule lists them';
    END IF;
    IF name = 'threshold' AND wanted ~ '^[0-9]{1,12}([.][0-9]{1,6})?$' THEN
        value_before := CAST(rule.threshold AS text);
        rule.threshold := CAST(wanted AS numeric);
        value_after := CAST(rule.threshold AS text);
    ELSIF name = 'severity' AND wanted IN ('warning', 'critical') THEN
        value_before := rule.severity;
        rule.severity := wanted;
        value_after := wanted;
    ELSIF name = 'hold' AND staging.policy_interval(wanted) IS NOT NULL THEN
        value_before := CAST(rule.hold AS text);
        rule.hold := staging.policy_interval(wanted);
        value_after := CAST(rule.hold AS text);
    ELSIF name = 'is_on' AND wanted IN ('true', 'false') THEN
        value_before := CAST(rule.is_on AS text);
        rule.is_on := CAST(wanted AS boolean);
        value_after := wanted;
    ELSE
        RAISE EXCEPTION '% of alarm rule % cannot be %', coalesce(name, 'null'), code, coalesce(wanted, 'null')
            USING ERRCODE = '22023',
            HINT = 'threshold: a number; severity: warning or critical; hold: 15min; is_on: true or false';
    END IF;
    UPDATE ops.alarm_rule AS r
    SET threshold = rule.threshold, severity = rule.severity, hold = rule.hold, is_on = rule.is_on
    WHERE r.code = rule.code;
    PERFORM staging.record_act('set_alarm_rule', why, NULL, NULL, jsonb_build_object(
        'code', rule.code, 'name', name, 'from', value_before, 'to', value_after
    ));
    RETURN NEXT;
END
$body$;

-- name: set_alarm_rule_comment
COMMENT ON FUNCTION ops.set_alarm_rule(text, text, text, text) IS
'Changes threshold, severity, hold or is_on of an alarm rule, for all daemons.';

-- name: expect_traffic
-- Says when a sender should send; every null: nothing is expected of it, at any time.
CREATE FUNCTION ops.expect_traffic(
    system_code text, every interval, from_time time, to_time time, weekdays integer [], time_zone text, reason text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
BEGIN
    IF NOT EXISTS (SELECT FROM ops.system AS s WHERE s.system_code = expect_traffic.system_code) THEN
        RAISE EXCEPTION 'there is no system %', coalesce(system_code, 'null')
            USING ERRCODE = 'P0002', HINT = 'SELECT system_code FROM ops.system lists them';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_timezone_names AS z WHERE z.name = expect_traffic.time_zone) THEN
        RAISE EXCEPTION 'there is no time zone %', coalesce(time_zone, 'null')
            USING ERRCODE = '22023', HINT = 'say one such as Europe/Berlin or UTC';
    END IF;
    IF every <= CAST('0' AS interval) OR weekdays IS NULL OR weekdays = '{}'
        OR NOT (weekdays <@ ARRAY[1, 2, 3, 4, 5, 6, 7]) OR from_time IS NULL OR to_time IS NULL THEN
        RAISE EXCEPTION 'no such expectation' USING ERRCODE = '22023',
            HINT = 'every: 30min, or null for none; hours: 06:00 and 22:00; weekdays: 1 (Monday) to 7';
    END IF;
    INSERT INTO ops.traffic_expectation (
        system_code, every, from_time, to_time, weekdays, time_zone, set_by, reason
    ) VALUES (system_code, every, from_time, to_time, weekdays, time_zone, staging.actor(), why)
    ON CONFLICT ON CONSTRAINT traffic_expectation_pkey DO UPDATE SET
        every = excluded.every, from_time = excluded.from_time, to_time = excluded.to_time,
        weekdays = excluded.weekdays, time_zone = excluded.time_zone, set_by = excluded.set_by,
        reason = excluded.reason;
    PERFORM staging.record_act('expect_traffic', why, NULL, NULL, jsonb_build_object(
        'system_code', system_code, 'every', every, 'from', from_time, 'to', to_time,
        'weekdays', weekdays, 'time_zone', time_zone
    ));
END
$body$;

-- name: expect_traffic_comment
COMMENT ON FUNCTION ops.expect_traffic(text, interval, time, time, integer [], text, text) IS
'Says at which hours a sender should send at least once in which time; every null: never.';

-- name: alarm_revoke
REVOKE ALL ON FUNCTION ops.alarm_ack(bigint, text), ops.set_alarm_rule(text, text, text, text),
ops.expect_traffic(text, interval, time, time, integer [], text, text) FROM public;

-- name: alarm_grant
GRANT EXECUTE ON FUNCTION ops.alarm_ack(bigint, text), ops.set_alarm_rule(text, text, text, text),
ops.expect_traffic(text, interval, time, time, integer [], text, text) TO crossdock_dba;

-- name: alarm_grant_daemon
GRANT INSERT, UPDATE, DELETE ON ops.alarm_state, ops.alarm_told, ops.alarm_notice, ops.watch_mark,
ops.traffic_hour, ops.daemon TO crossdock_daemon;

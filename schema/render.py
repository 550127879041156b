"""Render the whole database as DDL: what a new installation gets and migrations must equal."""

from collections.abc import Iterator

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from schema import (
    alarms,
    archive_views,
    catalogue,
    choices,
    dry_run,
    figures,
    jobs,
    policies,
    races,
    reconciliation,
    states,
)
from schema.contract.v1 import views
from schema.contract.v1.documents import DOCUMENTS
from schema.sql import read
from schema.tables import metadata, staging

_SCHEMAS = {
    "staging": "The versioned intermediate tables; senders reach them by the contract's views.",
    "book": "Current master data, orders, the inventory ledger and its balances.",
    "archive": "Retired messages, in monthly partitions.",
    "recon": "The nightly reconciliation: runs, differences and their causes.",
    "ops": "What operators see and do.",
    "erp_v1": "The contract with the ERP, version 1.",
    "wms_v1": "The contract with WMSs, version 1.",
}
_AFTER_TABLES = ("systems.sql",)


def statements() -> list[str]:
    """Return every DDL and reference data statement, in the order in which they run."""
    return list(_all())


def _all() -> Iterator[str]:
    yield from _file("roles.sql")
    for name, comment in _SCHEMAS.items():
        # The migrator makes `ops` first: the table of the schema revision lives there.
        yield f"CREATE SCHEMA {'IF NOT EXISTS ' if name == 'ops' else ''}{name}"
        yield f"COMMENT ON SCHEMA {name} IS {quoted(comment)}"
    door = read("schema.functions", "door.sql")
    yield "SET LOCAL check_function_bodies = off"
    yield door["sender"].text
    for table in metadata.sorted_tables:
        yield from _table(table)
    yield from _reference_data()
    yield from (statement.text for name, statement in door.items() if name != "sender")
    yield from _placing()
    yield _message_guard()
    yield from _content_guards()
    yield from _file("audit.sql")
    yield from _file("memory.sql")
    yield from _file("partitions.sql")
    yield from _file("systems.sql")
    yield from archive_views.statements()
    yield from _file("tasks.sql")
    yield _task_guard()
    yield from _policies()
    yield from _file("periods.sql")
    yield _rows(
        "ops.job (job, schedule, meaning)",
        [tuple(map(quoted, (j.name, j.schedule, j.meaning))) for j in jobs.JOBS],
    )
    yield from _file("schedule.sql")
    yield from _file("work_rules.sql")
    yield from _file("recon.sql")
    yield from _figures()
    yield from _file("adjust.sql")
    yield from _alarms()
    yield from _file("ops_views.sql")
    yield from _file("ops_proof.sql")
    yield from _file("ops_functions.sql")
    yield from _file("repair.sql")
    yield from _file("repair_amend.sql")
    yield from dry_run.render()
    yield from _contract()
    yield from _file("grants.sql")


def _file(name: str) -> Iterator[str]:
    for statement in read("schema.functions", name).values():
        yield statement.text


def quoted(text: str) -> str:
    """Return the text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _array(values: tuple[str, ...]) -> str:
    return "ARRAY[" + ", ".join(map(quoted, values)) + "]::text[]"


def _table(table: Table) -> Iterator[str]:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    yield str(CreateTable(table).compile(dialect=dialect)).strip()
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        yield str(CreateIndex(index).compile(dialect=dialect)).strip()
    name = f"{table.schema}.{table.name}"
    yield f"COMMENT ON TABLE {name} IS {quoted(table.comment or '')}"
    for column in table.columns:
        yield f"COMMENT ON COLUMN {name}.{column.name} IS {quoted(column.comment or '')}"


def _rows(table: str, rows: list[tuple[str, ...]]) -> str:
    values = ",\n".join("    (" + ", ".join(row) + ")" for row in rows)
    return f"INSERT INTO {table} VALUES\n{values}"


def _actions(road: str) -> tuple[str, ...]:
    if road in ("master", "detail"):
        return ("upsert",)
    if road == "instruction":
        return ("post",)
    return catalogue.REQUEST_ACTIONS if road == "request" else catalogue.FACT_ACTIONS


def _reference_data() -> Iterator[str]:
    requests = tuple(d.name for d in DOCUMENTS if d.kind == "request")
    senders = {d.name: d.senders for d in DOCUMENTS}
    yield _rows(
        "staging.document_type",
        [
            (
                quoted(t.name),
                quoted(t.road),
                quoted(t.lines),
                _array(_actions(t.road)),
                _array(
                    catalogue.ORDER_TYPES_OF.get(t.name, requests if t.road == "answer" else ())
                ),
                _array(senders.get(t.name, ())),
                quoted(t.meaning),
            )
            for t in catalogue.DOCUMENT_TYPES
        ],
    )
    yield _rows(
        "staging.column_name",
        [
            tuple(map(quoted, (d.name, part, column.base, column.name, column.type)))
            for d in DOCUMENTS
            for part in ("header", "line")
            for column in views.amendable(d, part)
        ],
    )
    yield _rows(
        "staging.rule",
        [
            tuple(map(quoted, (r.code, r.severity, r.repair, r.text, r.hint)))
            for r in catalogue.RULES
        ],
    )
    machines = {
        "message": states.MESSAGE_STATES,
        "inbox": states.INBOX_STATES,
        "order": states.ORDER_STATES,
        "order_line": states.LINE_STATES,
        "task": states.TASK_STATES,
        "period": states.PERIOD_STATES,
    }
    yield _rows(
        "staging.state",
        [
            (quoted(machine), quoted(s.name), str(s.is_open).lower(), quoted(s.meaning))
            for machine, members in machines.items()
            for s in members
        ],
    )
    steps = [("message", a, b, _by(a, b)) for a, b in states.MESSAGE_STEPS]
    steps += [("inbox", a, b, "receiver") for a, b in states.INBOX_STEPS]
    steps += [("inbox", a, b, "synchronizer") for a, b in states.INBOX_SYSTEM_STEPS]
    steps += [("task", a, b, _decides(a, b)) for a, b in states.TASK_STEPS]
    steps += [("period", a, b, "operator") for a, b in states.PERIOD_STEPS]
    yield _rows("staging.step", [tuple(map(quoted, step)) for step in steps])
    yield _rows(
        "ops.choice",
        [
            tuple(map(quoted, (c.code, doc_type, c.choice, c.meaning, c.posts, c.effect, c.owner)))
            for c in choices.CHOICES
            for doc_type in c.doc_types
        ],
    )
    acts = [(a.name, source, a.target, a.meaning) for a in states.ACTS for source in a.sources]
    yield _rows("ops.act", [tuple(map(quoted, act)) for act in acts])
    strengths = {outcome: str(n) for n, outcome in enumerate(races.OUTCOMES)}
    yield _rows(
        "staging.race",
        [
            (
                *map(quoted, (r.situation, r.event, r.outcome)),
                strengths[r.outcome],
                quoted(r.meaning),
            )
            for r in races.RACES
        ],
    )
    yield _rows("book.lane_counter", [("'*'", "0", "0", "0")])
    yield _rows(
        "recon.class",
        [
            (
                quoted(c.name),
                str(c.test_order),
                *map(quoted, (c.kind, c.evidence, c.owner, c.action)),
                str(c.is_unexplained).lower(),
                str(c.may_adjust).lower(),
                quoted(c.meaning),
            )
            for c in reconciliation.CLASSES
        ],
    )
    yield _rows("recon.phrase", [(quoted(k), quoted(v)) for k, v in reconciliation.PHRASES.items()])


def _figures() -> Iterator[str]:
    """Yield the definitions of the figures as rows, then what computes and shows them."""
    yield _rows(
        "recon.figure_kind",
        [
            (
                *map(quoted, (f.name, f.source, f.per, f.unit, f.better, f.meaning)),
                *map(quoted, (f.numerator, f.denominator)),
                f.factor or "NULL",
                f.target or "NULL",
                str(position),
            )
            for position, f in enumerate(figures.FIGURES, start=1)
        ],
    )
    yield _rows(
        "recon.count_tolerance",
        [
            (quoted(abc_class), pct, quoted(meaning))
            for abc_class, (pct, meaning) in figures.COUNT_TOLERANCES.items()
        ],
    )
    yield from _file("kpi.sql")


def _policies() -> Iterator[str]:
    """Yield the policies that there are as rows, then what sets and shows them."""
    yield _rows(
        "ops.policy_kind",
        [
            (
                quoted(p.name),
                _array(p.scope_kinds),
                quoted(p.default),
                _array(p.choices),
                quoted(p.unit),
                "NULL" if p.setting is None else quoted(p.setting),
                quoted(p.meaning),
            )
            for p in policies.POLICIES
        ],
    )
    yield from _file("policies.sql")


def _alarms() -> Iterator[str]:
    """Yield the rules of alarms as rows, then what shows alarms and what people decide of them."""
    yield _rows(
        "ops.alarm_rule",
        [
            (
                quoted(r.code),
                quoted(r.severity),
                str(r.threshold),
                quoted(r.unit),
                quoted(f"{r.hold_s} seconds"),
                "true",
                *map(quoted, (r.meaning, r.what, r.behind, r.look)),
            )
            for r in alarms.RULES
        ],
    )
    yield from _file("alarms.sql")


def _by(source: str, target: str) -> str:
    by_hand = target in ("held", "discarded") or source == "held"
    return "operator" if by_hand else "synchronizer"


def _decides(source: str, target: str) -> str:
    return "operator" if (source, target) == ("open", "deciding") else "synchronizer"


def _placing() -> Iterator[str]:
    """Yield the trigger that gives a message its lane, road and document key."""
    steps = "".join(f"\n    NEW.{name} := {value};" for name, value in staging.PLACED.items())
    yield (
        "CREATE FUNCTION staging.place_message() RETURNS trigger\n"
        "LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp\nAS $body$\nBEGIN\n"
        "    NEW.message_id := btrim(NEW.message_id, E' \\t\\r\\n');"
        f"{steps}\n    RETURN NEW;\nEND\n$body$"
    )
    yield (
        "COMMENT ON FUNCTION staging.place_message() IS"
        " 'Trims message_id; tells lane, road and document key of a message.'"
    )
    yield (
        "CREATE TRIGGER message_place BEFORE INSERT OR UPDATE OF "
        f"{', '.join(staging.PLACED_BY)}\nON staging.message FOR EACH ROW\n"
        "EXECUTE FUNCTION staging.place_message()"
    )


def _message_guard() -> str:
    return _guard(
        "message_step",
        "staging.message",
        states.MESSAGE_STEPS,
        "staging.refuse_step",
        "\n        OR (NEW.state = 'received' AND NEW.waiting_for NOT IN ('lines', 'window'))",
    )


def _content_guards() -> Iterator[str]:
    """Yield the triggers that keep documents as they were said; states and answers are not theirs.

    An amended version that is held may be corrected further: `ops.amend` does so.
    """
    sent = "to correct a document: ops.amend(seq, line_no, column_name, new_value, reason)"
    told = "what was delivered is corrected by a further document"
    envelope = ("sender", "doc_type", "message_id", "warehouse_code", "xid")
    to = ("delivery_id", "receiver", "doc_type", "message_id", "warehouse_code")
    more = ("seq", "action", "attributes")
    placed = tuple(staging.PLACED)
    header = tuple(name for name, _, _ in staging.HEADER_BASE)
    line = tuple(name for name, _, _ in staging.LINE_BASE)
    version = "WHEN (OLD.state <> 'held' OR OLD.amended_from IS NULL)\n"
    for table, columns, condition, hint in (
        (
            "message",
            (*envelope, *more, *placed, "line_count", "amended_from", *header),
            version,
            sent,
        ),
        ("line", (*envelope, "line_no", *line), "", sent),
        ("delivery", (*to, *more, *header), "", told),
        ("delivery_line", (*to, "line_no", *line), "", told),
    ):
        yield (
            f"CREATE TRIGGER {table}_content BEFORE UPDATE OF {', '.join(columns)}\n"
            f"ON staging.{table} FOR EACH ROW\n{condition}"
            f"EXECUTE FUNCTION staging.refuse_change({quoted(hint)})"
        )
        yield (
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON staging.{table}\n"
            "FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only()"
        )


def _task_guard() -> str:
    return _guard("decision_step", "ops.decision", states.TASK_STEPS, "staging.refuse_task_step")


def _guard(
    name: str, table: str, steps: tuple[tuple[str, str], ...], function: str, also: str = ""
) -> str:
    """Return the trigger that refuses illegal steps; its condition is tested in C, not in SQL."""
    legal = ", ".join(quoted(f"{a}>{b}") for a, b in steps)
    return (
        f"CREATE TRIGGER {name} BEFORE UPDATE OF state ON {table}\nFOR EACH ROW\n"
        "WHEN (\n    OLD.state <> NEW.state\n"
        f"    AND (OLD.state || '>' || NEW.state <> ALL (ARRAY[{legal}]){also})\n)\n"
        f"EXECUTE FUNCTION {function}()"
    )


def _contract() -> Iterator[str]:
    yield from views.statements()
    for kind, schema in views.SCHEMAS.items():
        for statement in read("schema.contract.v1", "shared.sql").values():
            yield statement.text.replace("{schema}", schema).replace("{role}", views.ROLES[kind])
        yield f"GRANT USAGE ON SCHEMA {schema} TO {views.ROLES[kind]}"
    yield from (s.text for s in read("schema.contract.v1", "erp_only.sql").values())

"""Describe a migrated database from its catalog, the same on every supported server.

`make dump` writes the description to `tests/contract/golden_schema.txt`; a test compares. So a
migration that changes what the database is shows as a change of that file, to be read and meant.
Definitions of views and functions are left out: servers print them differently, and the frozen
migration holds them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from sync.config import libpq_url
from sync.embedded import EmbeddedServer
from sync.migrate import upgrade

GOLDEN = Path(__file__).parents[1] / "contract" / "golden_schema.txt"
SCHEMAS = ("staging", "book", "archive", "ops", "erp_v1", "wms_v1")

# Each query gives lines of text for the schemas :1, in an order that is the same everywhere.
QUERIES = {
    "columns": """
        SELECT format('%s %I.%I.%I %s%s%s',
            CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END,
            n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
            CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
            CASE WHEN a.attidentity <> '' THEN ' identity'
                 WHEN a.attgenerated <> '' THEN ' generated'
                 WHEN d.adbin IS NOT NULL THEN ' default ' || pg_get_expr(d.adbin, d.adrelid)
                 ELSE '' END)
        FROM pg_attribute AS a
        JOIN pg_class AS c ON c.oid = a.attrelid
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE n.nspname = ANY (%s) AND c.relkind IN ('r', 'p', 'v') AND a.attnum > 0
            AND NOT a.attisdropped
        ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", a.attnum""",
    "options": """
        SELECT format('%I.%I %s', n.nspname, c.relname, array_to_string(c.reloptions, ' '))
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY (%s) AND c.reloptions IS NOT NULL
        ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C\"""",
    "constraints": """
        SELECT format('%s %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
        FROM pg_constraint AS c JOIN pg_namespace AS n ON n.oid = c.connamespace
        WHERE n.nspname = ANY (%s) AND c.contype <> 'n'
        ORDER BY c.conrelid::regclass::text COLLATE "C", c.conname COLLATE "C\"""",
    "indexes": """
        SELECT indexdef FROM pg_indexes WHERE schemaname = ANY (%s)
        ORDER BY schemaname COLLATE "C", indexname COLLATE "C\"""",
    "functions": """
        SELECT format('%s(%s) returns %s%s', p.oid::regproc,
            pg_get_function_identity_arguments(p.oid), pg_get_function_result(p.oid),
            CASE WHEN p.prosecdef THEN ' security definer' ELSE '' END)
        FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = ANY (%s)
        ORDER BY n.nspname COLLATE "C", p.proname COLLATE "C",
            pg_get_function_identity_arguments(p.oid) COLLATE "C\"""",
    "triggers": """
        SELECT pg_get_triggerdef(t.oid)
        FROM pg_trigger AS t
        JOIN pg_class AS c ON c.oid = t.tgrelid
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY (%s) AND NOT t.tgisinternal
        ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", t.tgname COLLATE "C\"""",
    "privileges on relations": """
        SELECT format('%I.%I: %s %s', n.nspname, c.relname,
            CASE WHEN a.grantee = 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END,
            string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type COLLATE "C"))
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL aclexplode(c.relacl) AS a
        WHERE n.nspname = ANY (%s) AND a.grantee <> c.relowner
        GROUP BY n.nspname, c.relname, a.grantee
        ORDER BY 1""",
    "privileges on columns": """
        SELECT format('%I.%I: %s %s (%s)', n.nspname, c.relname, pg_get_userbyid(a.grantee),
            a.privilege_type, string_agg(t.attname, ', ' ORDER BY t.attnum))
        FROM pg_attribute AS t
        JOIN pg_class AS c ON c.oid = t.attrelid
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL aclexplode(t.attacl) AS a
        WHERE n.nspname = ANY (%s) AND t.attacl IS NOT NULL
        GROUP BY n.nspname, c.relname, a.grantee, a.privilege_type
        ORDER BY 1""",
    "privileges on functions": """
        SELECT format('%s(%s): %s', p.oid::regproc, pg_get_function_identity_arguments(p.oid),
            string_agg(CASE WHEN a.grantee = 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END,
                ', ' ORDER BY a.grantee::regrole::text COLLATE "C"))
        FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace
        CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
        WHERE n.nspname = ANY (%s) AND a.grantee <> p.proowner
        GROUP BY n.nspname, p.oid
        ORDER BY 1""",
}


def describe(url: str) -> str:
    """Return the description of the database as text, one fact a line."""
    parts: list[str] = []
    with psycopg.connect(libpq_url(url)) as connection:
        # Names are printed with their schema when it is not on the path.
        connection.execute("SET search_path = pg_catalog")
        for title, query in QUERIES.items():
            # Only %s is a parameter; format() has placeholders of its own.
            prepared = query.replace("%", "%%").replace("ANY (%%s)", "ANY (%s)")
            rows: list[Any] = connection.execute(prepared.encode(), (list(SCHEMAS),)).fetchall()
            lines = [" ".join(str(row[0]).split()) for row in rows]
            if title.startswith("privileges"):
                lines.sort()
            parts.append(f"== {title}\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def main() -> int:
    """Write the golden description of a freshly migrated database."""
    with tempfile.TemporaryDirectory(prefix="crossdock-dump-") as folder:
        server = EmbeddedServer(Path(folder) / "server", durable=False)
        url = server.start()
        try:
            upgrade(url)
            text = describe(url)
        finally:
            server.close(destroy=True)
    GOLDEN.write_text(text, encoding="utf-8")
    sys.stdout.write(f"wrote {GOLDEN.name}: {len(text.splitlines())} lines\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

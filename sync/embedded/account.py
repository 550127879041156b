"""Decide which operating system account the embedded server runs as.

PostgreSQL refuses to run as root. Root therefore hands over to an account that exists everywhere;
anybody else runs the server as themselves. No account is created and no permission of a home
directory is changed: what the other account cannot reach is put where it can.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from sync.errors import ConfigurationError

# `postgres` where a distribution made it, else the account that every system has.
CANDIDATES: Final = ("postgres", "nobody")
_START_LIMIT_S: Final = 120


@dataclass(frozen=True, slots=True)
class Account:
    """Name the account and whether the present process has to switch to it."""

    name: str
    uid: int
    gid: int
    switch: bool

    def run(
        self,
        command: Sequence[str | Path],
        *,
        log: IO[str] | int = subprocess.DEVNULL,
        capture: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as this account from `/`, with its output into `log`.

        With `capture` its standard output is returned instead, and `log` gets standard error.

        Raises:
            ConfigurationError: the account may not be switched to, or the program not be run.

        """
        try:
            return subprocess.run(  # noqa: S603 - only PostgreSQL's own programs, no shell text
                [str(part) for part in command],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if capture else log,
                stderr=log,
                text=True,
                cwd="/",  # the caller's folder may be closed to this account
                timeout=_START_LIMIT_S,
                user=self.uid if self.switch else None,
                group=self.gid if self.switch else None,
                extra_groups=[] if self.switch else None,
                umask=0o077,
                start_new_session=True,  # no Ctrl-C of the terminal reaches the server
            )
        except PermissionError as exc:
            raise ConfigurationError(
                f"the embedded PostgreSQL cannot run as {self.name!r} ({exc}); "
                "run crossdock as an ordinary user or give CROSSDOCK_DATABASE_URL"
            ) from None
        except subprocess.TimeoutExpired:
            raise ConfigurationError(
                f"the embedded PostgreSQL did not finish {Path(command[0]).name} "
                f"within {_START_LIMIT_S} s"
            ) from None

    def detach(self, command: Sequence[str | Path], *, log: IO[str]) -> int:
        """Start a command that outlives this process, and return its process id.

        The shell only detaches it; values travel as arguments, never as shell text.
        """
        done = self.run(
            ["/bin/sh", "-c", '"$@" >&2 & echo $!', "sh", *command], log=log, capture=True
        )
        return int(done.stdout)

    def can_enter(self, folder: Path) -> bool:
        """Return whether this account can walk to the folder and into it."""
        if not self.switch:
            return os.access(folder, os.X_OK)
        probe: list[str | Path] = ["/bin/sh", "-c", 'test -x "$1"', "sh", folder]
        return self.run(probe).returncode == 0

    def own(self, path: Path) -> None:
        """Give the path to this account."""
        if self.switch:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def choose(data: Path) -> Account:
    """Return the account for a data directory: its owner when it exists already.

    Raises:
        ConfigurationError: root finds no account to hand over to.

    """
    if os.geteuid() != 0:
        entry = _entry(os.geteuid())
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=False)
    if data.exists() and data.stat().st_uid != 0:
        entry = _entry(data.stat().st_uid)
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)
    raise ConfigurationError(
        f"PostgreSQL does not run as root and there is no account {' or '.join(CANDIDATES)}; "
        "run crossdock as an ordinary user or give CROSSDOCK_DATABASE_URL"
    )


def _entry(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise ConfigurationError(
            f"user id {uid} has no account entry, and PostgreSQL wants one; "
            "add it to /etc/passwd or give CROSSDOCK_DATABASE_URL"
        ) from None

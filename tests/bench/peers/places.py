"""Find or install the peers' libraries: a virtual environment, node modules, PgQ's SQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.peers.catalogue import FOLDER, PEERS, Peer

#: Oban for Python wants 3.12; what runs crossdock may be older.
PYTHONS = ("python3.14", "python3.13", "python3.12")
REQUIREMENTS = FOLDER / "requirements.txt"
DEFAULT_FOLDER = FOLDER.parents[2] / ".peers"
_NODE_LIBRARY = "graphile-worker"
_NODE_VERSION = "^0.17.3"
_PGQ_PACKAGE = "postgresql-15-pgq3"
_PGQ_SQL = "usr/share/postgresql/15/contrib/pgq_pl_only.sql"


@dataclass
class Places:
    """Say where the peers' libraries are, and why a peer cannot take part."""

    folder: Path
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def python(self) -> Path:
        """Return the interpreter with the peers' libraries."""
        return self.folder / "venv" / "bin" / "python"

    @property
    def pgq_sql(self) -> Path:
        """Return the file with PgQ's tables and functions, written in SQL and PL/pgSQL only."""
        installed = Path("/") / _PGQ_SQL
        return installed if installed.exists() else self.folder / "pgq" / _PGQ_SQL

    def environment(self) -> dict[str, str]:
        """Return the environment in which a peer's program runs."""
        return {**os.environ, "NODE_PATH": str(self.folder / "node" / "node_modules")}


def prepare(folder: Path | None = None) -> Places:
    """Install what is not there yet; what cannot be installed is told in `missing`, by peer."""
    places = Places(folder or DEFAULT_FOLDER)
    places.folder.mkdir(parents=True, exist_ok=True)
    _install_python(places)
    _install_node(places)
    _install_pgq(places)
    return places


def _install_python(places: Places) -> None:
    peers = [peer for peer in PEERS if peer.library not in (None, _NODE_LIBRARY)]
    if not places.python.exists():
        failed = _run([_newest_python(), "-m", "venv", str(places.python.parents[1])])
        if failed:
            places.missing.update({peer.name: failed for peer in peers})
            return
    stamp = places.folder / "venv" / ".installed"
    wanted = [line for line in REQUIREMENTS.read_text().splitlines() if line and line[0] != "#"]
    have = stamp.read_text().splitlines() if stamp.exists() else []
    # One by one: a library that cannot be installed must not keep the others out.
    for requirement in wanted:
        if requirement in have:
            continue
        failed = _run([str(places.python), "-m", "pip", "install", "--quiet", requirement])
        if failed is None:
            have.append(requirement)
            continue
        for peer in peers:
            if peer.library and requirement.startswith(peer.library):
                places.missing[peer.name] = failed
    stamp.write_text("\n".join(have) + "\n")


def _install_node(places: Places) -> None:
    if (places.folder / "node" / "node_modules" / _NODE_LIBRARY).exists():
        return
    name = next(peer.name for peer in PEERS if peer.library == _NODE_LIBRARY)
    if shutil.which("npm") is None or shutil.which("node") is None:
        places.missing[name] = "node and npm are not installed (on Debian: apt-get install npm)"
        return
    folder = places.folder / "node"
    folder.mkdir(exist_ok=True)
    library = f"{_NODE_LIBRARY}@{_NODE_VERSION}"
    failed = _run(["npm", "install", "--silent", "--no-save", "--prefix", str(folder), library])
    if failed:
        places.missing[name] = failed


def _install_pgq(places: Places) -> None:
    if places.pgq_sql.exists():
        return
    folder = places.folder / "pgq"
    folder.mkdir(exist_ok=True)
    failed = "apt-get is not there to fetch Debian's package " + _PGQ_PACKAGE
    if shutil.which("apt-get"):
        # Only unpacked: the server of the bench takes the SQL, nothing is installed.
        failed = _run(["apt-get", "download", _PGQ_PACKAGE], folder) or ""
        for package in folder.glob("*.deb"):
            failed = _run(["dpkg", "-x", str(package), "."], folder) or ""
    if not places.pgq_sql.exists():
        places.missing["PgQ"] = failed or f"{_PGQ_PACKAGE} holds no {_PGQ_SQL}"


def _newest_python() -> str:
    """Return an interpreter for the peers: the newest that starts, also one of pyenv's."""
    versions = Path.home() / ".pyenv" / "versions"
    own = [str(path) for path in sorted(versions.glob("3.1[2-9]*/bin/python"), reverse=True)]
    for name in (*PYTHONS, *own):
        if _run([name, "-c", "import venv, ssl"]) is None:
            return name
    return sys.executable


def _run(command: list[str], folder: Path | None = None) -> str | None:
    """Run a command; return None, or the last line of what it said when it failed."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return f"{command[0]} is not installed"
    if done.returncode == 0:
        return None
    told = (done.stderr or done.stdout).strip().splitlines()
    return f"{command[0]} failed: {told[-1] if told else done.returncode}"


def can_take_part(places: Places, peer: Peer) -> bool:
    """Return whether everything that a peer needs is there."""
    return peer.name not in places.missing

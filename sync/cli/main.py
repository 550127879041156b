"""Run a command and turn every failure into one line and the exit code that belongs to it."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any

import typer

from sync.errors import (
    EXIT_CONFIGURATION,
    EXIT_INVARIANT,
    EXIT_REFUSED,
    EXIT_TRANSIENT,
    CrossdockError,
    DatabaseUnreachableError,
    describe,
    is_connection_lost,
    is_transient,
    sqlstate,
)

EXIT_INTERRUPTED = 130
UNREACHABLE = "database unreachable: "

# Typer carries the parser inside and names only some of its exceptions; this is the base of all
# that a wrong command line raises.
_USAGE_ERROR: Any = typer.BadParameter.__bases__[0]


def main() -> None:
    """Run the command line of this process."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    from sync.cli.app import app

    try:
        code = typer.main.get_command(app).main(
            args=arguments, prog_name="crossdock", standalone_mode=False
        )
    except (typer.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # `crossdock status | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as exc:  # noqa: BLE001 - the last one who can make it one clear line
        return _failed(exc)
    return code if isinstance(code, int) else 0


def _failed(exc: Exception) -> int:
    """Print the failure as one line and return its exit code."""
    if isinstance(exc, _USAGE_ERROR):
        exc.show()  # usage of the command, the reason, and where help is
        return EXIT_CONFIGURATION
    if os.environ.get("CROSSDOCK_DEBUG"):
        traceback.print_exception(exc)
    if isinstance(exc, CrossdockError) and not isinstance(exc, DatabaseUnreachableError):
        return _say(describe(exc), exc.exit_code)
    if is_connection_lost(exc):
        reason = describe(exc).removeprefix(UNREACHABLE)
        return _say(f"{UNREACHABLE}{reason}", EXIT_TRANSIENT)
    if sqlstate(exc) is not None:
        code = EXIT_TRANSIENT if is_transient(exc) else EXIT_REFUSED
        return _say(describe(exc), code)
    text = f"unexpected {type(exc).__name__}: {describe(exc)}"
    return _say(f"{text} (CROSSDOCK_DEBUG=1 shows where)", EXIT_INVARIANT)


def _say(text: str, code: int) -> int:
    typer.echo(f"crossdock: {text}", err=True)
    return code

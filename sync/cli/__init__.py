"""Be the command `crossdock`. Start reading at `app.py`, which lists the commands."""

from sync.cli.main import main

__all__ = ["main"]

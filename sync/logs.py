"""Write structured log lines to standard error: for people on a console, as JSON for collectors.

Standard output belongs to the answers of commands. Library code that logs through the standard
library ends up in the same stream and shape.
"""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import Processor


def configure(form: Literal["console", "json"], *, level: str = "info") -> None:
    """Send every log line to standard error in the given form."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), sort_keys=False)
    )
    errors: list[Processor] = [structlog.processors.format_exc_info] if form == "json" else []
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *errors,
                last,
            ],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    # It reports each run of a one-second job at level INFO.
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    # It says of every look at the revision which dialect it found.
    logging.getLogger("alembic").setLevel(logging.WARNING)


def keep_quiet(name: str) -> None:
    """Let a library's lines go nowhere: apprise writes whole addresses, with their secrets."""
    library = logging.getLogger(name)
    library.propagate = False
    if not library.handlers:
        library.addHandler(logging.NullHandler())


def get(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of one part of the program."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger

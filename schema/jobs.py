"""List the jobs that a clock starts, as data: they render `ops.job`.

Each is run once for each time at which it is due, however many daemons there are; `sync.jobs` says
how. The sweeps of the daemon are no jobs: they run every other second and leave no row.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """Describe one job: its name, when it is due until somebody decides otherwise, what it does."""

    name: str
    schedule: str
    meaning: str


JOBS: tuple[Job, ...] = (
    Job("reconcile", "15 1 * * *", "compare the books of ERP and WMS, and write the report's run"),
    Job("second_look", "*/15 * * * *", "compare what both sides answered about keys that differed"),
    Job("retire", "30 2 * * *", "move messages that ended long ago to the archive"),
    Job("archive", "15 3 * * *", "make months ahead; export and drop those kept long enough"),
    Job("proof", "0 4 * * *", "check the laws of the ledger; fails and says so when one is broken"),
)

STATES = {
    "running": "a daemon is at it",
    "done": "it came to its end",
    "failed": "it met an error; retried where the error may pass",
    "lost": "who ran it is gone; it is run again",
}

#: Runs of one due time before it is given up: a fault that does not pass is for a person.
ATTEMPTS = 3

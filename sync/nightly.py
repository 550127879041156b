"""Say what the jobs of the clock do; `sync.jobs` says when, and that each runs once."""

from collections.abc import Mapping

from sync.jobs import Job, JobFailed, Progress
from sync.retire import retire
from sync.store import Store


def run_retire(store: Store, progress: Progress) -> Mapping[str, object]:
    """Move what ended long ago to the archive."""
    result = retire(store, progress=lambda count: progress(f"{count} messages retired"))
    return {"retired": result.total, "kept": dict(result.kept), "late": result.late}


def run_proof(store: Store, progress: Progress) -> Mapping[str, object]:
    """Check the laws of the ledger.

    Raises:
        JobFailed: a law is broken; the text names the first breaches.

    """
    progress("reading the ledger")
    with store.transaction() as tx:
        tx.one("be_patient")
        breaches = tx.rows("list_breaches")
    if breaches:
        first = "; ".join(f"{row.law}: {row.warehouse_code} {row.key}" for row in breaches[:3])
        raise JobFailed(f"{len(breaches)} breaches of the laws: {first}")
    return {"breaches": 0}


#: The jobs that a daemon runs, by name, as in `schema.jobs`.
JOBS: Mapping[str, Job] = {"retire": run_retire, "proof": run_proof}

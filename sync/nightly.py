"""Say what the jobs of the clock do; `sync.jobs` says when, and that each runs once."""

from collections.abc import Mapping

from sync.jobs import Job, JobFailed, Progress
from sync.partitions import maintain_partitions
from sync.recon import second_look
from sync.recon.run import reconcile
from sync.retire import retire
from sync.store import Store


def run_retire(store: Store, progress: Progress) -> Mapping[str, object]:
    """Move what ended long ago to the archive."""
    result = retire(store, progress=lambda count: progress(f"{count} messages retired"))
    return {"retired": result.total, "kept": dict(result.kept), "late": result.late}


def run_archive(store: Store, progress: Progress) -> Mapping[str, object]:
    """Make the archive's months ahead, and let go what was kept long enough."""
    result = maintain_partitions(store, progress=lambda count: progress(f"{count} rows exported"))
    return result.as_json()


def run_proof(store: Store, progress: Progress) -> Mapping[str, object]:
    """Check the laws of the ledger.

    Raises:
        JobFailed: a law is broken; the text names the first breaches.

    """
    progress("reading the ledger")
    with store.transaction() as tx:
        tx.one("lift_limit")
        breaches = tx.rows("list_breaches")
    if breaches:
        first = "; ".join(f"{row.law}: {row.warehouse_code} {row.key}" for row in breaches[:3])
        raise JobFailed(f"{len(breaches)} breaches of the laws: {first}")
    return {"breaches": 0}


def run_reconcile(store: Store, progress: Progress) -> Mapping[str, object]:
    """Compare the books of all warehouses.

    Raises:
        JobFailed: a gate failed; the last run stands, and the text names the gate.

    """
    result = reconcile(store, trigger="nightly", progress=progress)
    if result.state == "not_valid":
        raise JobFailed(f"run {result.run_id} is not valid: {result.reason}")
    second_look.request(store, result.run_id)
    found = {one.name: one.differences for one in result.classes}
    return {
        "run_id": result.run_id,
        "verdict": result.verdict,
        "differences": sum(found.values()),
        "unexplained": result.unexplained,
    }


def run_second_look(store: Store, progress: Progress) -> Mapping[str, object]:
    """Compare what both sides answered about the keys that differed at night."""
    progress("reading the answers")
    looks = second_look.look(store)
    return {
        "warehouses": len(looks),
        "keys": sum(one.keys for one in looks),
        "transient": sum(one.transient for one in looks),
    }


#: The jobs that a daemon runs, by name, as in `schema.jobs`.
JOBS: Mapping[str, Job] = {
    "reconcile": run_reconcile,
    "second_look": run_second_look,
    "retire": run_retire,
    "archive": run_archive,
    "proof": run_proof,
}

"""Work a world in ways that the plain drain does not: other limits, other workers, faults."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import event

from sync.config import Settings
from sync.drain import DrainResult, drain
from sync.store import Store
from tests.support.builders_world import World

T = TypeVar("T")

#: No step of an interleaving takes longer, even on a busy machine.
PATIENCE_S = 30

#: Every wait is over as soon as it has begun.
NO_PATIENCE: dict[str, timedelta] = {
    "reference_limit": timedelta(0),
    "order_limit": timedelta(0),
    "stock_limit": timedelta(0),
    "line_limit": timedelta(0),
}


@contextmanager
def another_store(world: World, **settings: Any) -> Iterator[Store]:
    """Give a further store on the world's database, as another worker would have it."""
    store = Store(
        world.database.engine_url,
        application_name="crossdock-other",
        pool_size=2,
        settings=Settings(pooled=world.database.pooled, **settings),
    )
    try:
        yield store
    finally:
        store.close()


def drain_with(world: World, **settings: Any) -> DrainResult:
    """Drain with other settings than the defaults."""
    with another_store(world, **settings) as store:
        return drain(store)


def give_up_waiting(world: World) -> DrainResult:
    """Drain as if every limit had passed."""
    return drain_with(world, **NO_PATIENCE)


def lay_trap(world: World, table: str, body: str, *, on: str = "INSERT") -> None:
    """Install a row trigger on a table that runs PL/pgSQL, where NEW is the row at hand.

    `trap` is a sequence: nextval('trap') counts across rolled back attempts.
    """
    run = world.admin.connection.execute
    run(b"CREATE SEQUENCE IF NOT EXISTS public.trap")
    run(b"GRANT USAGE ON SEQUENCE public.trap TO public")
    run(
        "CREATE OR REPLACE FUNCTION public.trap() RETURNS trigger LANGUAGE plpgsql AS"
        f" $body$ BEGIN {body} RETURN NEW; END $body$".encode()
    )
    run(
        f"CREATE OR REPLACE TRIGGER trap BEFORE {on} ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION public.trap()".encode()
    )


def remove_trap(world: World, table: str) -> None:
    """Take the trigger off again."""
    world.admin.connection.execute(f"DROP TRIGGER trap ON {table}".encode())


class Pause:
    """Stop a store's worker before its n-th statement that begins with a text.

    Named steps of an interleaving: `reached` is set when the worker stands there, `go` sends it on.
    """

    def __init__(self, store: Store, statement: str, *, times: int = 1) -> None:
        self.reached = threading.Event()
        self.go = threading.Event()
        self.seen = 0
        self._statement = statement
        self._times = times
        for engine in store.engines:
            event.listen(engine, "before_cursor_execute", self._before)

    def _before(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(self._statement):
            return
        self.seen += 1
        if self.seen <= self._times:
            self.reached.set()
            assert self.go.wait(PATIENCE_S), f"nobody sent the worker on before {statement[:60]}"
            self.go.clear()

    def meanwhile(self, act: Callable[[], Any]) -> Any:
        """Wait until the worker stands there, act, and send it on."""
        assert self.reached.wait(PATIENCE_S), f"the worker did not come to {self._statement}"
        self.reached.clear()
        try:
            return act()
        finally:
            self.go.set()


@contextmanager
def working(act: Callable[[], T]) -> Iterator[list[T]]:
    """Let another thread act; its result is in the list when the block has ended."""
    results: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            results.append(act())
        except BaseException as exc:  # noqa: BLE001 - told to the test, whatever it is
            failures.append(exc)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield results
    finally:
        thread.join(PATIENCE_S)
    assert not thread.is_alive(), "the worker did not come to an end"
    if failures:
        raise failures[0]

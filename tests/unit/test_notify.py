"""What systemd is told, over a real socket."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.daemon.notify import Notifier, Watchdog

PATIENCE_S = 10.0


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(address)
        channel.settimeout(PATIENCE_S)
        yield address, channel


def test_systemd_hears_ready_and_stopping(listening: tuple[str, socket.socket]) -> None:
    """One datagram each, with a line for people."""
    address, channel = listening
    notifier = Notifier({"NOTIFY_SOCKET": address})
    notifier.ready("2 workers")
    assert channel.recv(200) == b"READY=1\nSTATUS=2 workers"
    notifier.stopping()
    assert channel.recv(200).startswith(b"STOPPING=1\n")


def test_signs_of_life_end_when_a_thread_died(listening: tuple[str, socket.socket]) -> None:
    """They come while all is well, and only then."""
    address, channel = listening
    well, asked, stopping = threading.Event(), threading.Event(), threading.Event()
    well.set()

    def alive() -> bool:
        asked.set()
        return well.is_set()

    watched = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "30000", "WATCHDOG_PID": str(os.getpid())}
    thread = Watchdog(Notifier(watched), alive, lambda: "fine", stopping)
    thread.start()
    try:
        assert channel.recv(200) == b"WATCHDOG=1\nSTATUS=fine"
        well.clear()
        for _ in range(2):  # what was under way when it died may still come
            asked.clear()
            assert asked.wait(PATIENCE_S)
        channel.setblocking(False)
        while True:
            try:
                channel.recv(200)
            except BlockingIOError:
                break
        asked.clear()
        assert asked.wait(PATIENCE_S)
        with pytest.raises(BlockingIOError):
            channel.recv(200)
    finally:
        stopping.set()
        thread.join(PATIENCE_S)


def test_without_systemd_nothing_is_sent_and_a_dead_socket_is_no_failure(tmp_path: Path) -> None:
    """Started by hand, or the socket is gone: the daemon works all the same."""
    Notifier({}).ready("x")
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).ready("x")
    assert Notifier({"WATCHDOG_USEC": "1000"}).watchdog_s == 0
    other = {"NOTIFY_SOCKET": "x", "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}
    assert Notifier(other).watchdog_s == 0

"""Where the tests' server comes from: a given one, a container, the embedded one, in this order."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.support import cluster
from tests.support.cluster import Cluster


def make_docker(folder: Path, script: str) -> None:
    """Put a program named docker into the folder."""
    program = folder / "docker"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_a_given_server_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In either form of URL; Docker is not even asked."""
    monkeypatch.setenv(cluster.ENVIRONMENT, "host=/tmp/x user=postgres dbname=postgres")
    monkeypatch.setattr(cluster, "_docker_answers", lambda: 1 / 0)
    made = Cluster(tmp_path, "1", "master")._make(None)
    assert made == {
        "kind": "given",
        "url": "postgresql+psycopg://postgres@/postgres?host=%2Ftmp%2Fx",
    }


@pytest.mark.parametrize(
    ("script", "answers"),
    [("echo 28.2.2", True), ("echo no daemon >&2; exit 1", False), ("sleep 60", False)],
)
def test_a_docker_client_without_an_engine_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, answers: bool
) -> None:
    """Nor does one that hangs, and it costs seconds at most."""
    make_docker(tmp_path, script)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    began = time.monotonic()
    assert cluster._docker_answers() is answers
    assert time.monotonic() - began < 8


def test_no_docker_at_all_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program is not there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not cluster._docker_answers()
    assert cluster._start_container() is None

"""Play a month of nights with faults of every class, and print what was made against what was told.

`make nights ARGS="--nights 30"`: some minutes. Exits with 1 when a waterfall does not add up; the
identity is checked by each run on every key, and a breach ends the program.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.support.builders_world import Logins, World
from tests.support.cluster import Cluster
from tests.support.month import FAULTS, Month


def main(arguments: list[str]) -> int:
    """Play the nights and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--faults", type=int, default=10, help="faults of each day")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    choice = random.Random(chosen.seed)  # noqa: S311 - a seed gives the same month
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        cluster = Cluster(Path(folder), "nights", "month").open()
        try:
            month = _play(cluster, chosen.nights, chosen.faults, choice, chosen.seed)
        finally:
            cluster.close()
    sys.stdout.write("\n".join(month.tally.lines()) + "\n")
    made = sum(month.tally.cells.values())
    wrong = sum(count for _, _, count in month.tally.misses)
    sys.stdout.write(f"{made} expectations, {made - wrong} met, {wrong} not\n")
    return 0


def _play(cluster: Cluster, nights: int, faults: int, choice: random.Random, seed: int) -> Month:
    database = cluster.clone()
    world = World(database, Logins.register(database))
    try:
        world.load_masters()
        with database.connect() as admin:
            admin.execute(
                "UPDATE ops.system SET gapless_source_seq = true WHERE system_code = 'WMS2'"
            )
        month = Month(world, seed)
        month.opening()
        deck: list[str] = []
        for night in range(2, nights + 1):
            began = time.monotonic()
            if len(deck) < faults:
                deck = choice.sample(FAULTS, len(FAULTS)) + deck
            month.day(*(deck.pop() for _ in range(faults)))
            sys.stdout.write(f"night {night}: {time.monotonic() - began:.1f} s\n")
            sys.stdout.flush()
        broken = month.waterfall()
        sys.stdout.write(f"waterfalls that do not add up: {len(broken)}\n")
        if broken:
            raise SystemExit(1)
        return month
    finally:
        world.close()
        database.close()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""Whether the memory of the service at work levels off.

`python -m tests.bench.memory [MINUTES [SENSORS]]`. The service is that of `service`, with 200
samples a second and twenty viewers; with more sensors it seals more often, with 1,450 every five
minutes. Each minute tells the least memory seen in it and how many rows the journal holds: those
are kept unpacked until their hour is sealed, so memory goes up and down with them. The slope is
that of written memory against time and waiting rows together, over the second half: the growth that
the rows of the hour do not explain.
"""

import asyncio
import sys
import time
from typing import NamedTuple

import numpy as np

from tests.bench.service import FURTHER, VIEWERS, Watched, at_work
from tests.bench.viewing import watch
from tests.system.rig import asked

MINUTES = 12.0
MINUTE_S = 60.0
DAY_S = 86_400.0
FEWEST = 8  # minutes to fit three numbers to


class Minute(NamedTuple):
    """What was seen in one minute."""

    at_s: float
    rss_mb: float  # the least: what an answer needs for a moment does not count
    uss_mb: float
    own_mb: float  # written to; USS has pages of files besides, while nobody else uses them
    waiting_rows: int
    parts: int


class Slope(NamedTuple):
    """Memory as a line over time and waiting rows."""

    mb_per_day: float
    doubt_mb_per_day: float  # one standard error
    mb_per_100_000_rows: float


def measure(minutes: float = MINUTES, further: float = FURTHER) -> dict[str, float]:
    """Growth a day, with and without what waiting rows explain."""
    with at_work(int(further)) as (service, _, _):
        seen = asyncio.run(watched(service, minutes))
    later = seen[len(seen) // 2 :]
    found = {
        f"memory: RSS after {len(seen)} minutes, MB": seen[-1].rss_mb,
        "memory: RSS, the most of any minute's least, MB": max(one.rss_mb for one in seen),
    }
    if len(later) >= FEWEST:
        slope = fitted(later)
        found["memory: written to, waiting rows allowed for, MB a day"] = slope.mb_per_day
        found["memory: the same, one standard error"] = slope.doubt_mb_per_day
        found["memory: written to for 100,000 waiting rows, MB"] = slope.mb_per_100_000_rows
    return found


async def watched(service: Watched, minutes: float) -> list[Minute]:
    """Every minute of a service that twenty viewers watch."""
    seen = list[Minute]()
    async with asyncio.TaskGroup() as tasks:
        beside = [tasks.create_task(watch(service.port)) for _ in range(VIEWERS)]
        beside.append(tasks.create_task(service.weigh()))
        began_s = time.monotonic()
        while len(seen) < minutes:
            await asyncio.sleep(MINUTE_S)
            seen.append(await asyncio.to_thread(noted, service, began_s))
            service.weights.clear()
            sys.stderr.write(f"{seen[-1]}\n")
        for task in beside:
            task.cancel()
    return seen


def noted(service: Watched, began_s: float) -> Minute:
    """The minute that ends now."""
    health = asked(service.port, "health")
    return Minute(
        time.monotonic() - began_s,
        min(weight.rss for weight in service.weights),
        min(weight.uss for weight in service.weights),
        service.own_mb(),
        health["journal"]["waiting_rows"],
        health["archive"]["parts"],
    )


def fitted(seen: list[Minute]) -> Slope:
    """The line through what was seen, by least squares.

    >>> rows = enumerate([0, 9, 4, 2, 7, 1, 8, 3])
    >>> slope = fitted([Minute(60 * i, 0, 0, i / 1440 + row, row * 100_000, 0) for i, row in rows])
    >>> round(slope.mb_per_day, 6), round(slope.mb_per_100_000_rows, 6)
    (1.0, 1.0)
    """
    days = np.array([one.at_s / DAY_S for one in seen])
    rows = np.array([one.waiting_rows / 100_000 for one in seen])
    own_mb = np.array([one.own_mb for one in seen])
    facts = np.column_stack([np.ones(len(seen)), days, rows])
    found, _, rank, _ = np.linalg.lstsq(facts, own_mb, rcond=None)
    left = own_mb - facts @ found
    spread = float(left @ left) / max(1, len(seen) - int(rank))
    doubt = float(np.sqrt(spread * np.linalg.pinv(facts.T @ facts)[1, 1]))
    return Slope(float(found[1]), doubt, float(found[2]))


if __name__ == "__main__":
    for what, figure in measure(*map(float, sys.argv[1:])).items():
        sys.stdout.write(f"{what:60} {figure:10.2f}\n")

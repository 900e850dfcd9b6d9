"""A package of a whole season: made beside a service at work, then checked by a stranger.

`python -m tests.bench.evidence [DAYS]`. The service is that of `service`, with so many days of
past; one line's days but the first and last two are baseline and report of a target, half and half.
While a child makes its package, machines are stopped and a page says how soon it sees that. The
stranger has the file alone, in processes of their own, whose memory is what the system counted.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import psutil

from tests.bench.factory import Live
from tests.bench.service import WARM_UP_S, Watched, at_work
from tests.bench.viewing import Page, seen_after_s, watch
from tests.system.rig import LINEPROOF, Document, asked, lineproof

DAYS = 120
LEFT = 2  # days at each end that are not whole
LINE = ("--line", "mask-1", "--measure", "throughput_per_hour")
ZONE = ZoneInfo("Asia/Seoul")
LOOK_EVERY_S = 0.2
MADE_WITHIN_S = 600
FEWEST = 3  # looks at a page


class Spent(NamedTuple):
    """What a process took."""

    seconds: float
    mb: float


def measure(days: int = DAYS) -> dict[str, float]:
    """All figures, by what they are."""
    with at_work(days=days) as (service, machines, live):
        target = promised(service.folder, days)
        made_s, made_mb, delays_s, job = asyncio.run(made_beside(service, machines, live, target))
        file = service.folder / "data" / "evidence" / f"{job['manifest']}.zip"
        checked, recomputed = verified(file), verified(file, "--recompute")
    name = f"evidence: {days} days of a line"
    return {
        f"{name}: MB of the file": job["size"] / 1e6,
        f"{name}: s to make it in a child": made_s,
        f"{name}: MB of the child, at the most seen": made_mb,
        f"{name}: PLC to frame meanwhile, median of {len(delays_s)}, s": float(np.median(delays_s)),
        f"{name}: PLC to frame meanwhile, 95 %, s": float(np.quantile(delays_s, 0.95)),
        f"{name}: s to verify": checked.seconds,
        f"{name}: s to verify and recompute": recomputed.seconds,
        f"{name}: MB to verify and recompute": recomputed.mb,
    }


def promised(folder: Path, days: int) -> str:
    """A target whose windows are all whole days of the past; its id."""
    today = datetime.now(ZONE).date()
    first, last = today - timedelta(days=days - LEFT), today - timedelta(days=LEFT)
    middle = first + (last - first) / 2
    names = ("--name", "before", "--reason", "as it was", "--config", folder)
    span = ("--from", first, "--to", middle)
    frozen = lineproof("baseline", "freeze", *LINE, *span, *names).stdout.strip()
    aim = ("--improve", "0.05", "--baseline", frozen, "--go-live", f"{middle}T08:00:00+09:00")
    ends = ("--from", f"{middle}T08:00:00+09:00", "--to", f"{last}T08:00:00+09:00")
    return lineproof("target", "set", *LINE, *aim, *ends, "--config", folder).stdout.strip()


async def made_beside(
    service: Watched, machines: list[str], live: Live, target: str
) -> tuple[float, float, list[float], Document]:
    """Seconds and MB of the making, how soon pages saw machines meanwhile, and what was made."""
    page, delays_s = Page(), list[float]()
    async with asyncio.TaskGroup() as tasks:
        beside = tasks.create_task(watch(service.port, page.look))
        await asyncio.sleep(WARM_UP_S)
        making = tasks.create_task(asyncio.to_thread(made, service, target))
        while not making.done():
            delays_s.append(await seen_after_s(live, page, machines))
        beside.cancel()
    if len(delays_s) < FEWEST:
        raise RuntimeError(f"a page was looked at {len(delays_s)} times; take more days")
    return (*making.result()[:2], delays_s, making.result()[2])


def made(service: Watched, target: str) -> tuple[float, float, Document]:
    """Have a package made; seconds, MB of the child at the most, and what it is."""
    began_s, most = time.monotonic(), 0
    request = urllib.request.Request(
        f"http://127.0.0.1:{service.port}/api/v1/evidence",
        json.dumps({"target": target}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        name = json.loads(answer.read())["id"]
    while time.monotonic() - began_s < MADE_WITHIN_S:
        job = asked(service.port, f"jobs/{name}")
        if job["state"] == "done":
            return time.monotonic() - began_s, most / 1e6, job["package"]
        if job["state"] == "failed":
            raise RuntimeError(job["problem"])
        most = max(most, largest_child(service.pid))
        time.sleep(LOOK_EVERY_S)
    raise RuntimeError(f"no package within {MADE_WITHIN_S} s")


def largest_child(pid: int) -> int:
    """Bytes of the largest child of a process."""
    found = [0]
    for one in psutil.Process(pid).children(recursive=True):
        try:
            found.append(one.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
    return max(found)


def verified(file: Path, *more: str) -> Spent:
    """What it takes to verify a package in a process of its own."""
    began_s = time.monotonic()
    process = subprocess.Popen(
        [LINEPROOF, "evidence", "verify", str(file), *more],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{file} does not verify: exit {process.returncode}")
    return Spent(time.monotonic() - began_s, used.ru_maxrss * 1024 / 1e6)


if __name__ == "__main__":
    for what, figure in measure(*map(int, sys.argv[1:])).items():
        sys.stdout.write(f"{what:70} {figure:10.2f}\n")

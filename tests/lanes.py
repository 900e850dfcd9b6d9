"""Which tests may run beside each other, where several processes share them (`pytest -n auto`).

A file is one lane: its tests run in one process, in their order, and share what they set up. The
folders whose tests start servers, cut links or fill disks are one lane each. What takes longest
goes first, so that no process has a long lane left while the others are done. Only pages come last:
the browser's library keeps a loop in the main thread, beside which no asyncio test can begin.
"""

import os
from collections.abc import Sequence
from pathlib import PurePath

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling, Scheduling

LAST = "browser"
FOLDERS = ("faults", "system", "contract", LAST)  # the longest first


def lane(nodeid: str) -> str:
    """What a test shares its process with: a folder of servers, or its file."""
    file = nodeid.split("::", maxsplit=1)[0]
    folder = PurePath(file).parts[:2]
    return "/".join(folder) if is_together(folder) else file


def is_together(folder: Sequence[str]) -> bool:
    """Whether all files of a folder are one lane."""
    return len(folder) > 1 and folder[0] == "tests" and folder[1] in FOLDERS


def longest_first(items: list[pytest.Item]) -> None:
    """Sort files with slow tests to the front, then folders of servers, other files, and pages.

    What starts no server comes before what does: meanwhile servers may still be built.
    """
    slow = {lane(item.nodeid) for item in items if item.get_closest_marker("slow")}

    def place(item: pytest.Item) -> tuple[bool, bool, int]:
        where = lane(item.nodeid)
        name = PurePath(where).name
        return name == LAST, where not in slow, FOLDERS.index(name) if name in FOLDERS else -1

    items.sort(key=place)


def processes() -> int:
    """How many processes share the tests: one for each core that we may use."""
    return len(os.sched_getaffinity(0))


def in_lanes(config: pytest.Config, log: Producer) -> Scheduling:
    """What hands lanes out whole, in the order in which the tests were sorted."""
    config.option.loadscopereorder = False
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = lane
    return scheduler

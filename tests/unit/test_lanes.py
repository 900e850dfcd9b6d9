"""Tests that share servers stay together, and what takes long begins first."""

from types import SimpleNamespace
from typing import cast

import pytest

from tests.lanes import lane, longest_first

UNIT, SLOW = "tests/unit/edge/test_a.py", "tests/unit/edge/test_b.py"


@pytest.mark.parametrize(
    ("nodeid", "found"),
    [
        ("tests/system/test_kill.py::test_x[a::b]", "tests/system"),
        ("tests/browser/test_board.py::test_y", "tests/browser"),
        ("tests/faults/test_short.py::test_z[1]", "tests/faults"),
        ("tests/contract/test_mqtt.py::test_w", "tests/contract"),
        (f"{UNIT}::test_v[tests/system]", UNIT),
        ("kpi/measures.py::kpi.measures.ratio", "kpi/measures.py"),
    ],
)
def test_a_folder_of_servers_is_one_lane_and_every_other_file_its_own(
    nodeid: str, found: str
) -> None:
    """Whatever stands in the brackets of a test."""
    assert lane(nodeid) == found


def test_files_with_slow_tests_go_first_then_servers_then_the_rest_then_pages() -> None:
    """Within a file the order stays; behind pages no asyncio test could begin."""
    items = [
        item(f"{UNIT}::test_1"),
        item("tests/contract/test_mqtt.py::test_2", slow=True),
        item(f"{SLOW}::test_3"),
        item("tests/browser/test_board.py::test_4", slow=True),
        item(f"{SLOW}::test_5", slow=True),
    ]
    longest_first(items)

    assert [one.nodeid[-1] for one in items] == ["3", "5", "2", "1", "4"]


def item(nodeid: str, *, slow: bool = False) -> pytest.Item:
    """A test as pytest collects it, as far as it is looked at."""
    marks = ["slow"] if slow else []
    found = SimpleNamespace(
        nodeid=nodeid, get_closest_marker=lambda name: name if name in marks else None
    )
    return cast("pytest.Item", found)

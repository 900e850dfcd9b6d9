"""Silent nodes: which are read, and which of them the server has forgotten."""

import math

import pytest
from asyncua import ua

from collectors.opcua import freshness
from collectors.opcua.decode import Decoder
from collectors.opcua.freshness import Freshness, Told
from edge.model import Batch, Row
from edge.site import Kind

KINDS = {1: Kind.COUNTER, 2: Kind.STATE, 3: Kind.GAUGE, 4: Kind.TEXT}


class Watched:
    """What was told, and how it is judged."""

    def __init__(self) -> None:
        self.told = Told(list(KINDS))
        self.freshness = Freshness(self.told, Decoder(KINDS, len))

    def tell(self, signal: int, at_ns: int, value: float, status: int = 0) -> None:
        """The server reports a change."""
        self.told.learn(Batch.of([Row(signal, at_ns, at_ns, value, status)]))

    def judge(self, signal: int, value: object, now_ns: int, status: int = 0) -> dict[int, int]:
        """The node is read."""
        sent = ua.DataValue(ua.Variant(value), ua.StatusCode(status))
        return self.freshness.judge({signal: sent}, now_ns)


def test_only_silent_nodes_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was told since the last turn needs no question; of too many silent ones some wait."""
    watched = Watched()
    watched.tell(2, 5, 1.0)
    assert watched.freshness.silent([1, 2, 3, 4]) == [1, 3, 4]
    assert watched.freshness.silent([1, 2, 3, 4]) == [1, 2, 3, 4]
    monkeypatch.setattr(freshness, "MOST", 3)
    turns = [watched.freshness.silent([4, 3, 2, 1]) for _ in range(3)]
    assert turns == [[1, 2, 3], [4, 1, 2], [3, 4, 1]]


def test_a_value_that_differs_twice_was_not_told() -> None:
    """Once may be on its way, twice is not; the gap begins at the last time it agreed."""
    watched = Watched()
    watched.tell(1, 100, 7.0)
    assert watched.judge(1, 7, 200) == {}
    assert watched.judge(1, 8, 300) == {}
    assert watched.judge(1, 9, 400) == {1: 200}
    assert watched.judge(1, 9, 500) == {}  # said once


def test_news_or_the_told_value_end_a_doubt() -> None:
    """A change told late, or a value that was back: the server watches."""
    watched = Watched()
    watched.tell(1, 100, 7.0)
    assert watched.judge(1, 8, 200) == {}
    watched.tell(1, 150, 8.0)
    assert watched.judge(1, 9, 300) == {}
    assert watched.judge(1, 8, 400) == {}
    assert watched.judge(1, 9, 500) == {}
    watched.freshness.forgive()
    assert watched.judge(1, 9, 600) == {}
    assert watched.judge(1, 9, 700) == {1: 400}


def test_what_is_read_first_stands_for_what_was_never_told() -> None:
    """A kept subscription tells changes only: silence agrees with the first look."""
    watched = Watched()
    assert watched.judge(3, 20.5, 100) == {}
    assert watched.judge(3, 20.5, 200) == {}
    assert watched.judge(3, 21.5, 300) == {}
    assert watched.judge(3, 21.5, 400) == {3: 200}


@pytest.mark.parametrize(
    ("told", "status", "read", "read_status", "same"),
    [
        (math.nan, 0x808C_0000, None, 0x808C_0000, True),
        (20.5, 0, None, 0x808C_0000, False),
        (math.nan, 0x803C_0000, math.nan, 0, True),
        (20.5, 0x0480, 20.5, 0, True),
        (1.0, 0, True, 0, True),
    ],
)
def test_a_bad_value_is_told_by_its_status(
    told: float, status: int, read: float | None, read_status: int, *, same: bool
) -> None:
    """A failed sensor and a NaN are news, the bits of an overflow are not."""
    watched = Watched()
    watched.tell(3, 100, told, status)
    first = watched.judge(3, read, 200, read_status)
    assert first == {}
    assert watched.judge(3, read, 300, read_status) == ({} if same else {3: 100})

"""Until when a server has told all, by paper: two clocks and a line that is slow at times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.opcua.upto import Upto
from edge.model import SECOND_NS

MS = 1_000_000
NOW_MS = 1_800_000_000_000


@pytest.mark.parametrize("apart_ms", [0, 3_600_000, -3_600_000])
def test_a_message_that_lay_about_tells_until_it_was_sent(apart_ms: int) -> None:
    """Whatever the server's clock says: its messages come 5 ms old, and once 2 s late."""
    upto = Upto()

    def told(read_ms: int, made_ms: int) -> int:
        made_ns = (NOW_MS + made_ms + apart_ms) * MS
        return upto.told(made_ns, (NOW_MS + read_ms) * MS) // MS - NOW_MS

    assert [told(at + 5, at) for at in (100, 200)] == [105, 205]
    assert [told(2_205, at) for at in (300, 400, 500)] == [305, 405, 505]
    assert told(2_305, 2_300) == 2_305


@given(st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 2_000)), min_size=1, max_size=12))
def test_never_later_than_the_sending_but_for_the_shortest_way(ways: list[tuple[int, int]]) -> None:
    """After any delays of a minute: not before the sending, nor later than the least delay says."""
    upto, at_ms, least_ms = Upto(), NOW_MS, 2_000
    for rest_ms, delay_ms in ways:
        sent_ms = at_ms + rest_ms
        at_ms = sent_ms + delay_ms
        least_ms = min(least_ms, delay_ms)
        told_ns = upto.told(sent_ms * MS, at_ms * MS)
        assert sent_ms * MS <= told_ns <= (sent_ms + least_ms) * MS


@pytest.mark.parametrize("by_ms", [-3_600_000, 3_600_000])
def test_a_clock_that_is_set_stops_time_for_two_minutes_at_the_most(by_ms: int) -> None:
    """And never turns it back; after that messages are prompt as before."""
    upto = Upto()
    told = list[int]()
    for turn in range(3_000):
        read_ms = NOW_MS + 100 * turn
        sent_ms = read_ms + by_ms * (turn >= 1_000)
        told.append(upto.told(sent_ms * MS, read_ms * MS))
    assert told == sorted(told)
    assert told[1_000] >= (NOW_MS + 100 * 999) * MS
    assert told[2_200:] == [(NOW_MS + 100 * turn) * MS for turn in range(2_200, 3_000)]


def test_a_clock_that_goes_slow_is_followed() -> None:
    """Half a thousandth for a day makes 43 s; a message is never taken for older than 0.06 s."""
    upto = Upto()
    for second in range(0, 86_400, 10):
        read_ns = NOW_MS * MS + second * SECOND_NS
        made_ns = NOW_MS * MS + second * SECOND_NS * 9_995 // 10_000
        assert read_ns - upto.told(made_ns, read_ns) <= 60 * MS


def test_a_server_that_writes_no_time_is_believed_to_be_prompt() -> None:
    """There is nothing to measure by."""
    assert Upto().told(0, 7) == 7

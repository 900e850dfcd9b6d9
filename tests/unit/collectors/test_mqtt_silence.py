"""A topic that spoke often and falls silent is missed; one that speaks seldom is not."""

import asyncio

import pytest

from collectors.mqtt.silence import LOOK_S, Silence
from edge.model import SECOND_NS

TOPIC = b"line/count"


class HandClock:
    """A clock that a test moves; who sleeps on it is woken after each of its seconds."""

    def __init__(self) -> None:
        self.now_ns = 0

    def wall_ns(self) -> int:
        return self.now_ns

    def monotonic_ns(self) -> int:
        return self.now_ns

    async def sleep(self, seconds: float) -> None:
        until_ns = self.now_ns + int(seconds * SECOND_NS)
        while self.now_ns < until_ns:  # noqa: ASYNC110 - the test's own clock is no event
            await asyncio.sleep(0)

    def trusted(self) -> bool:
        return True


async def passed(clock: HandClock, seconds: float) -> None:
    """So much time, and the watch has looked."""
    clock.now_ns += int(seconds * SECOND_NS)
    for _ in range(3):
        await asyncio.sleep(0)


async def told(every_s: float, times: int, quiet_s: float, *, again: bool = False) -> list[str]:
    """What people are told while a topic speaks, then is silent, and maybe speaks again."""
    clock, said = HandClock(), list[str]()
    silence = Silence(clock, lambda _, text: said.append(text))
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(silence.watch())
        for wait_s in [every_s] * times:
            silence.hear([TOPIC, TOPIC])
            await passed(clock, wait_s)
        for _ in range(int(quiet_s)):
            await passed(clock, 1)
        if again:
            silence.hear([TOPIC])
            for _ in range(int(LOOK_S) + 1):
                await passed(clock, 1)
        watching.cancel()
    assert said[0] == ""  # what the link before said is taken back
    return said[1:]


@pytest.mark.parametrize("every_s", [0.5, 2.0, 11.0])
async def test_a_topic_that_spoke_often_is_missed_within_a_minute(every_s: float) -> None:
    """Some brokers take the right to read without a word."""
    said = await told(every_s, 20, 59 - every_s)
    assert said != []
    assert "nothing comes on 'line/count' any more" in said[0]
    assert "may our user still read it?" in said[0]


@pytest.mark.parametrize(("every_s", "times"), [(13.0, 20), (0.5, 5)])
async def test_a_topic_that_speaks_seldom_is_not_missed(every_s: float, times: int) -> None:
    """Or one that we hardly know."""
    assert await told(every_s, times, 200) == []


async def test_who_speaks_again_is_missed_no_more() -> None:
    """The finding is taken back."""
    assert (await told(0.5, 20, 40, again=True))[-1] == ""

"""One frame, encoded once, for every viewer; and a goodbye for each of them."""

import asyncio
import json

from hypothesis import given
from hypothesis import strategies as st

from api.hub import QUEUE_EVENTS, RETRY_MS, RING_FRAMES, Hub, Viewer

BYE = f'event: bye\ndata: {{"retry_ms":{RETRY_MS}}}\n\n'.encode()


def shown(n: int, build: str = "b1", event: str = "frame") -> bytes:
    """The event of frame `n`, put together by hand."""
    body = f'{{"frame":{n},"build":"{build}","at":{n}}}'
    return f"id: {n}\nevent: {event}\ndata: {body}\n\n".encode()


def show(hub: Hub, *numbers: int) -> None:
    """Show frames that hold their own number."""
    for n in numbers:
        hub.show({"at": n})


async def all_of(viewer: Viewer) -> list[bytes]:
    """Every event of a viewer whose stream ends."""
    async with asyncio.timeout(2):
        return [event async for event in viewer.events()]


async def test_every_viewer_gets_the_same_bytes() -> None:
    """Encoded once: not equal bytes, the very same."""
    hub = Hub("b1")
    with hub.watching(None) as one, hub.watching(None) as other:
        assert hub.viewers == 2
        show(hub, 1, 2)
        hub.close()
        first, second = await all_of(one), await all_of(other)
    assert first == [shown(1), shown(2), BYE]
    assert all(a is b for a, b in zip(first[:2], second[:2], strict=True))
    assert hub.viewers == 0


async def test_hangul_is_not_escaped() -> None:
    """A board's names are half as long in UTF-8."""
    hub = Hub("b1")
    with hub.watching(None) as viewer:
        hub.show({"name": "마스크"})
        hub.close()
        event = (await all_of(viewer))[0]
    assert "마스크".encode() in event


async def test_hostile_text_cannot_end_an_event() -> None:
    """A name with line breaks stays inside its JSON string."""
    hub, name = Hub("b1"), "a\n\nevent: bye\ndata: {}\r\u2028\u0000"
    with hub.watching(None) as viewer:
        hub.show({"name": name})
        hub.close()
        event, bye = await all_of(viewer)
    assert event.count(b"\n") == 4
    assert json.loads(event.split(b"data: ", 1)[1])["name"] == name
    assert bye == BYE


async def test_who_comes_new_gets_the_newest_frame_as_a_reset() -> None:
    """The picture of now, and what follows it as frames."""
    hub = Hub("b1")
    show(hub, 1, 2)
    with hub.watching(None) as viewer:
        show(hub, 3)
        hub.close()
        assert await all_of(viewer) == [shown(2, event="reset"), shown(3), BYE]


async def test_who_comes_before_the_first_frame_waits_for_it() -> None:
    """Nothing is made up where nothing was shown yet."""
    hub = Hub("b1")
    with hub.watching(None) as viewer:
        first = asyncio.ensure_future(anext(viewer.events()))
        await asyncio.sleep(0)
        assert not first.done()
        show(hub, 1)
        assert await first == shown(1)


async def test_who_comes_back_gets_what_it_missed() -> None:
    """Also more than fits into its queue: the ring is there for this."""
    hub, many = Hub("b1"), 3 * QUEUE_EVENTS
    show(hub, *range(1, many + 1))
    with hub.watching(2) as viewer:
        hub.close()
        assert await all_of(viewer) == [*map(shown, range(3, many + 1)), BYE]


async def test_who_missed_nothing_gets_nothing_twice() -> None:
    """The newest frame is not sent again to a viewer that has it."""
    hub = Hub("b1")
    show(hub, 1, 2)
    with hub.watching(2) as viewer:
        show(hub, 3)
        hub.close()
        assert await all_of(viewer) == [shown(3), BYE]


async def test_who_was_away_longer_than_the_ring_begins_anew() -> None:
    """What cannot be told without a hole is a reset."""
    hub = Hub("b1")
    show(hub, *range(1, RING_FRAMES + 2))
    for known, begin in ((1, "reset"), (2, "frame")):
        with hub.watching(known) as viewer:
            event = await anext(viewer.events())
        assert f"event: {begin}\n".encode() in event


async def test_an_id_of_another_process_begins_anew() -> None:
    """Numbers go on over a restart, so an old one is none of ours."""
    hub = Hub("b1", first=1000)
    show(hub, 1000, 1001)
    for known in (2, 999, 5000):
        with hub.watching(known) as viewer:
            assert await anext(viewer.events()) == shown(1001, event="reset")


@given(st.lists(st.integers(0, 12), max_size=12))
def test_a_slow_viewer_loses_its_oldest_and_nobody_elses(reads: list[int]) -> None:
    """Whatever it reads between frames: what it gets is in order and ends with the newest."""

    async def scene() -> None:
        hub = Hub("b1")
        with hub.watching(None) as slow, hub.watching(None) as quick:
            mine, theirs, slow_events = list[bytes](), list[bytes](), slow.events()
            quick_events, held = quick.events(), list[bytes]()
            for n, reading in enumerate(reads, 1):
                show(hub, n)
                held = [*held, shown(n)][-QUEUE_EVENTS:]
                theirs.append(await anext(quick_events))
                for _ in range(min(reading, len(held))):
                    mine.append(await anext(slow_events))
                    assert mine[-1] == held.pop(0)
            hub.close()
            rest = [event async for event in slow_events]
            assert rest == [*held, BYE][-QUEUE_EVENTS:]
            assert theirs == [*map(shown, range(1, len(reads) + 1))]

    asyncio.run(scene(), debug=False)


async def test_nothing_follows_a_goodbye() -> None:
    """A frame that is made while all ends does not push the goodbye out."""
    hub = Hub("b1")
    with hub.watching(None) as viewer:
        hub.close()
        hub.close()
        show(hub, *range(1, 2 * QUEUE_EVENTS))
        assert await all_of(viewer) == [BYE]


async def test_who_comes_too_late_gets_the_picture_and_a_goodbye() -> None:
    """A board that connects while all ends knows when to come back."""
    hub = Hub("b1")
    show(hub, 1)
    hub.close()
    with hub.watching(None) as viewer:
        assert await all_of(viewer) == [shown(1, event="reset"), BYE]
    with hub.watching(1) as viewer:
        assert await all_of(viewer) == [BYE]


async def test_a_frame_with_nan_is_a_bug_and_reaches_nobody() -> None:
    """NaN is no JSON: a browser would choke on it, so the maker of the frame hears of it."""
    hub = Hub("b1")
    with hub.watching(None) as viewer:
        try:
            hub.show({"value": float("nan")})
        except ValueError:
            hub.close()
        assert await all_of(viewer) == [BYE]

"""The Modbus collector against pymodbus and modbus-serial: what only this kind promises."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from collectors.modbus import collect, poll
from collectors.modbus.settings import Config, Point
from edge.cli.trying import tried_source
from edge.clock import SYSTEM
from edge.config.loader import load
from edge.errors import Misconfigured, Unavailable, Unreachable
from edge.model import SECOND_NS, STATUS_BAD_NO_COMMUNICATION, STATUS_BAD_OUT_OF_RANGE, STATUS_GOOD
from edge.service.kinds import kinds
from edge.site import Kind
from edge.supervise import Waits
from tests.contract.deadline import until
from tests.contract.stranger import listening
from tests.servers.modbus import Peer
from tests.servers.ports import free_port
from tests.unit.collectors.opcua_kept import Kept

pytestmark = pytest.mark.peer


@pytest.fixture(params=["pymodbus", "modbus-serial"])
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Peer]:
    """One of the two servers, with ten holding registers."""
    with Peer(tmp_path, node=request.param == "modbus-serial") as running:
        running.do("set", table="holding", address=0, words=list(range(10)))
        yield running


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Peer]:
    """The server that can be mute; all units show the same."""
    with Peer(tmp_path, node=True) as running:
        running.do("set", table="holding", address=0, words=list(range(10)))
        yield running


def config(url: str, *points: Point, **keys: object) -> Config:
    """A device that is read twenty times a second; points are numbered from 1 on."""
    numbered = tuple(
        point.model_copy(update={"signal": number}) for number, point in enumerate(points, 1)
    )
    return Config.model_validate({"url": url, "poll_ms": 50, "points": numbered, **keys})


async def read_until(device: Config, kept: Kept, *when: Callable[[], object]) -> None:
    """Collect until each has come true, one after the other."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(collect(device, kept))
        for true in when:
            await until(true, "what the test waits for")
        task.cancel()


def told(kept: Kept) -> set[str]:
    """What was found, but that a busy machine is late."""
    return kept.findings.keys() - {"rounds late"}


VALUES: list[tuple[str, str, float]] = [
    ("int16", ">h", -32_768),
    ("uint16", ">H", 65_535),
    ("int32", ">i", -2_147_483_648),
    ("uint32", ">I", 4_294_967_295),
    ("int64", ">q", -(2**53)),
    ("uint64", ">Q", 2**53),
    ("float32", ">f", -1.5e-3),
    ("float64", ">d", 0.1),
]


async def test_every_type_in_every_order_is_read_to_the_bit(peer: Peer) -> None:
    """Written with struct into the registers of the foreign server, in all four orders."""
    points, expected, place = list[Point](), dict[int, float](), 100
    for name, layout, value in VALUES:
        for word_order in ("big", "little"):
            for byte_order in ("big", "little"):
                raw = struct.pack(layout, value)
                words = [raw[at : at + 2] for at in range(0, len(raw), 2)]
                ordered = words[::-1] if word_order == "little" else words
                shown = [int.from_bytes(word, byte_order) for word in ordered]
                peer.do("set", table="input", address=place, words=shown)
                keys = {"table": "input", "address": place, "type": name}
                orders = {"word_order": word_order, "byte_order": byte_order}
                points.append(Point.model_validate(keys | orders))
                expected[len(points)] = struct.unpack(layout, raw)[0]
                place += len(words)
    kept = Kept()
    await read_until(config(peer.url, *points), kept, lambda: kept.rows)
    assert {row.signal: row.value for row in kept.rows[: len(points)]} == expected
    assert {row.status for row in kept.rows} == {STATUS_GOOD}


async def test_bits_come_from_coils_discretes_and_registers(peer: Peer) -> None:
    """Addresses of bits are not multiples of anything."""
    peer.do("set", table="coil", address=0, words=[0] * 40)
    peer.do("set", table="coil", address=19, words=[1])
    peer.do("set", table="discrete", address=0, words=[1] * 40)
    peer.do("set", table="discrete", address=7, words=[0])
    peer.do("set", table="holding", address=9, words=[0b1000_0000_0010_0000])
    wanted = [Point(table="coil", address=at) for at in (18, 19, 20)]
    wanted += [Point(table="discrete", address=at) for at in (6, 7)]
    wanted += [Point(address=9, type="bool", bit=bit) for bit in (4, 5, 15)]
    kept = Kept()
    await read_until(config(peer.url, *wanted), kept, lambda: kept.rows)
    values = {row.signal: row.value for row in kept.rows[: len(wanted)]}
    assert values == {1: 0, 2: 1, 3: 0, 4: 1, 5: 0, 6: 0, 7: 1, 8: 1}


async def test_one_absent_address_costs_only_itself(peer: Peer) -> None:
    """Its neighbours are read in the same round; it is a finding until the device has it."""
    places = [*range(10), 10]  # nobody has set register 10
    kept = Kept()

    def is_told() -> bool:
        return "absent/1 holding 10" in kept.findings

    def is_read() -> bool:
        return bool(kept.values(11)) and kept.values(11)[-1] == 77

    async with asyncio.TaskGroup() as tasks:
        device = config(peer.url, *(Point(address=place) for place in places))
        task = tasks.create_task(collect(device, kept))
        await until(is_told, "the finding")
        text = kept.findings["absent/1 holding 10"]
        assert f"{peer.url} unit 1 holding 10: 'exception 2, illegal data address'" in text
        assert "what a manual calls 40001 is holding 0" in text
        assert told(kept) == {"absent/1 holding 10"}
        peer.do("set", table="holding", address=10, words=[77])
        await until(is_read, "the register that appeared")
        assert not is_told()
        task.cancel()
    first = {row.signal: (row.value, row.status) for row in reversed(kept.rows)}
    assert [first[signal] for signal in range(1, 11)] == [(value, 0) for value in range(10)]
    assert first[11][1] == poll.STATUS_BAD_NODE_ID_UNKNOWN
    assert kept.of(11)[-1].status == STATUS_GOOD


async def test_a_busy_device_is_asked_again_as_before(peer: Peer) -> None:
    """Whatever passes splits no request: after it there is one for a round, as there was before."""
    kept, device = Kept(), config(peer.url, *(Point(address=place) for place in range(10)))

    def is_bad() -> bool:
        return {row.status for row in kept.rows[-10:]} == {STATUS_BAD_NO_COMMUNICATION}

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(collect(device, kept))
        await until(lambda: kept.rows, "a round")
        peer.do("refuse", table="holding", code=6)
        await until(is_bad, "a refused round")
        assert "'exception 6, device busy'" in kept.findings["unit silent/1"]
        peer.do("accept", table="holding")
        await until(lambda: not is_bad(), "a round that is well")
        assert told(kept) == set()
        task.cancel()
    rounds = len({row.source_ns for row in kept.rows})
    assert rounds <= peer.do("asked")["count"] <= rounds + 2


async def test_a_mute_device_behind_a_gateway_costs_only_itself(gateway: Peer) -> None:
    """It is left alone for a while, the others keep their pace, and a person is told."""
    points = Point(address=1, unit_id=7), Point(address=2)
    device = config(gateway.url, *points, timeout_s=0.2)
    gateway.do("mute", unit=7)
    kept = Kept()
    await read_until(device, kept, lambda: len(kept.of(2)) > 12)
    assert "unit 7: 'no answer within 0.2 s'" in kept.findings["unit silent/7"]
    assert {row.status for row in kept.of(1)} == {STATUS_BAD_NO_COMMUNICATION}
    assert set(kept.values(2)) == {2}
    paces = [(b.source_ns - a.source_ns) / 1e9 for a, b in pairwise(kept.of(2)[1:])]
    assert sorted(paces)[len(paces) // 2] == pytest.approx(0.05, abs=0.03)


async def test_a_device_that_falls_silent_is_raised(gateway: Peer) -> None:
    """Nobody else is behind it, so the link is made anew by whoever started us."""
    kept = Kept()
    with pytest.raises(Unavailable, match=r"no answer within 0.2 s; is the unit_id right"):  # noqa: PT012 - the group ends with the error
        try:
            async with asyncio.TaskGroup() as tasks:
                device = config(gateway.url, Point(address=1), timeout_s=0.2)
                tasks.create_task(collect(device, kept))
                await until(lambda: kept.rows, "a round")
                gateway.do("mute", unit=1)
                await asyncio.sleep(5)
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None


async def test_a_cut_is_a_gap_and_a_quick_restart_is_none(peer: Peer) -> None:
    """From the last round before it to the first after it, also across processes."""
    kept, device = Kept(), config(peer.url, Point(address=1))
    await read_until(device, kept, lambda: kept.rows)
    await read_until(device, kept, lambda: len(kept.rows) > 3)
    assert kept.gaps == []
    before_ns = kept.rows[-1].source_ns
    await asyncio.sleep(0.3)  # six rounds
    again = Kept(kept.key)
    await read_until(device, again, lambda: again.rows)
    ((reason, from_ns, to_ns),) = again.gaps
    assert (reason, to_ns) == ("nothing was read", again.rows[0].source_ns)
    assert from_ns >= before_ns


async def test_a_full_disk_stops_the_asking_and_leaves_a_gap(peer: Peer) -> None:
    """So many rounds wait in memory, no more; what is not asked meanwhile is written down."""
    kept, device = Kept(), config(peer.url, Point(address=1), Point(address=2))
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(collect(device, kept))
        await until(lambda: kept.rows, "a round")
        kept.room.clear()
        await until(lambda: kept.waiting, "a round that waits for room")
        last, seen = -1, peer.do("asked")["count"]
        while seen != last:  # until nothing is asked any more
            await asyncio.sleep(0.3)
            last, seen = seen, peer.do("asked")["count"]
        assert kept.waiting == 1
        kept.room.set()
        await until(lambda: kept.gaps, "the gap")
        task.cancel()
    assert len(kept.rows) < 120
    assert kept.gaps[0][0] == "nothing was read"


async def test_no_number_says_so(peer: Peer) -> None:
    """NaN is a row without a value; infinity is a value."""
    words = [0x7FC0, 0, 0x7F80, 0]
    peer.do("set", table="input", address=0, words=words)
    points = [Point(table="input", address=at, type="float32") for at in (0, 2)]
    kept = Kept()
    await read_until(config(peer.url, *points), kept, lambda: kept.rows)
    assert kept.of(1)[0].status == STATUS_BAD_OUT_OF_RANGE
    assert (kept.values(2)[0], kept.of(2)[0].status) == (float("inf"), STATUS_GOOD)


async def test_texts_are_told_and_the_rest_is_read(gateway: Peer) -> None:
    """A register holds no words; a source of nothing else stops."""
    text = Point(address=1, kind=Kind.TEXT)
    kept = Kept()
    await read_until(config(gateway.url, text, Point(address=2)), kept, lambda: kept.rows)
    assert "holding 1: a register holds no text" in kept.findings["absent/1 holding 1"]
    assert {row.signal for row in kept.rows} == {2}
    with pytest.raises(Misconfigured, match="no signal reads from it"):
        await collect(config(gateway.url, text), Kept())


Script = Callable[[bytes], list[bytes]]


@asynccontextmanager
async def scripted(
    answer: Callable[[bytes], list[bytes]], pause_s: float = 0
) -> AsyncIterator[str]:
    """A device that answers each request with these pieces, some time apart; its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.read(260):
            for piece in answer(request):
                await asyncio.sleep(pause_s)
                writer.write(piece)

    async with listening(serve) as port:
        yield f"modbus://127.0.0.1:{port}"


def value_of(request: bytes, value: int) -> bytes:
    """The answer to a request for one register, by the book."""
    return request[:4] + struct.pack(">HBBBH", 5, request[6], 3, 2, value)


async def test_a_request_is_what_the_book_says_and_reads_only() -> None:
    """Transaction, protocol 0, length 6, unit, function 3, address, count."""
    seen = list[bytes]()

    def answer(request: bytes) -> list[bytes]:
        seen.append(request)
        return [value_of(request, 5)]

    async with scripted(answer) as url:
        kept = Kept()
        device = config(url, Point(address=300), unit_id=9)
        await read_until(device, kept, lambda: len(kept.rows) > 2)
    assert seen[0] == struct.pack(">HHHBBHH", 1, 0, 6, 9, 3, 300, 1)
    assert seen[1] == struct.pack(">HHHBBHH", 2, 0, 6, 9, 3, 300, 1)
    assert kept.values(1)[:2] == [5, 5]


async def test_the_time_of_a_value_is_the_middle_of_the_exchange() -> None:
    """A device that takes 0.4 s has read its register somewhere in between."""
    async with scripted(lambda request: [value_of(request, 5)], 0.4) as url:
        kept, began_ns = Kept(), SYSTEM.wall_ns()
        await read_until(config(url, Point(address=1)), kept, lambda: kept.rows)
    row = kept.rows[0]
    assert 0.15 < (row.source_ns - began_ns) / SECOND_NS < 0.39
    assert 0.15 < (row.received_ns - row.source_ns) / SECOND_NS < 0.3
    assert "a round of 1 requests takes 0.4 s, longer than poll_ms" in kept.findings["rounds late"]


async def test_an_answer_in_pieces_is_one_answer() -> None:
    """TCP keeps no borders."""
    pieces = lambda request: [bytes([one]) for one in value_of(request, 513)]  # noqa: E731
    async with scripted(pieces, 0.005) as url:
        kept = Kept()
        await read_until(config(url, Point(address=1)), kept, lambda: len(kept.rows) > 1)
    assert kept.values(1)[:2] == [513, 513]


async def test_an_answer_that_comes_too_late_is_not_taken_for_the_next() -> None:
    """It belongs to a request that was given up, and says so by its number."""
    held = list[bytes]()

    def answer(request: bytes) -> list[bytes]:
        unit = request[6]
        if unit == 7:
            held.append(value_of(request, 7))
            return []
        return [*held, value_of(request, 1)]

    async with scripted(answer) as url:
        points = Point(address=1, unit_id=7), Point(address=1)
        kept = Kept()
        device = config(url, *points, timeout_s=0.2)
        await read_until(device, kept, lambda: len(kept.of(2)) > 2)
    assert set(kept.values(2)) == {1}


WRONG = {  # what follows the number of the transaction
    "another protocol": "0001 0005 01 03 02 0005",
    "no length": "0000 0000 01",
    "too long": "0000 ffff 01" + "01" * 400,
    "another function": "0000 0005 01 04 02 0005",
    "more than was asked": "0000 0007 01 03 04 0005 0006",
    "half a register": "0000 0004 01 03 01 05",
    "less than it says": "0000 0005 01 03 c8 0005",
    "nothing at all": "0000 0001 01",
    "HTTP": b"/1.1 400 Bad Request\r\n\r\n".hex(),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_what_is_no_answer_ends_the_link(wrong: str) -> None:
    """Nothing of it is stored: whoever misunderstood once may have misplaced all that follows."""
    kept = Kept()
    async with scripted(lambda request: [request[:2] + bytes.fromhex(wrong)]) as url:
        with pytest.raises(Unavailable, match=r"is no answer to what was asked; is the device"):
            await collect(config(url, Point(address=1)), kept)
    assert kept.rows == []


@pytest.mark.parametrize("answers", [0, 1, 2, 6])
async def test_a_link_that_is_closed_is_made_anew_at_once_if_it_served(answers: int) -> None:
    """Many close a link that rests; who ends one within its first round may have none for us."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(answers):
            writer.write(value_of(await reader.read(260), 5))
        await reader.read(260)

    kept = Kept()
    async with listening(serve) as port:
        device = config(f"modbus://127.0.0.1:{port}", Point(address=1), Point(address=9))
        with pytest.raises(Unavailable) as ended:
            await collect(device, kept)
    served = answers >= 2
    assert isinstance(ended.value, Unreachable) == served
    assert ("lower poll_ms" in str(ended.value)) == served
    waits = Waits()
    wait_s = [waits.after(ended.value, 10 * SECOND_NS, has_run=served) for _ in range(9)]
    assert max(wait_s) == (4 if served else 30)


async def test_the_message_of_a_device_that_is_not_there_says_why() -> None:
    """In the system's words, with a question."""
    port = free_port()
    told = rf"modbus modbus://127.0.0.1:{port}: 'Connection refused'; is the device up\?"
    with pytest.raises(Unavailable, match=told):
        await collect(config(f"modbus://127.0.0.1:{port}", Point(address=1)), Kept())


SITE = """\
site: {{id: hanbit, name: H, timezone: Asia/Seoul, production_day_starts: "08:00"}}
sources: [{{id: plc, kind: modbus, url: "{url}"}}]
lines:
  - id: l1
    name: L
    shifts: [{{name: d, start: "08:00", end: "20:00"}}]
    machines:
      - id: m
        ideal_cycle_s: {{P: 1.0}}
        signals:
          good: {{source: plc, address: 2, kind: counter, modulus: 65536, unit: "{{piece}}"}}
          old: {{source: plc, address: 900, kind: gauge, unit: "1"}}
"""


async def test_a_trial_says_what_is_read_and_what_is_not(gateway: Peer, tmp_path: Path) -> None:
    """`lineproof check --online` finds the kind by its name, and the register that is not there."""
    (tmp_path / "lineproof.yaml").write_text(SITE.format(url=gateway.url))
    loaded = load(tmp_path, kinds())
    found = await tried_source(loaded, loaded.sources[0])
    assert (found.answer, found.heard) == ("", "answers; 2 signals read")
    (absent,) = found.findings
    assert "unit 1 holding 900: 'exception 2, illegal data address'; correct the address" in absent

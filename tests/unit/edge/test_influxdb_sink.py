"""The InfluxDB sink against a strict server in memory."""

import asyncio
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import Unavailable
from edge.model import SECOND_NS, Batch, Row
from edge.sinks.influxdb.address import Address
from edge.sinks.influxdb.door import MOST_BYTES, Door
from edge.sinks.influxdb.drafts import MOST_LINES
from edge.sinks.influxdb.lineprotocol import LineProtocol
from edge.sinks.influxdb.link import Answer
from edge.sinks.influxdb.writer import Writer
from edge.site import Kind, Signal
from tests.servers.influxdb_fake import HANGS_UP, CursorOf, FakeClock, FakeInfluxDB, FakeLink

SIGNALS = {
    1: Signal("hanbit/mask-1/body/good", "good", Kind.COUNTER, "{piece}", "plc"),
    2: Signal("hanbit/taken/body/temperature", "temperature", Kind.GAUGE, "Cel", "plc"),
    3: Signal("hanbit/mask-1/body/product", "product", Kind.TEXT, "", "plc"),
}
GOOD, CONFLICTING, TEXTS, FORGOTTEN = 1, 2, 3, 9
START_NS = 1_785_000_000 * SECOND_NS
BROKEN = Answer(500, '{"code":"internal error","message":"engine: cache-max-memory-size exceeded"}')


class Rig:
    """A writer, the server in memory at its other end, and all that both said."""

    def __init__(self, server: FakeInfluxDB, address: Address | None = None) -> None:
        self.server, self.link, self.cursor = server, FakeLink(server), CursorOf()
        self.clock = FakeClock()
        door = Door(self.link, address or Address(bucket="line"), self.cursor, self.clock)
        lines = LineProtocol(SIGNALS.get, "KF94-{}".format)
        self.writer = Writer(door, lines, self.cursor, self.clock)

    def aside(self) -> list[int]:
        """The times of the rows set aside."""
        return sorted(at for rows, _ in self.cursor.refused for at in rows.source_ns.tolist())


def batch_of(signals: list[int], first_ns: int = START_NS) -> Batch:
    """One row for each signal named, a second apart."""
    times = [first_ns + at * SECOND_NS for at in range(len(signals))]
    return Batch.of(
        [
            Row(it, at, at, float(n), 0)
            for n, (it, at) in enumerate(zip(signals, times, strict=True))
        ]
    )


def conflicted(major: int) -> FakeInfluxDB:
    """A server where somebody else wrote `value` of one measurement as an integer."""
    return FakeInfluxDB(major, types={("taken", "value"): "integer"})


@settings(deadline=None)
@given(
    st.sampled_from([0, 1, 2]),
    st.lists(st.sampled_from([GOOD, GOOD, GOOD, TEXTS, CONFLICTING, FORGOTTEN]), max_size=60),
    st.integers(0, 60),
)
def test_good_rows_are_stored_and_bad_ones_set_aside(
    major: int, signals: list[int], late: int
) -> None:
    """Whatever is mixed into a body: each row ends in the one of two places where it belongs."""
    batch, server = batch_of(signals), conflicted(major)
    server.oldest_ns = START_NS + late * SECOND_NS
    rig = Rig(server)
    stored = asyncio.run(rig.writer.write(batch))
    good = [
        at for signal, at in zip(signals, batch.source_ns.tolist(), strict=True)
        if signal in {GOOD, TEXTS} and at >= server.oldest_ns
    ]  # fmt: skip
    assert sorted(time for _, _, time in server.points) == good
    assert rig.aside() == sorted(set(batch.source_ns.tolist()) - set(good))
    assert stored == len(good)


@pytest.mark.parametrize("major", [1, 2])
@pytest.mark.parametrize("bad", [1, 20, 1_000])
async def test_bad_lines_cost_few_requests(major: int, bad: int) -> None:
    """Taking apart costs at most 2·log2(n) requests for each bad line of a body of 1,000."""
    signals = [CONFLICTING if at % (1_000 // bad) == 0 else GOOD for at in range(1_000)]
    rig = Rig(conflicted(major))
    assert await rig.writer.write(batch_of(signals)) == 1_000 - bad
    assert len(rig.aside()) == bad
    assert len(rig.link.bodies) <= 2 * math.ceil(math.log2(1_000)) * bad + 2


@pytest.mark.parametrize("major", [1, 2])
async def test_a_backlog_beyond_retention_costs_few_requests(major: int) -> None:
    """A body of 5,000 rows that are all too old is one question for each bit of its length."""
    rig = Rig(FakeInfluxDB(major, oldest_ns=START_NS + 3_000 * SECOND_NS))
    assert await rig.writer.write(batch_of([GOOD] * 5_000)) == 2_000
    assert len(rig.link.bodies) <= 20
    ((rows, reason),) = rig.cursor.refused
    assert len(rows) == 3_000
    assert "retention policy" in reason


async def test_the_last_row_of_one_time_wins_also_after_a_refusal() -> None:
    """Pieces go out oldest first, so the server ends with what a healthy body would have left."""
    rows = [Row(GOOD, START_NS, at, float(at), 0) for at in range(7)]
    rows.insert(3, Row(CONFLICTING, START_NS + 1, 3, 1.0, 0))
    rig = Rig(conflicted(2))
    assert await rig.writer.write(Batch.of(rows)) == 7
    ((_, fields),) = rig.server.points.items()
    assert fields == {"value": 6.0, "status": 0}


async def test_a_row_set_aside_carries_the_answer_of_the_server() -> None:
    """Who reads quarantine sees the server's own words."""
    rig = Rig(conflicted(2))
    await rig.writer.write(batch_of([GOOD, CONFLICTING, FORGOTTEN]))
    (_, forgotten), (_, conflicting) = rig.cursor.refused
    assert forgotten.startswith("signal 9 is not in the configuration")
    assert conflicting.startswith('422 {"code":"unprocessable entity","message":"failure writing')
    assert conflicting.endswith('partial write: field type conflict: input field dropped=1"}')


async def test_a_conflict_without_partial_write_is_sent_again_before_anything_else() -> None:
    """InfluxDB 1.x stores nothing of such a body the first time, and everything good the second."""
    rig = Rig(FakeInfluxDB(1, script=[Answer(400, '{"error":"field type conflict: input field"}')]))
    assert await rig.writer.write(batch_of([GOOD] * 9)) == 9
    assert rig.link.bodies[0] == rig.link.bodies[1]
    assert len(rig.link.bodies) == 2


async def test_a_busy_server_is_waited_for_and_nothing_is_lost() -> None:
    """Waits are measured by the monotonic clock; the wall clock here runs backwards."""
    rig = Rig(FakeInfluxDB(script=[Answer(429, "", "7"), Answer(503, "", "3"), Answer(503)]))
    assert await rig.writer.write(batch_of([GOOD] * 5)) == 5
    for waited_s, least_s in zip(rig.clock.slept_s, [7, 3, 4], strict=True):
        assert least_s <= waited_s <= 1.2 * least_s
    assert rig.cursor.waits == [""]


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        (Answer(401, '{"code":"unauthorized"}'), "put a valid token or password into its file"),
        (Answer(403, '{"code":"forbidden"}'), "give the token the right to write to bucket 'line'"),
        (Answer(404, '{"error":"database not found"}'), "create bucket 'line' there"),
        (Answer(500, '{"error":"retention policy not found: x"}'), "create the retention policy"),
        (Answer(200, "<html>log in"), "is this the address of an InfluxDB?"),
    ],
)
async def test_what_only_a_person_can_change_parks_the_sink(answer: Answer, remedy: str) -> None:
    """People read what the server said and what to do; once repaired it goes on by itself."""
    rig = Rig(FakeInfluxDB(script=[answer, answer, answer]))
    assert await rig.writer.write(batch_of([GOOD] * 5)) == 5
    *reasons, last = rig.cursor.waits
    assert last == ""
    assert len(reasons) == 3
    assert all(remedy in reason and str(answer.status) in reason for reason in reasons)
    assert [round(slept / 30) for slept in rig.clock.slept_s] == [1, 2, 4]
    assert rig.cursor.refused == []


async def test_a_sink_that_is_parked_again_says_so_again() -> None:
    """Each stop is told, each recovery too, and the waits begin anew."""
    rig, shut = Rig(FakeInfluxDB()), Answer(401, '{"code":"unauthorized"}')
    for _ in range(2):
        rig.server.script = [shut]
        await rig.writer.write(batch_of([GOOD]))
    assert [bool(reason) for reason in rig.cursor.waits] == [True, False, True, False]
    assert [round(slept / 30) for slept in rig.clock.slept_s] == [1, 1]


async def test_a_wrong_address_puts_no_row_into_quarantine() -> None:
    """A server that refuses an empty body as well blames the request, so a person is called."""
    lacks = Answer(400, '{"code":"invalid","message":"Please provide either orgID or org"}')
    rig = Rig(conflicted(2))
    assert await rig.writer.write(batch_of([CONFLICTING])) == 0  # what went before vouches no more
    rig.server.script = [lacks, lacks, lacks]
    assert await rig.writer.write(batch_of([GOOD] * 5)) == 5
    assert len(rig.cursor.refused) == 1
    assert "Please provide either orgID or org" in rig.cursor.waits[1]


async def test_a_new_token_is_read_from_its_file(tmp_path: Path) -> None:
    """Whoever replaces the token restarts nothing; a missing file is waited for."""
    token = tmp_path / "influx"
    rig = Rig(FakeInfluxDB(), Address(bucket="line", org="site", token_file=token))
    rig.clock.meanwhile = [lambda: token.write_text("old\n"), lambda: token.write_text("new\n")]
    rig.server.script = [Answer(401, '{"code":"unauthorized"}')]
    assert await rig.writer.write(batch_of([GOOD])) == 1
    assert rig.link.keys == ["Token old", "Token new"]
    assert "No such file" in rig.cursor.waits[0]


@pytest.mark.parametrize(
    ("held", "says"),
    [(b"geheim\ngeheimer\n", "holds more than one line"), (b"geheim\xff", "is no UTF-8")],
)
async def test_what_cannot_be_a_token_is_waited_for_and_not_told(
    tmp_path: Path, held: bytes, says: str
) -> None:
    """A library that refuses such a header quotes it, so it is not given to one."""
    token = tmp_path / "influx"
    token.write_bytes(held)
    rig = Rig(FakeInfluxDB(), Address(bucket="line", org="site", token_file=token))
    rig.clock.meanwhile = [lambda: token.write_text("new\n")]
    assert await rig.writer.write(batch_of([GOOD])) == 1
    assert rig.link.keys == ["Token new"]
    assert f"'{token}' {says}" in rig.cursor.waits[0]
    assert not any("geheim" in told for told in rig.cursor.waits)


async def test_a_server_without_the_newer_path_is_asked_at_the_older_one() -> None:
    """InfluxDB 1.6 and 1.7 have `/write` alone; it is found out once."""
    rig = Rig(FakeInfluxDB(0), Address(bucket="line/kept"))
    for _ in range(2):
        await rig.writer.write(batch_of([GOOD]))
    assert rig.link.paths == [
        "/api/v2/write?bucket=line%2Fkept&precision=ns",
        "/write?db=line&rp=kept&precision=n",
        "/write?db=line&rp=kept&precision=n",
    ]


@pytest.mark.parametrize("times", [1, 2, 7])
async def test_a_lost_answer_doubles_nothing(times: int) -> None:
    """The rows are on the server, we do not know it, and the same points are written again."""
    rig, batch = Rig(FakeInfluxDB()), batch_of([GOOD, TEXTS, GOOD])
    rig.link.lose_answers = times
    for _ in range(times):
        with pytest.raises(Unavailable, match="the link broke"):
            await rig.writer.write(batch)
    assert await rig.writer.write(batch) == 3
    assert rig.server.writes == 3 * (times + 1)
    assert len(rig.server.points) == 3


async def test_a_body_that_is_too_long_is_halved_and_the_length_remembered() -> None:
    """The second batch goes out in pieces from the start."""
    rig = Rig(FakeInfluxDB(1, most_bytes=20_000))
    assert await rig.writer.write(batch_of([GOOD] * 1_000)) == 1_000
    refused = sum(len(body) > 20_000 for body in rig.link.bodies)
    assert await rig.writer.write(batch_of([GOOD] * 1_000)) == 1_000
    assert sum(len(body) > 20_000 for body in rig.link.bodies) == refused == 3
    assert len(rig.server.points) == 1_000


async def test_a_row_that_is_too_long_by_itself_is_set_aside() -> None:
    """Its neighbours are stored."""
    rig = Rig(FakeInfluxDB(1, most_bytes=88))
    assert await rig.writer.write(batch_of([GOOD, TEXTS, GOOD])) == 2
    ((rows, reason),) = rig.cursor.refused
    assert rows.signal.tolist() == [TEXTS]
    assert reason.startswith("413 ")


async def test_a_server_that_hangs_up_while_sending_gets_halves() -> None:
    """So says InfluxDB 1.8 that a body is too long, when its 413 gets lost behind the reset."""
    rig = Rig(FakeInfluxDB(1, script=[HANGS_UP]))
    assert await rig.writer.write(batch_of([GOOD] * 1_000)) == 1_000
    first, *pieces = map(len, rig.link.bodies)
    assert max(pieces) <= first / 2
    assert len(pieces) <= 3


async def test_a_server_that_hangs_up_on_a_single_row_is_unavailable() -> None:
    """It went down while we wrote: no row is to blame."""
    rig = Rig(FakeInfluxDB(1, script=[HANGS_UP]))
    with pytest.raises(Unavailable, match="Broken pipe while sending; is the server up"):
        await rig.writer.write(batch_of([GOOD]))
    assert rig.cursor.refused == []


@pytest.mark.parametrize("answer", [BROKEN, Answer(499, "gzip: cut"), Answer(408), Answer(502)])
async def test_a_failing_server_is_given_time(answer: Answer) -> None:
    """Four failures and then success: nothing is suspected. 408 and 502 are invented."""
    rig = Rig(FakeInfluxDB(script=[answer] * 4))
    assert await rig.writer.write(batch_of([GOOD] * 5)) == 5
    assert rig.clock.slept_s == [1, 2, 4, 8]
    assert len(set(rig.link.bodies)) == 1


async def test_a_server_that_fails_on_every_line_but_feels_well_needs_a_person() -> None:
    """A full disk: InfluxDB stays broken after space came back, until it is restarted."""
    rig = Rig(FakeInfluxDB(fails_on="mask-1"))
    with pytest.raises(Unavailable, match=r"answers 500 .* to every write; look at its log"):
        await rig.writer.write(batch_of([GOOD] * 5))
    assert rig.cursor.waits[-1].endswith("feels well; look at its disk, then restart InfluxDB")
    assert rig.cursor.refused == []


async def test_one_line_that_breaks_the_server_does_not_stop_the_others() -> None:
    """The same body fails five times while another line is stored, so the body is taken apart."""
    rig = Rig(FakeInfluxDB(fails_on='KF94-11"'))
    assert await rig.writer.write(batch_of([GOOD, TEXTS] * 8)) == 15
    ((rows, reason),) = rig.cursor.refused
    assert rows.value.tolist() == [11.0]
    assert reason.startswith("500 ")


async def test_a_line_that_breaks_the_server_is_told_from_a_broken_server() -> None:
    """A row that the server has already is the probe, so even a lone bad row is found out."""
    rig = Rig(FakeInfluxDB(fails_on='KF94-0"'))
    assert await rig.writer.write(batch_of([GOOD])) == 1
    assert await rig.writer.write(batch_of([TEXTS])) == 0
    assert [rows.signal.tolist() for rows, _ in rig.cursor.refused] == [[TEXTS]]


async def test_no_body_is_longer_than_what_servers_like() -> None:
    """At most 5,000 lines and a megabyte, however large a block is."""
    rig = Rig(FakeInfluxDB())
    assert await rig.writer.write(batch_of([GOOD] * 12_000)) == 12_000
    assert max(body.count(b"\n") for body in rig.link.bodies) <= MOST_LINES
    assert max(map(len, rig.link.bodies)) <= MOST_BYTES
    assert len(rig.link.bodies) == 3

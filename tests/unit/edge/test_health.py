"""The health page: exact accounts, one word for it all, a finding for what needs a person."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel

from api.hub import Hub
from edge import sealing
from edge.config.loader import Loaded, SinkSetup, SourceSetup
from edge.errors import (
    ArchiveDamaged,
    JournalDamaged,
    JournalFull,
    JournalUnwritable,
    LineproofError,
    Unavailable,
)
from edge.intake.parcels import Counts
from edge.model import Batch, Row
from edge.service.desk import Desk
from edge.service.findings import MOST_DAMAGED
from edge.service.health import Health
from edge.service.keeping import keep_sealed, keep_shown
from edge.site import Site
from edge.status import State, Status
from edge.stores import Stores
from edge.text.catalogue import catalogue
from tests.unit.edge.fake_clock import FakeClock

SECOND_NS = 1_000_000_000
COUNTS = Counts(stored=7, filtered=1, quarantined=2, in_flight=3, received=13)


class NoKeys(BaseModel):
    """A configuration that nobody reads."""


@dataclass
class FakeIntake:
    """Accounts as a test has them."""

    counts: dict[str, Counts] = field(default_factory=lambda: {"plc1": COUNTS})
    newest_block: int = 4
    commits: int = 0

    def accounting(self) -> dict[str, Counts]:
        """What became of the rows."""
        return dict(self.counts)

    async def committed(self, longest_s: float) -> None:
        """Nobody waits."""
        assert longest_s <= 1
        self.commits += 1


@dataclass
class Bench:
    """Health over stores, and what it looks at."""

    health: Health
    stores: Stores
    status: Status
    clock: FakeClock
    intake: FakeIntake

    async def document(self) -> dict[str, Any]:
        """The document as it goes over the wire."""
        found = json.loads(json.dumps(await self.health.document(), allow_nan=False))
        return cast("dict[str, Any]", found)


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    """A site with two sources and a sink; all collect."""
    config = NoKeys()
    loaded = Loaded(
        folder=folder,
        data=folder,
        site=Site("hanbit", "한빛", "Asia/Seoul", "08:00", ()),
        sources=tuple(
            SourceSetup(n, k, config, {}) for n, k in (("plc1", "opcua"), ("broker", "mqtt"))
        ),
        sinks=(SinkSetup("influx", "influxdb", config),),
        host="127.0.0.1",
        port=8000,
        commit_every_ms=1000,
    )
    stores, status, clock, intake = Stores.open(folder), Status(), FakeClock(), FakeIntake()
    for owner in ("plc1", "broker", "influx", "sealing", "frames"):
        status.runs(owner, 1)
    looking = Desk(lambda: Stores.open(folder, readonly=True), "health")
    health = Health(loaded, clock, status, cast("Any", intake), looking, "0.1")
    health.losses = {"plc1": "opcua_nameless"}
    try:
        yield Bench(health, stores, status, clock, intake)
    finally:
        looking.close()
        stores.close()


async def test_sources_stand_as_they_are_configured(tmp_path: Path) -> None:
    """Whatever order the accounts come in after a restart; one no longer configured is last."""
    async with bench(tmp_path) as at:
        at.intake.counts = dict.fromkeys(("broker", "gone", "plc1"), COUNTS)
        for found in (await at.document(), await at.health.accounting()):
            sources = cast("list[dict[str, object]]", found["sources"])
            assert [one["id"] for one in sources] == ["plc1", "broker", "gone"]


async def test_a_well_site_has_nothing_to_tell(tmp_path: Path) -> None:
    """Everything the contract names, in the site's own time, and no finding."""
    async with bench(tmp_path) as at:
        at.status.last_sample_ns["plc1"] = 1_795_000_000 * SECOND_NS
        at.status.ahead_ns["plc1"] = -SECOND_NS // 4
        found = await at.document()
        assert found["status"] == "ok"
        assert found["findings"] == found["gaps"] == []
        assert found["version"] == "0.1"
        assert found["as_of"].endswith("+09:00")
        assert found["clock"]["trusted"] is True
        assert found["sources"] == [
            {
                "id": "plc1",
                "kind": "opcua",
                "state": "running",
                "message": "",
                "loss": "opcua_nameless",
                "received": 13,
                "stored": 7,
                "filtered": 1,
                "quarantined": 2,
                "in_flight": 3,
                "last_sample": "2026-11-18T20:06:40+09:00",
                "ahead_s": -0.25,
            }
        ]
        assert found["sinks"] == [
            {
                "id": "influx",
                "kind": "influxdb",
                "state": "running",
                "message": "",
                "lag_rows": 0,
                "confirmed_rows": 0,
                "recount": None,
            }
        ]


async def test_a_source_that_was_removed_keeps_its_account(tmp_path: Path) -> None:
    """Its rows are stored, so they are accounted for."""
    async with bench(tmp_path) as at:
        at.intake.counts["old"] = Counts(stored=5, received=5)
        source = (await at.document())["sources"][1]
        assert (source["id"], source["kind"], source["state"]) == ("old", "removed", "ended")
        assert source["last_sample"] is None


async def test_accounts_say_whether_they_agree(tmp_path: Path) -> None:
    """Also those of files, which no door has counted."""
    async with bench(tmp_path) as at:
        at.intake.counts["broker"] = Counts(stored=5, received=6)
        with at.stores.journal.transaction():
            at.stores.ledger.count("import", 40, 2, 0)
        accounts = await at.health.accounting()
        found = {source["id"]: source for source in cast("Any", accounts["sources"])}
        assert {name: one["balanced"] for name, one in found.items()} == {
            "plc1": True,
            "broker": False,
            "import": True,
        }
        assert (found["import"]["received"], found["import"]["stored"]) == (42, 40)


async def test_a_sink_is_behind_by_what_follows_its_cursor(tmp_path: Path) -> None:
    """In the journal or sealed and trimmed; what was refused does not count for ever."""
    async with bench(tmp_path) as at:
        with at.stores.journal.transaction():
            at.stores.catalog.ids({"s/l/a/good": ("counter", "{piece}", "plc1")})
        for n in (3, 5, 7):
            batch = Batch.of([Row(1, k, k, 1.0, 0) for k in range(n)])
            with at.stores.journal.transaction():
                at.stores.journal.append(batch)
        assert (await at.document())["sinks"][0]["lag_rows"] == 15
        with at.stores.journal.transaction():
            at.stores.ledger.move("influx", 2, 6)
        sink = (await at.document())["sinks"][0]
        assert (sink["lag_rows"], sink["confirmed_rows"]) == (7, 6)
        sealing.seal(at.stores)
        assert (await at.document())["sinks"][0]["lag_rows"] == 15  # one part holds all three
        with at.stores.journal.transaction():
            at.stores.ledger.move("influx", 3, 0)
        found = await at.document()
        assert found["sinks"][0]["lag_rows"] == 0
        assert found["archive"]["rows"] == 15
        assert found["journal"]["waiting_rows"] == 0


@pytest.mark.parametrize(
    ("state", "severity"),
    [(State.WAITING, "warning"), (State.PARKED, "problem"), (State.STOPPED, "problem")],
)
async def test_whoever_does_not_run_is_a_finding(
    tmp_path: Path, state: State, severity: str
) -> None:
    """With its reason, since when, and a title that the texts have."""
    async with bench(tmp_path) as at:
        at.status.set("broker", state, "Connection refused", 1_795_000_000 * SECOND_NS)
        found = await at.document()
        assert found["status"] == "degraded"
        assert found["findings"] == [
            {
                "id": f"broker/{state.value}",
                "severity": severity,
                "title": f"finding.{state.value}",
                "params": {"text": "Connection refused", "owner": "broker", "thing": ""},
                "source": "broker",
                "since": "2026-11-18T20:06:40+09:00",
            }
        ]
        assert found["findings"][0]["title"] in catalogue("en")


async def test_a_finding_is_told_in_every_language_that_its_finder_knows(tmp_path: Path) -> None:
    """Beside the words that are ours for logs; a finding without them has none."""
    async with bench(tmp_path) as at:
        at.status.find("figures", "fast cycle/mask", "too fast", 1, {"ko": "너무 빠름"})
        at.status.find("broker", "silent/a", "nothing came", 2)
        found = (await at.document())["findings"]
        assert [one["said"] for one in found] == [{"ko": "너무 빠름"}, {}]
        assert [one["params"]["text"] for one in found] == ["too fast", "nothing came"]


async def test_it_fails_when_nobody_collects(tmp_path: Path) -> None:
    """Starting is not failing yet; a sink that waits collects nothing anyway."""
    async with bench(tmp_path) as at:
        at.status.set("influx", State.WAITING, "down")
        at.status.set("plc1", State.WAITING, "down")
        assert at.health.verdict() == "degraded"
        at.status.set("broker", State.STOPPED, "no password")
        assert at.health.verdict() == "failing"
        at.status.begin("broker", 1)
        assert at.health.verdict() == "degraded"


@pytest.mark.parametrize("code", ["full", "unwritable"])
async def test_a_disk_that_takes_nothing_is_failing(tmp_path: Path, code: str) -> None:
    """Every source waits for it, whatever its link says."""
    async with bench(tmp_path) as at:
        at.status.find("journal", code, "look at the disk", 1)
        found = await at.document()
        assert found["status"] == "failing"
        assert [(f["title"], f["severity"]) for f in found["findings"]] == [
            (f"finding.{code}", "problem")
        ]


async def test_a_finding_of_a_source_names_its_thing(tmp_path: Path) -> None:
    """The title is a key of the texts, the thing stands beside it."""
    async with bench(tmp_path) as at:
        text = "opc.tcp://plc: no node 'nsu=urn:mask;s=Body.Good'; <b>load it</b>"
        at.status.find("plc1", "absent node/Body.Good", text, SECOND_NS)
        (finding,) = (await at.document())["findings"]
        assert finding["title"] == "finding.absent_node"
        assert finding["params"] == {"text": text, "owner": "plc1", "thing": "Body.Good"}
        assert finding["severity"] == "warning"


async def test_a_clock_that_nobody_set_is_a_finding(tmp_path: Path) -> None:
    """Its figures are provisional, and somebody should know why."""
    async with bench(tmp_path) as at:
        at.clock.is_trusted = False
        found = await at.document()
        assert (found["status"], found["clock"]["trusted"]) == ("degraded", False)
        assert [finding["title"] for finding in found["findings"]] == ["finding.clock"]


async def test_damaged_parts_are_findings(tmp_path: Path) -> None:
    """Each by its name, as many as a page can show; the document lists them all."""
    async with bench(tmp_path) as at:
        damaged = {f"2026-11-{n:02}/08.1.parquet": "missing" for n in range(1, 29)}
        at.health.damaged = lambda: damaged
        found = await at.document()
        assert found["archive"]["damaged"] == sorted(damaged)
        assert len(found["findings"]) == MOST_DAMAGED
        first = found["findings"][0]
        assert first["id"] == "archive/damaged/2026-11-01/08.1.parquet"
        assert (first["title"], first["severity"]) == ("finding.damaged", "problem")
        assert first["params"]["text"].startswith("archive/2026-11-01/08.1.parquet is missing")


@pytest.mark.parametrize(
    ("error", "title"),
    [
        (JournalFull("no room in .part; free disk"), "finding.full"),
        (JournalUnwritable("journal.db cannot be written; look"), "finding.unwritable"),
        (JournalDamaged("block 7 does not follow 6"), "finding.damaged_journal"),
        (ArchiveDamaged("08.1.parquet is not what was written"), "finding.damaged_part"),
        (Unavailable("locked"), "finding.unknown"),
    ],
)
async def test_what_goes_wrong_in_sealing_is_told_until_it_goes_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: LineproofError, title: str
) -> None:
    """One finding, not two; and sealing itself is tried again."""
    async with bench(tmp_path) as at:
        failing = [error]

        def due(stores: Stores, now_ns: int) -> None:
            assert stores.data == tmp_path
            assert now_ns
            if failing:
                raise failing[0]

        monkeypatch.setattr(sealing, "due", due)
        sealer = Desk(lambda: Stores.open(tmp_path), "sealer")
        with pytest.raises(type(error)):
            await keep_sealed(sealer, at.status, at.clock)
        at.status.set("sealing", State.WAITING, str(error))  # as `supervise` does
        found = await at.document()
        assert [(f["title"], f["params"]["text"]) for f in found["findings"]] == [
            (title, str(error))
        ]
        assert found["findings"][0]["severity"] == ("warning" if "unknown" in title else "problem")
        failing.clear()
        with pytest.raises(StopAsyncIteration):
            await keep_sealed(sealer, at.status, Once(at.clock))
        sealer.close()
        assert (await at.document())["findings"] == []


@dataclass
class Once(FakeClock):
    """A clock that ends what sleeps."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock.now_ns)

    async def sleep(self, seconds: float) -> None:
        """The first wait is the last."""
        raise StopAsyncIteration(seconds)


async def test_a_bug_in_a_room_of_ours_is_told_as_what_it_is(tmp_path: Path) -> None:
    """Nobody is told to look for a cable."""
    async with bench(tmp_path) as at:
        at.status.set("frames", State.WAITING, "KeyError: 'good'", 7)
        (finding,) = (await at.document())["findings"]
        assert (finding["title"], finding["params"]["text"]) == (
            "finding.unknown",
            "KeyError: 'good'",
        )


async def test_a_frame_tells_how_we_are(tmp_path: Path) -> None:
    """Its lines come from the engine; state, sources and a running import from here."""

    class FakeEngine:
        """Has one line."""

        kept = 0

        def keep_up(self) -> None:
            """Fold."""
            self.kept += 1

        def frame(self) -> dict[str, object]:
            """Look."""
            return {"now": "2026", "lines": [{"line": "mask-1"}]}

    async with bench(tmp_path) as at:
        engine, hub = FakeEngine(), Hub("0.1")

        class Here:
            """A desk in this thread."""

            async def ask(self, question: Any) -> Any:  # noqa: ANN401 - any question
                """The answer."""
                return question(engine)

        at.health.importing = lambda: {"share": 0.34}
        at.status.set("broker", State.WAITING, "gone")
        at.health.clock = Once(at.clock)
        with pytest.raises(StopAsyncIteration):
            await keep_shown(cast("Any", Here()), hub, at.health)
        with hub.watching(None) as viewer:
            event = await anext(viewer.events())
        document = json.loads(event.split(b"data: ")[1])
        document.pop("frame")
        assert document == {
            "build": "0.1",
            "now": "2026",
            "lines": [{"line": "mask-1"}],
            "status": "degraded",
            "sources": [
                {"id": "plc1", "state": "running"},
                {"id": "broker", "state": "waiting"},
            ],
            "import": {"share": 0.34},
        }
        assert at.status.of("frames").state is State.RUNNING


async def test_metrics_are_what_prometheus_reads(tmp_path: Path) -> None:
    """Counters count, a hostile name is quoted, and no signal is a label."""
    async with bench(tmp_path) as at:
        at.intake.counts['a"b\nc'] = Counts(stored=1, received=1)
        at.health.viewers = lambda: 3
        at.status.set("broker", State.WAITING, "gone")
        families = list(text_string_to_metric_families(at.health.metrics().decode()))
        samples = {
            (sample.name, *sample.labels.values()): sample.value
            for family in families
            for sample in family.samples
        }
        assert samples["lineproof_rows_total", "received", "plc1"] == 13
        assert samples["lineproof_rows_total", "stored", 'a"b\nc'] == 1
        assert samples["lineproof_rows_in_flight", "plc1"] == 3
        assert samples["lineproof_running", "plc1"] == 1
        assert samples["lineproof_running", "broker"] == 0
        assert samples["lineproof_viewers",] == 3
        assert samples["lineproof_findings",] == 1
        assert samples["lineproof_journal_block",] == 4
        labels = {label for f in families for sample in f.samples for label in sample.labels}
        assert labels == {"source", "fate", "owner"}

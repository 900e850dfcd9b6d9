"""The service whole, in this process: what it serves and survives, and that it leaves nothing."""

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from pydantic import BaseModel, Field
from starlette.types import ASGIApp

from edge.clock import SYSTEM, Clock
from edge.config.loader import FILE, Kinds, SourceKind, load
from edge.errors import ArchiveDamaged, Unavailable
from edge.intake.dating import Dating
from edge.intake.parcels import Parcel
from edge.intake.writing import Writer, Written
from edge.model import Batch, Cursor, Deliver, Feed, Row
from edge.service import house, kinds, rooms, seen, serve, sinking
from edge.service.house import House
from edge.service.serve import Service
from edge.site import Kind
from edge.stores import Stores

SITE = """\
site: {id: hanbit, name: 한빛, production_day_starts: "08:00"}
sources: [{id: plc1, kind: fake}]
sinks: [{id: out, kind: fake}]
lines:
  - id: mask-1
    machines:
      - id: body
        signals: {good: {source: plc1, kind: counter, unit: "{piece}"}}
api: {listen: "127.0.0.1:PORT"}
storage: {commit_every_ms: 10}
"""
SECOND_NS = 1_000_000_000


class Point(BaseModel):
    """Nothing to say."""

    signal: int = 0
    kind: Kind = Kind.GAUGE


class Config(BaseModel):
    """As the root fills it."""

    points: tuple[Point, ...] = ()
    keys: Path = Field(default=Path("keys"))


@dataclass
class Plant:
    """A source that counts up and a sink that takes it, as a test has them."""

    made: int = 0
    runs: int = 0
    fails: int = 0
    keys: list[bytes] = field(default_factory=list)
    taken: list[float] = field(default_factory=list)

    async def collect(self, config: BaseModel, deliver: Deliver, clock: Clock = SYSTEM) -> None:
        """Deliver a piece every few milliseconds, after failing as often as asked."""
        self.runs += 1
        self.keys.append(deliver.key)
        self.made = int(deliver.key or 0)  # what was not acknowledged is sent again
        (point,) = cast("Config", config).points
        if self.runs <= self.fails:
            async with asyncio.TaskGroup() as group:
                group.create_task(deliver(Batch.of([]), b"0"))  # nobody waits for it any more
                await asyncio.sleep(0)
                raise Unavailable("no route to plc1")
        while True:
            self.made += 1
            now_ns = clock.wall_ns()
            row = Row(point.signal, now_ns, now_ns, float(self.made), 0)
            await deliver(Batch.of([row]), b"%d" % self.made)

    async def drain(self, _: BaseModel, feed: Feed, cursor: Cursor, clock: Clock = SYSTEM) -> None:
        """Take all there is."""
        assert clock is SYSTEM
        while True:
            for number, batch in await feed.take(cursor.position):
                self.taken += batch.value.tolist()
                await cursor.confirm(number, len(batch))


@dataclass
class Site:
    """A running service and a way to ask it."""

    service: Service
    client: httpx.AsyncClient
    task: asyncio.Task[None]

    async def health(self) -> dict[str, Any]:
        """The document."""
        return cast("dict[str, Any]", (await self.client.get("/api/v1/health")).json())

    async def until(self, holds: Any) -> dict[str, Any]:  # noqa: ANN401 - any question about the document
        """Wait until something holds of the health document."""
        async with asyncio.timeout(8):
            while not holds(found := await self.health()):  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(0.02)
        return found


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Plant:
    """A plant that the root finds under the kind `fake`."""
    made = Plant()
    module = cast(
        "ModuleType", SimpleNamespace(collect=made.collect, drain=made.drain, loss=lambda _: "fake")
    )
    for room in (serve, house):
        monkeypatch.setattr(room, "collector", lambda _: module)
    monkeypatch.setattr(sinking, "sink", lambda _: module)
    monkeypatch.setattr(kinds, "sink", lambda _: module)
    return made


@asynccontextmanager
async def running(
    folder: Path, pages: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Site]:
    """A service at a free port, ended at the end of the block."""
    (pages / "index.html").write_text("page")
    monkeypatch.setattr(rooms, "PAGES", pages)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / FILE).write_text(SITE.replace("PORT", str(port)), encoding="utf-8")
    kinds = Kinds({"fake": SourceKind(Config, Point)}, {"fake": Config})
    ready = asyncio.Event()
    service = Service(load(folder, kinds), ready=lambda _: ready.set())
    base = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=base) as client, asyncio.TaskGroup() as group:
        task = group.create_task(service.run())
        await ready.wait()
        yield Site(service, client, task)
        task.cancel()


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A folder for the built pages."""
    (tmp_path / "pages").mkdir()
    return tmp_path / "pages"


async def test_what_is_collected_is_stored_shown_and_brought_on(
    tmp_path: Path, pages: Path, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row for each piece, everywhere; a second service goes on where the first ended."""
    for enough in (5, 10):
        async with running(tmp_path, pages, monkeypatch) as site:
            found = await site.until(lambda f, n=enough: f["sources"][0]["stored"] > n)
            assert found["status"] == "ok"
            assert found["sources"][0]["state"] == "running"
            await site.until(lambda f: f["sinks"][0]["confirmed_rows"] > 5)
            event = await first_event(site)
            assert b'"lines":[{' in event
    with Stores.open(tmp_path / "data", readonly=True) as stores:
        kept = [v for _, batch in stores.journal.read(0, 10_000) for v in batch.value.tolist()]
    assert kept == [float(n) for n in range(1, len(kept) + 1)]
    assert kept[: len(plant.taken)] == plant.taken
    assert plant.keys[0] == b""
    assert 5 < int(plant.keys[1]) < len(kept)


async def first_event(site: Site) -> bytes:
    """What a viewer is sent first."""
    async with site.client.stream("GET", "/api/v1/stream") as answer:
        async for chunk in answer.aiter_bytes():
            return chunk
    raise AssertionError("the stream ended")


async def test_a_start_is_in_the_audit_log(
    tmp_path: Path, pages: Path, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was changed by hand is noted; a log that cannot be written is a finding, and no more."""
    monkeypatch.setattr(seen, "MACHINE", tmp_path / "machine-id")
    (tmp_path / "machine-id").write_text("box", "utf-8")
    async with running(tmp_path, pages, monkeypatch) as site:
        told = (await site.client.get("/api/v1/audit")).json()["audit"]
    assert [(one["what"], one["who"]) for one in reversed(told)] == [
        ("configuration", "lineproof"),
        ("device", "lineproof"),
        ("evidence key", "lineproof"),
    ]
    (tmp_path / "data" / "keys" / "audit").unlink()
    async with running(tmp_path, pages, monkeypatch) as site:
        found = await site.until(lambda f: f["sources"][0]["stored"] > plant.made // 2)
    assert [finding["id"] for finding in found["findings"]] == ["gateway/audit"]


async def test_open_pages_are_told_goodbye(
    tmp_path: Path, pages: Path, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them, within a moment; `plant` goes on until then."""
    async with running(tmp_path, pages, monkeypatch) as site, asyncio.TaskGroup() as group:
        whole = [group.create_task(site.client.get("/api/v1/stream")) for _ in range(5)]
        await site.until(lambda f: f["viewers"] == 5)
        async with asyncio.timeout(3):
            site.task.cancel()
            await asyncio.wait([site.task, *whole])
        assert all(b"event: bye\n" in task.result().content for task in whole)
    assert plant.made > 0


async def test_a_source_that_fails_stops_nobody(
    tmp_path: Path, pages: Path, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits, with its reason, and goes on by itself."""
    plant.fails = 99
    async with running(tmp_path, pages, monkeypatch) as site:
        found = await site.until(lambda f: f["sources"][0]["state"] == "waiting")
        plant.fails = 0
        assert found["status"] == "failing"
        assert found["findings"][0]["params"]["text"] == "no route to plc1"
        found = await site.until(lambda f: f["sources"][0]["stored"] > 0)
        assert (found["status"], found["findings"]) == ("ok", [])
    assert plant.runs > 1


async def test_a_source_starts_when_its_last_run_is_on_the_disk(
    tmp_path: Path, pages: Path, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slow the disk: the key it reads is the one that its last run has handed over."""
    plant.fails = 1
    write = Writer.write

    def slow(writer: Writer, parcels: list[Parcel], dating: Dating) -> Written:
        threading.Event().wait(1.2)  # longer than the wait before a second try
        return write(writer, parcels, dating)

    monkeypatch.setattr(Writer, "write", slow)
    async with running(tmp_path, pages, monkeypatch) as site:
        await site.until(lambda _: plant.runs == 2)
        assert plant.keys == [b"", b"0"]


async def test_trouble_with_sealing_is_a_finding_and_collecting_goes_on(
    tmp_path: Path, pages: Path, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says what is damaged; every row is stored meanwhile."""

    def damaged(_: Stores, __: int) -> None:
        raise ArchiveDamaged("08.1.parquet does not read back as written")

    monkeypatch.setattr("edge.sealing.due", damaged)
    async with running(tmp_path, pages, monkeypatch) as site:
        found = await site.until(lambda f: f["findings"] and f["sources"][0]["stored"] > 10)
        assert found["status"] == "degraded"
        assert [finding["id"] for finding in found["findings"]] == ["sealing/damaged part"]
        before = plant.made
        await site.until(lambda f: f["sources"][0]["stored"] > before + 10)


async def test_whoever_is_not_here_is_served_nothing(
    tmp_path: Path, pages: Path, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a real socket, with another name in the Host header; `plant` is not disturbed."""
    async with running(tmp_path, pages, monkeypatch) as site:
        answer = await site.client.get("/board", headers={"host": "evil.example"})
        assert answer.status_code == 403
        assert answer.headers["x-content-type-options"] == "nosniff"
        upgrade = {"connection": "upgrade", "upgrade": "websocket"}
        asked = await site.client.get("/api/v1/lines", headers=upgrade)
        assert asked.status_code == 200
    assert plant.runs == 1


async def test_sources_are_read_before_there_are_pages(
    tmp_path: Path, pages: Path, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the pages need takes a while to load; a source that waits loses what it cannot keep."""
    app_of, made = rooms.app_of, list[int]()

    def late(rooms: House) -> ASGIApp:
        for _ in range(500):
            if plant.made > 1:  # the first is on the disk
                break
            threading.Event().wait(0.01)
        made.append(plant.made)
        return app_of(rooms)

    monkeypatch.setattr(house, "app_of", late)
    async with running(tmp_path, pages, monkeypatch) as site:
        await site.health()
    assert made[0] > 1


def test_a_service_does_not_load_what_few_ask_for() -> None:
    """Writers of sheets, pictures and metrics come with the first who wants one; rich never."""
    few = {"rich", "xlsxwriter", "openpyxl", "segno", "prometheus_client", "typst", "pygments"}
    code = "import edge.cli.main, sys; from edge.cli.options import room; room('run')"
    code += "; import edge.service.house, edge.service.rooms"
    code += f"; sys.exit(' '.join({few} & sys.modules.keys()) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_no_source_needs_is_no_part_of_the_start() -> None:
    """Nothing that `lineproof run` imports before it reads sources imports it by the way."""
    slow = {"fastapi", "uvicorn", "sqlalchemy", "prometheus_client", "edge.engine.engine"}
    code = f"import sys, edge.cli.run; sys.exit(' '.join({slow} & sys.modules.keys()) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)
    assert (done.returncode, done.stderr) == (0, "")

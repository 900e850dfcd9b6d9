"""A small site with weeks before and after a change, its package, and all that a forger can do."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Self

import duckdb
import numpy as np

from edge import sealing
from edge.engine.engine import Engine
from edge.engine.verdicts.baselines import Wish as Freeze
from edge.engine.verdicts.targets import Wish
from edge.evidence import covering, manifest, zipping
from edge.evidence.canonical import canonical
from edge.evidence.checking import Pins
from edge.evidence.instant import Instant
from edge.evidence.keys import Signer
from edge.evidence.making import Origin, make
from edge.evidence.rotation import Signed
from edge.evidence.verifying import verify
from edge.evidence.zipping import Package
from edge.history import History
from edge.model import SECOND_NS, Batch
from edge.moment import parse
from edge.records.database import Records
from edge.site import Dated, Kind, Line, Machine, Price, Shift, Signal, Site
from edge.stores import Stores

Document = dict[str, Any]
Cut = Callable[[list[Batch]], list[Batch]]
DAY_NS = 86_400 * SECOND_NS
FIRST_NS = parse("2026-03-02T08:00:00+09:00")  # a Monday
BEFORE, BETWEEN, AFTER = 8, 2, 8
DAYS = BEFORE + BETWEEN + AFTER + 2
STEP_S = 60
SHIFT_S = 2 * 3600
WAVE = (0, 3, -2, 1, -3, 2, -1)
MAP = {"3": "producing", "4": "delayed"}
SECRET = "hunter2-of-the-canary"


def signal(line: str, name: str, kind: Kind, **more: Any) -> Signal:  # noqa: ANN401 - any key
    """A signal of a line's one machine."""
    keys = {"unit": "{piece}", "source": f"plc-{line}", "stale_after_s": 150.0, **more}
    return Signal(path=f"hanbit/{line}/body/{name}", name=name, kind=kind, **keys)


def line_of(name: str) -> Line:
    """A line of one machine that tells everything."""
    signals = (
        signal(name, "state", Kind.STATE, map=MAP),
        signal(name, "good", Kind.COUNTER, modulus=1000, max_rate=3.0),
        signal(name, "scrap", Kind.COUNTER),
        signal(name, "product", Kind.TEXT),
        signal(name, "temperature", Kind.GAUGE),
    )
    body = Machine(
        "body",
        "본체기",
        f"hanbit/{name}/body",
        {each.name: each for each in signals},
        {"KF94": (Dated(1.0, None),)},
        station="body",
        exit=True,
    )
    shifts = (Shift("주간", "08:00", "10:00"),)
    return Line(
        name, name.title(), f"hanbit/{name}", (body,), shifts, line_state="body", maturity_days=1
    )


def site_of() -> Site:
    """Two lines, of which one must stay at home."""
    lines = tuple(line_of(name) for name in ("mask", "other"))
    prices = (Price("electricity", 120.0, "KRW/kW.h", date(2026, 1, 1)),)
    return Site("hanbit", "한빛", "Asia/Seoul", "08:00", lines, prices)


def samples_of(symbols: Callable[[str], int], ids: dict[str, int]) -> Iterator[Batch]:
    """The samples, a batch a day: a sample a minute in each shift, and before and after it."""
    made = {"mask": 0.0, "other": 0.0}
    for day in range(DAYS):
        for line, before in list(made.items()):
            pieces = 40.0 + WAVE[day % 7] + (12.0 if day >= BEFORE else 0.0)
            steps = np.arange(0, SHIFT_S + 1, STEP_S)
            times = FIRST_NS + day * DAY_NS + steps * SECOND_NS
            count = before + steps / STEP_S * pieces
            made[line] = float(count[-1])
            told = {
                "state": np.where((steps > 3000) & (steps < 3900), 4.0, 3.0),
                "good": count % 1000,
                "scrap": np.floor(count / 50),
                "product": np.full(len(steps), float(symbols("KF94"))),
                "temperature": 20.0 + steps / 1000,
            }
            for name, value in told.items():
                number = np.full(len(steps), ids[f"hanbit/{line}/body/{name}"], np.uint32)
                status = np.zeros(len(steps), np.uint32)
                yield Batch(number, times, times + 7, value.astype(np.float64), status)


@dataclass(slots=True)
class Desk:
    """A site that has samples, a baseline and a target."""

    folder: Path
    site: Site = field(default_factory=site_of)
    cut: Cut = list  # of the samples into blocks
    seals: bool = True
    stores: Stores = field(init=False)
    records: Records = field(init=False)
    target: str = field(init=False)

    @classmethod
    def copied(cls, other: "Desk", folder: Path) -> Self:
        """The same site in a folder of its own, stored and folded already."""
        shutil.copytree(other.folder, folder)
        own = cls(folder, other.site)
        own.stores, own.records = Stores.open(folder), Records.open(folder / "records.db")
        own.target = other.target
        return own

    def open(self) -> Self:
        """Store, fold, freeze, agree."""
        self.stores = Stores.open(self.folder)
        (self.folder / "keys").mkdir()
        (self.folder / "keys" / "own.key").write_text(SECRET)
        self.store()
        if self.seals:
            sealing.seal(self.stores)
        self.records = Records.open(self.folder / "records.db")
        engine = self.engine()
        engine.catch_up(lambda _: None)
        self.target = promise(engine)
        return self

    def store(self) -> None:
        """Put the samples into the journal."""
        journal, catalog = self.stores.journal, self.stores.catalog
        facts = {p: (s.kind.value, s.unit, s.source) for p, s in self.site.signals().items()}
        with journal.transaction():
            ids = catalog.ids(facts)
            for batch in self.cut(list(samples_of(catalog.symbol, ids))):
                journal.append(batch)
            catalog.write()
            ends = FIRST_NS - DAY_NS, FIRST_NS + DAYS * DAY_NS
            self.stores.ledger.alive("plc-mask", *ends)
            self.stores.ledger.gap("plc-mask", "queue overflow", FIRST_NS, FIRST_NS + 1)
            self.stores.ledger.gap("plc-other", SECRET, FIRST_NS, FIRST_NS + 1)

    def engine(self, later_s: int = 0) -> Engine:
        """The engine at the end of all days, or some seconds later."""
        clock = Instant(FIRST_NS + DAYS * DAY_NS + later_s * SECOND_NS)
        return Engine(self.site, History(self.stores), self.records, clock)

    def make(
        self,
        out: Path,
        key: Path | None = None,
        changes: Sequence[Signed] = (),
        **more: Any,  # noqa: ANN401 - as `make`
    ) -> Document:
        """The package of the target."""
        signer = Signer.of(key or self.folder / "keys")
        clock = Instant(FIRST_NS + DAYS * DAY_NS)
        origin = Origin(self.site, self.stores, self.records, signer, clock, changes=changes)
        return make(origin, self.target, out, lambda _: None, **more)


def promise(engine: Engine) -> str:
    """A baseline of the first days, and a target for the last."""
    ends = FIRST_NS, FIRST_NS + BEFORE * DAY_NS
    frozen = engine.freeze(Freeze("mask", None, "throughput_per_hour", *ends, "전", "as it was"))
    report = ends[1] + BETWEEN * DAY_NS, ends[1] + (BETWEEN + AFTER) * DAY_NS
    wish = Wish(
        *(("mask",), None, "throughput_per_hour", (frozen["id"],)),
        improve=0.1,
        value=None,
        go_live_ns=ends[1],
        from_ns=report[0],
        to_ns=report[1],
    )
    return str(engine.agree(wish)["id"])


def checked(path: Path, *, recompute: bool = True, **pins: Any) -> Document:  # noqa: ANN401 - as `Pins`
    """What a stranger is told of a package."""
    samples = pins.pop("samples", None)
    wanted = Pins(**pins)
    return verify(path, wanted, samples, lambda _: None, recompute=recompute).document()


def unpacked(path: Path) -> dict[str, bytes]:
    """The files of a package."""
    with Package.open(path) as package:
        return {name: package[name] for name in package.entries}


def forged(files: dict[str, bytes], signer: Signer, out: Path, **more: Any) -> Path:  # noqa: ANN401 - of the manifest
    """A package of these files with everything made right by whoever holds this key."""
    inside = {n: c for n, c in files.items() if not n.startswith("manifest.")}
    inside.pop(manifest.SUMS)
    inside[manifest.KEY] = signer.public.pem
    if covering.FILE in inside:  # packages of before there were roots have none
        inside[covering.FILE] = signed_anew(inside[covering.FILE], signer)
    sums = manifest.sums_of(inside)
    old = json.loads(files[manifest.MANIFEST])
    listed = {name: entry.model_dump() for name, entry in sums.listed.items()}
    claims = {**old, "files": listed, "root": sums.root, "key": signer.public.id, **more}
    text = canonical(claims)
    inside |= {manifest.SUMS: sums.text, manifest.MANIFEST: text}
    zipping.write({**inside, manifest.SIGNATURE: signer.sign(text)}, out)
    return out


def signed_anew(raw: bytes, signer: Signer) -> bytes:
    """The daily roots of a package with another key, each following on the one before it."""
    told, previous = json.loads(raw), None
    for each in told["roots"]:
        claims = {**each["root"], "previous": previous, "key": signer.public.id}
        text = canonical(claims)
        each |= {"root": claims, "signature": signer.sign(text).hex()}
        previous = hashlib.sha256(text).hexdigest()
    return json.dumps(told).encode()


def edit(files: dict[str, bytes], name: str, folder: Path, change: str) -> None:
    """One Parquet file of a package with a column changed by DuckDB, as anybody could."""
    path, other = folder / "old.parquet", folder / "new.parquet"
    path.write_bytes(files[name])
    query = f"""copy (select * exclude (file_row_number) replace ({change})
        from read_parquet('{path}', file_row_number = true) order by file_row_number)
        to '{other}' (format parquet)"""
    with duckdb.connect() as db:
        db.execute(query)
    files[name] = other.read_bytes()


def openssl(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What the tool that everybody has says."""
    return subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, text=True, check=False
    )

"""What the health page shows: who runs, what became of every row, what a person should do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from edge.clock import Clock, boot_id
from edge.config.loader import Loaded
from edge.intake.commit import Intake
from edge.intake.parcels import Counts
from edge.ledger import Counts as LedgerCounts
from edge.ledger import Gap
from edge.moment import rfc3339
from edge.service.desk import Desk
from edge.service.feed import SinkCursor
from edge.status import Finding, State, Status
from edge.stores import Stores

Document = dict[str, object]
IMPORT = "import"  # the source of rows that came from files
SHOWN_NS = 7 * 86_400 * 1_000_000_000
GAPS = 50
PROBLEM = {State.STOPPED, State.PARKED}


@dataclass(slots=True)
class Health:
    """Looks at all rooms; changes none."""

    loaded: Loaded
    clock: Clock
    status: Status
    intake: Intake
    stores: Desk[Stores]
    version: str
    cursors: dict[str, SinkCursor] = field(default_factory=dict)
    viewers: Callable[[], int] = lambda: 0
    importing: Callable[[], Document | None] = lambda: None  # an import that runs beside us

    async def document(self) -> Document:
        """The answer of `/health`."""
        now_ns = self.clock.wall_ns()
        kept = await self.stores.ask(lambda stores: kept_facts(stores, now_ns))
        stored = sum(counts.stored for counts in self.counts(kept.imported).values())
        return {
            "status": self.verdict(),
            "version": self.version,
            "as_of": self._time(now_ns),
            "clock": {"trusted": self.clock.trusted(), "boot_id": boot_id()},
            "sources": [self._source(name, c) for name, c in self.counts(kept.imported).items()],
            "journal": kept.journal,
            "archive": kept.archive,
            "sinks": [self._sink(setup.id, setup.kind, stored) for setup in self.loaded.sinks],
            "gaps": [
                {
                    "source": gap.source,
                    "reason": gap.reason,
                    "from": self._time(gap.from_ns),
                    "to": self._time(gap.to_ns),
                }
                for gap in kept.gaps
            ],
            "viewers": self.viewers(),
            "findings": self.findings(),
        }

    def counts(self, imported: Counts | None = None) -> dict[str, Counts]:
        """What became of the rows of every source, files included."""
        counts = self.intake.accounting()
        counts.pop(IMPORT, None)
        return counts | ({IMPORT: imported} if imported and imported.received else {})

    async def accounting(self) -> Document:
        """The answer of `/accounting`: each source's counters, and whether they agree."""
        imported = await self.stores.ask(imported_rows)
        return {
            "sources": [
                {
                    "id": name,
                    **counted(counts),
                    "balanced": counts.balanced,
                }
                for name, counts in self.counts(imported).items()
            ]
        }

    def verdict(self) -> str:
        """`ok`, `degraded` where somebody waits, `failing` where nobody collects."""
        states = [
            self.status.states.get(s.id, (State.STARTING, ""))[0] for s in self.loaded.sources
        ]
        if states and not any(state in {State.RUNNING, State.STARTING} for state in states):
            return "failing"
        return "degraded" if self.findings() else "ok"

    def findings(self) -> list[Document]:
        """What a person should know of: what runs badly, and what the rooms have found."""
        found = [self._finding(finding) for finding in self.status.findings()]
        for owner, (state, message) in self.status.states.items():
            if state in PROBLEM or (state is State.WAITING and message):
                severity = "problem" if state in PROBLEM else "warning"
                found.append(document(owner, state.value, severity, message, None))
        return found

    def sources(self) -> list[Document]:
        """Every source's state, for the frames."""
        return [{"id": setup.id, "state": self._state(setup.id)} for setup in self.loaded.sources]

    def metrics(self) -> bytes:
        """The counters in Prometheus' text form; no signal is a label."""
        registry = CollectorRegistry()
        rows = Gauge(
            "lineproof_rows", "Rows by source and fate", ["source", "fate"], registry=registry
        )
        for name, counts in self.counts().items():
            for fate, n in counted(counts).items():
                rows.labels(name, fate).set(float(n))
        Gauge("lineproof_viewers", "Open live streams", registry=registry).set(self.viewers())
        return generate_latest(registry)

    def _source(self, name: str, counts: Counts) -> Document:
        kinds = {setup.id: setup.kind for setup in self.loaded.sources}
        last_ns = self.status.last_sample_ns.get(name)
        return {
            "id": name,
            "kind": kinds.get(name, IMPORT),
            "state": self._state(name) if name in kinds else "ended",
            "message": self.status.states.get(name, (State.STARTING, ""))[1],
            **counted(counts),
            "last_sample": None if last_ns is None else self._time(last_ns),
        }

    def _sink(self, name: str, kind: str, stored: int) -> Document:
        cursor = self.cursors.get(name)
        confirmed = cursor.confirmed_rows if cursor else 0
        return {
            "id": name,
            "kind": kind,
            "state": self._state(name),
            "message": self.status.states.get(name, (State.STARTING, ""))[1],
            "lag_rows": max(0, stored - confirmed),
            "confirmed_rows": confirmed,
        }

    def _state(self, name: str) -> str:
        return self.status.states.get(name, (State.STARTING, ""))[0].value

    def _finding(self, finding: Finding) -> Document:
        since = self._time(finding.since_ns)
        return document(finding.owner, finding.code, "warning", finding.text, since)

    def _time(self, at_ns: int) -> str:
        return rfc3339(at_ns, ZoneInfo(self.loaded.site.timezone))


class Kept(NamedTuple):
    """What the stores say of themselves."""

    journal: Document
    archive: Document
    gaps: list[Gap]
    imported: Counts


def kept_facts(stores: Stores, now_ns: int) -> Kept:
    """The state of journal, archive and ledger, asked in their thread."""
    boundary = stores.archive.manifest.state()
    parts = stores.archive.manifest.live()
    return Kept(
        journal={
            "newest_block": stores.journal.newest(),
            "sealed_through": boundary.through,
            "waiting_rows": sum(head.rows for _, head in stores.journal.heads(boundary.through)),
            "bytes": size(stores.data / "journal.db"),
        },
        archive={
            "parts": len(parts),
            "rows": sum(part.rows for part in parts),
            "bytes": sum(part.size for part in parts),
            "damaged": sorted(stores.archive.damaged),
        },
        gaps=stores.ledger.gaps(now_ns - SHOWN_NS, now_ns)[-GAPS:],
        imported=imported_rows(stores),
    )


def imported_rows(stores: Stores) -> Counts:
    """What became of the rows that came from files."""
    imported = stores.ledger.counts().get(IMPORT, LedgerCounts())
    return Counts(*imported, 0, sum(imported))


def size(path: Path) -> int:
    """Bytes of a file and of its log that is not yet in it."""
    files = (path, path.with_name(f"{path.name}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def counted(counts: Counts) -> dict[str, int]:
    """Counters by the names of the contract."""
    return {
        "received": counts.received,
        "stored": counts.stored,
        "filtered": counts.filtered,
        "quarantined": counts.quarantined,
        "in_flight": counts.in_flight,
    }


def document(owner: str, code: str, severity: str, text: str, since: str | None) -> Document:
    """One finding; its title is a key of the texts, its words are those of who found it."""
    key, _, thing = code.partition("/")
    return {
        "id": f"{owner}/{code}",
        "severity": severity,
        "title": f"finding.{key.replace(' ', '_')}",
        "params": {"text": text, "owner": owner, "thing": thing},
        "source": owner,
        "since": since,
    }

"""What the health page shows: who runs, what became of every row, what a person should do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from edge.again import Recounted
from edge.clock import Clock, boot_id
from edge.config.loader import Loaded
from edge.intake.commit import Intake
from edge.intake.parcels import Counts
from edge.ledger import Gap
from edge.moment import SECOND_NS, rfc3339
from edge.service import findings
from edge.service.desk import Desk
from edge.service.facts import IMPORT, Facts, facts, imported_rows
from edge.service.feed import SinkCursor
from edge.service.timing import doubt
from edge.status import State, Status
from edge.stores import Stores
from edge.trust import Guard, Why

Document = dict[str, object]
COLLECTING = {State.RUNNING, State.STARTING}
NOTHING_STORED = {"finding.full", "finding.unwritable"}


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
    damaged: Callable[[], Mapping[str, str]] = dict  # parts that cannot be read, and why
    viewers: Callable[[], int] = lambda: 0
    losses: Mapping[str, str] = field(default_factory=dict)  # what each source may lose, a text key
    importing: Callable[[], Document | None] = lambda: None  # an import that runs beside us

    async def document(self) -> Document:
        """The answer of `/health`."""
        now_ns = self.clock.wall_ns()
        sinks = [setup.id for setup in self.loaded.sinks]
        kept = await self.stores.ask(lambda stores: facts(stores, now_ns, sinks))
        return {
            "status": self.verdict(),
            "site": {"id": self.loaded.site.id, "name": self.loaded.site.name},
            "version": self.version,
            "commit_s": self.loaded.commit_every_ms / 1000,
            "as_of": self._time(now_ns),
            "clock": {**self._clock(), "held_rows": kept.held},
            "sources": [self._source(*one) for one in self.counts(kept.imported).items()],
            "journal": kept.journal,
            "archive": {**kept.archive, "damaged": sorted(self.damaged())},
            "disk": kept.disk,
            "sinks": [self._sink(setup.id, setup.kind, kept) for setup in self.loaded.sinks],
            "gaps": [self._gap(gap) for gap in kept.gaps],
            "viewers": self.viewers(),
            "findings": self.findings(),
        }

    async def accounting(self) -> Document:
        """The answer of `/accounting`: each source's counters, and whether they agree."""
        imported = await self.stores.ask(imported_rows)
        return {
            "as_of": self._time(self.clock.wall_ns()),
            "sources": [
                {"id": name, **counted(counts), "balanced": counts.balanced}
                for name, counts in self.counts(imported).items()
            ],
        }

    def counts(self, imported: Counts | None = None) -> dict[str, Counts]:
        """What became of the rows of every source: as configured, then former ones, then files."""
        counts = self.intake.accounting()
        counts.pop(IMPORT, None)
        ours = [setup.id for setup in self.loaded.sources if setup.id in counts]
        counts = {name: counts[name] for name in dict.fromkeys([*ours, *counts])}
        return counts | ({IMPORT: imported} if imported and imported.received else {})

    def verdict(self) -> str:
        """`ok`, `degraded` where something needs a look, `failing` where nobody collects.

        A disk that takes nothing is the latter: every source waits for it.
        """
        found = self.findings()
        titles = {one["title"] for one in found}
        states = {self.status.of(setup.id).state for setup in self.loaded.sources}
        if (states and not states & COLLECTING) or titles & NOTHING_STORED:
            return "failing"
        return "degraded" if found else "ok"

    def findings(self) -> list[Document]:
        """What a person should know of."""
        configured = {source.id for source in self.loaded.sources}
        configured |= {sink.id for sink in self.loaded.sinks}
        found = [*findings.findings(self.status, configured, self.damaged(), self._time)]
        if self.clock.trusted():
            return found
        return [*found, findings.of_clock(doubt(self._why(), self.clock.wall_ns()))]

    def sources(self) -> list[Document]:
        """Every source's state, for the frames."""
        return [
            {"id": source.id, "state": self.status.of(source.id).state.value}
            for source in self.loaded.sources
        ]

    def metrics(self) -> bytes:
        """The answer of `/metrics`."""
        from edge.service.metrics import Metrics  # noqa: PLC0415 - 3 MB that few need

        return Metrics(
            counts=self.counts(),
            confirmed={name: cursor.confirmed_rows for name, cursor in self.cursors.items()},
            status=self.status,
            findings=len(self.findings()),
            viewers=self.viewers(),
            newest_block=self.intake.newest_block,
        ).text()

    def _source(self, name: str, counts: Counts) -> Document:
        kinds = {setup.id: setup.kind for setup in self.loaded.sources}
        state, message, _ = self.status.of(name)
        last_ns, ahead_ns = self.status.last_sample_ns.get(name), self.status.ahead_ns.get(name)
        return {
            "id": name,
            "kind": kinds.get(name, IMPORT if name == IMPORT else "removed"),
            "state": state.value if name in kinds else "ended",
            "message": message,
            "loss": self.losses.get(name, kinds.get(name, IMPORT)),
            **counted(counts),
            "last_sample": None if last_ns is None else self._time(last_ns),
            "ahead_s": None if ahead_ns is None else round(ahead_ns / SECOND_NS, 3),
        }

    def _sink(self, name: str, kind: str, kept: Facts) -> Document:
        state, message, _ = self.status.of(name)
        return {
            "id": name,
            "kind": kind,
            "state": state.value,
            "message": message,
            "lag_rows": kept.behind[name],
            "confirmed_rows": kept.cursors[name].rows,
            "recount": self._recount(kept.recounted[name]),
        }

    def _recount(self, found: Recounted) -> Document | None:
        """What was found when a sink was last asked what it holds; None before the first time."""
        if not found.at_ns:
            return None
        return {
            "at": self._time(found.at_ns),
            "through": self._time(found.through_ns),
            "points": found.points,
            "missing": found.missing,
            "rewritten": found.rewritten,
        }

    def _clock(self) -> Document:
        """What the clock is worth, and why."""
        return {
            "trusted": self.clock.trusted(),
            "why": self._why().value,
            "boot_id": boot_id(),
        }

    def _why(self) -> Why:
        if isinstance(self.clock, Guard):
            return self.clock.why
        return Why.PLAUSIBLE if self.clock.trusted() else Why.BEFORE_BUILD

    def _gap(self, gap: Gap) -> Document:
        return {
            "source": gap.source,
            "reason": gap.reason,
            "from": self._time(gap.from_ns),
            "to": self._time(gap.to_ns),
        }

    def _time(self, at_ns: int) -> str:
        return rfc3339(at_ns, ZoneInfo(self.loaded.site.timezone))


def counted(counts: Counts) -> dict[str, int]:
    """Counters by the names of the contract."""
    return {
        "received": counts.received,
        "stored": counts.stored,
        "filtered": counts.filtered,
        "quarantined": counts.quarantined,
        "in_flight": counts.in_flight,
    }

"""Rows that came while the clock was not to be believed: kept as they came, dated once it is.

What always holds:
1. No row gets a time that our own clock has told while it was not believed.
2. Rows of this boot are dated by the time that passed since it began, exactly.
3. Of rows of another boot nobody knows when they came. They keep their values and the source's own
   time; without one they are filed behind the last time that was known, with a status that says
   that this is no time, and a gap names the stretch in which they lie.
4. What waits goes before what comes, so that each source's rows keep their order.
"""

from collections.abc import Iterator
from typing import Any

from edge.clock import OLDEST_CREDIBLE_NS
from edge.held import Kept
from edge.intake.dating import Dating, adrift, dated
from edge.intake.lateness import Judge, unmarked
from edge.intake.parcels import Parcel
from edge.journal import Journal
from edge.ledger import Ledger
from edge.model import Batch
from edge.packing import pack, unpack

SERVICE = "service"  # in the ledger of gaps
UNDATED = "came before the clock was set"
DAMAGED = "rows that waited for the clock are damaged"
BLOCKS = 100  # dated in one transaction


class Holding:
    """What waits, and how it becomes blocks; inside the writer's transaction."""

    def __init__(self, journal: Journal, ledger: Ledger, judge: Judge) -> None:
        self._journal, self._ledger, self._held = journal, ledger, ledger.held
        self._judge = judge

    def keep(self, parcels: list[Parcel], batch: Batch, dating: Dating) -> None:
        """Have rows wait, with all that their sources told meanwhile."""
        mine = [parcel for parcel in parcels if parcel.is_undated]
        if mine:
            aside = {
                "known_ns": self._ledger.last_life() or OLDEST_CREDIBLE_NS,
                "sources": [parcel.source for parcel in mine],
                "life": [[parcel.source, *span] for parcel in mine for span in parcel.undated_life],
                "gaps": [[parcel.source, *gap] for parcel in mine for gap in parcel.undated_gaps],
            }
            self._held.put(dating.boot, len(batch), pack(batch), aside)

    def waiting(self) -> Iterator[Batch]:
        """All rows that wait, in their order; many commits at a time, for there may be days."""
        for some in self._held.together():
            if bodies := [one.body for one in some if one.aside is not None]:
                yield unpack(*bodies)

    def settle(self, dating: Dating) -> None:
        """Date the next of what waits, as blocks, once the clock is believed."""
        for one in self._held.first(BLOCKS) if dating.is_trusted else []:
            if one.aside is None:
                known_ns = self._ledger.last_life(dating.wall_ns) or dating.wall_ns
                self._ledger.gap(SERVICE, DAMAGED, known_ns, dating.wall_ns)
            else:
                settled = self._dated if one.boot == dating.boot else self._adrift
                batch = settled(one, one.aside, dating)
                if len(batch):
                    self._journal.append(batch)
            self._held.drop(one.n)

    def _dated(self, one: Kept, aside: dict[str, Any], dating: Dating) -> Batch:
        offset_ns = dating.offset_ns
        for source, from_ns, to_ns in aside["life"]:
            self._ledger.alive(source, from_ns + offset_ns, to_ns + offset_ns)
        for source, reason, *ends in aside["gaps"]:
            from_ns, to_ns = (at_ns + offset_ns * is_ours for at_ns, is_ours in ends)
            self._ledger.gap(source, reason, min(from_ns, to_ns), to_ns)
        return self._judge.judged(dated(unpack(one.body), offset_ns))[0]

    def _adrift(self, one: Kept, aside: dict[str, Any], dating: Dating) -> Batch:
        known_ns, now_ns = aside["known_ns"], dating.wall_ns
        if known_ns > now_ns:  # by a clock that ran ahead
            known_ns = self._ledger.last_life(now_ns) or OLDEST_CREDIBLE_NS
        for source in aside["sources"]:
            told = self._ledger.gaps(known_ns, known_ns + 1, source)
            if not any(gap[1:3] == (UNDATED, known_ns) for gap in told):
                self._ledger.gap(source, UNDATED, known_ns, now_ns)
        for source, reason, (from_ns, from_ours), (to_ns, to_ours) in aside["gaps"]:
            begins_ns = known_ns if from_ours else from_ns
            self._ledger.gap(source, reason, begins_ns, now_ns if to_ours else to_ns)
        return unmarked(adrift(unpack(one.body), known_ns, now_ns))

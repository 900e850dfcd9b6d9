"""The time in which no service ran: nobody can know what happened then."""

from typing import Any

from edge.clock import OLDEST_CREDIBLE_NS
from edge.errors import JournalFull
from edge.intake.dating import Dating
from edge.intake.parcels import Gap
from edge.model import SECOND_NS, Batch
from edge.packing import pack
from edge.stores import Stores

SERVICE, ABSENT = "service", "service was not running"  # in the ledger of gaps
SHORT_NS = 5 * SECOND_NS  # a restart as quick as this leaves nothing to explain


def name_absence(stores: Stores, dating: Dating) -> tuple[tuple[str, Gap], ...]:
    """Write down the time in which no service ran, from the last proof of life of any source.

    While the clock is not believed, that waits as rows do.

    Returns:
        What could not be written on a full disk: the first commit has to name it. Who dies before
        that finds the same last proof of life again.
    """
    if not dating.is_trusted or stores.ledger.held.waits():
        have_it_wait(stores, dating, stores.ledger.last_life())
        return ()
    last_ns = stores.ledger.last_life(dating.wall_ns)
    if last_ns is None or dating.wall_ns - last_ns <= SHORT_NS:
        return ()
    gap = Gap(ABSENT, last_ns, dating.wall_ns)
    try:
        with stores.journal.transaction():
            stores.ledger.gap(SERVICE, *gap)
    except JournalFull:
        return ((SERVICE, gap),)
    return ()


def have_it_wait(stores: Stores, dating: Dating, last_ns: int | None) -> None:
    """Keep the same, to be dated with the rows that wait: from the last life of this boot, if any.

    On a full disk it stays unnamed; the time before the first row is without data all the same.
    """
    held = stores.ledger.held
    told = [one.aside for one in held.all() if one.boot == dating.boot]
    lived = [span[2] for aside in told if aside is not None for span in aside["life"]]
    since = (max(lived), True) if lived else (last_ns, False)
    if since[0] is None or (lived and dating.since_boot_ns - max(lived) <= SHORT_NS):
        return
    gap = [SERVICE, ABSENT, since, (dating.since_boot_ns, True)]
    aside: dict[str, Any] = {"known_ns": last_ns or OLDEST_CREDIBLE_NS, "sources": [], "life": []}
    try:
        with stores.journal.transaction():
            held.put(dating.boot, 0, pack(Batch.of([])), {**aside, "gaps": [gap]})
    except JournalFull:
        return

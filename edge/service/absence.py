"""The time in which no service ran: nobody can know what happened then."""

from edge.errors import JournalFull
from edge.intake.parcels import Gap
from edge.model import SECOND_NS
from edge.stores import Stores

SERVICE, ABSENT = "service", "service was not running"  # in the ledger of gaps
SHORT_NS = 5 * SECOND_NS  # a restart as quick as this leaves nothing to explain


def name_absence(stores: Stores, now_ns: int) -> tuple[tuple[str, Gap], ...]:
    """Write down the time in which no service ran, from the last proof of life of any source.

    Returns:
        What could not be written on a full disk: the first commit has to name it. Who dies before
        that finds the same last proof of life again.
    """
    last_ns = stores.ledger.last_life()
    if last_ns is None or now_ns - last_ns <= SHORT_NS:
        return ()
    gap = Gap(ABSENT, last_ns, now_ns)
    try:
        with stores.journal.transaction():
            stores.ledger.gap(SERVICE, *gap)
    except JournalFull:
        return ((SERVICE, gap),)
    return ()

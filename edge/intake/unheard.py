"""Sources that nobody has heard since a damaged journal lost rows of theirs.

Such a source has no key any more and begins anew: what it told until then is lost as well, so the
gap that mending wrote goes on until the source is heard.
"""

from edge.ledger import Gap, Ledger

DAMAGED = "journal damaged"  # how the reasons of such gaps begin
FOREVER_NS = (1 << 63) - 1


def unheard(ledger: Ledger) -> dict[str, Gap]:
    """The last such gap of every source that has not been heard since."""
    keys = ledger.keys()
    damage = [gap for gap in ledger.gaps(0, FOREVER_NS) if gap.reason.startswith(DAMAGED)]
    last = {gap.source: gap for gap in sorted(damage, key=lambda gap: gap.to_ns)}
    return {
        source: gap
        for source, gap in last.items()
        if source not in keys and not len(ledger.life(source, gap.to_ns + 1, FOREVER_NS))
    }

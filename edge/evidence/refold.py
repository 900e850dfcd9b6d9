"""The element rows of some lines computed anew from samples alone, day by day, oldest first.

It is the service's own fold, over tables of its own. What it needs besides samples: how long each
machine is known to have lived.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from edge.engine.folding.fold import Fold
from edge.engine.folding.planning import FOLLOWS
from edge.engine.view import Explained, PlanCut
from edge.evidence.instant import Instant
from edge.facts import Fact
from edge.model import DAY_NS, Reader
from edge.records import facts, progress
from edge.records.database import Records
from edge.records.progress import Life
from edge.site import Site


class Scope(NamedTuple):
    """What is computed."""

    site: Site  # with the lines that are wanted and no other
    lives: Mapping[tuple[str, str], Life]  # of their machines, by line and machine
    first_ns: int  # begin of the first UTC day
    end_ns: int  # end of the last
    at_ns: int  # the instant of the state
    facts: tuple[Fact, ...] = ()  # what people and files told of these days
    plan_cuts: tuple[PlanCut, ...] = ()  # days whose planned time was cut afterwards
    explained: tuple[Explained, ...] = ()  # stops that people gave reasons for

    @property
    def days(self) -> range:
        """When each day begins."""
        return range(self.first_ns, self.end_ns, DAY_NS)


def refold(
    scope: Scope, reader: Reader, records: Records, progress_to: Callable[[float], None]
) -> None:
    """Fill an empty element table; tells the share that is done.

    The day before the first has no anchor; a fold that begins without one looks an hour back.
    """
    fold = Fold(scope.site, reader, records, Instant(scope.at_ns))
    with records.writing() as db:
        progress.put_lives(db, scope.lives)
        facts.tell(db, facts.judged(db, scope.facts, scope.at_ns))
    for nth, day_ns in enumerate(scope.days, 1):
        with records.writing() as db:
            marks = [(line.id, day_ns, day_ns + DAY_NS - 1) for line in scope.site.lines]
            progress.add_marks(db, marks, FOLLOWS)
        while fold.waits():
            fold.fold()
        progress_to(nth / len(scope.days))

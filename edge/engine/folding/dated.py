"""What holds of a site: its configuration with the entries of the dated tables laid over it.

Both speak at equal rank: whatever begins last holds, and of two that begin on one day the entry.
Everything that asks what held at some time asks the site that is made here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from edge.entries import (
    KINDS,
    CycleEntry,
    DayEntry,
    DemandEntry,
    Entry,
    PeakEntry,
    PriceEntry,
    ReasonEntry,
    TariffEntry,
    WeekEntry,
)
from edge.records import entries as kept
from edge.records.database import Records, Transaction
from edge.records.entries import Written
from edge.site import Dated, Line, Machine, Site

NEVER = date.min


@dataclass(slots=True)
class Tables:
    """The configuration of a site, and the site that holds now; one for each thread."""

    configured: Site
    site: Site
    edition: int = -1

    @classmethod
    def over(cls, configured: Site) -> "Tables":
        """Nobody has looked at the entries yet."""
        return cls(configured, configured)

    def refresh(self, db: Transaction) -> bool:
        """Look at the entries again; whether the site is another one now."""
        edition = kept.edition(db)
        if edition == self.edition:
            return False
        before, self.edition = self.site, edition
        self.site = laid_over(self.configured, kept.holding(db))
        return self.site is not before


def held_site(configured: Site, records: Records, lines: Iterable[str]) -> Site:
    """The site that holds now, with some of its lines."""
    wanted = set(lines)
    with records.reading() as db:
        site = laid_over(configured, kept.holding(db))
    return replace(site, lines=tuple(line for line in site.lines if line.id in wanted))


def laid_over(site: Site, written: Iterable[Written]) -> Site:
    """A site with entries over its configuration; the same one where there are none."""
    found = [entry_of(one) for one in written]
    if not found:
        return site
    prices = sorted(
        (*site.prices, *(each.price() for each in found if isinstance(each, PriceEntry))),
        key=lambda price: price.valid_from,
    )
    tariffs = sorted(
        (*site.tariffs, *(each.tariff() for each in found if isinstance(each, TariffEntry))),
        key=lambda tariff: tariff.valid_from,
    )
    demands = [each.demand() for each in found if isinstance(each, DemandEntry)]
    peaks = [each.peak() for each in found if isinstance(each, PeakEntry)]
    reasons = [each.reason() for each in found if isinstance(each, ReasonEntry)]
    return replace(
        site,
        lines=tuple(line_over(line, found) for line in site.lines),
        prices=tuple(prices),
        tariffs=tuple(tariffs),
        reasons=(*site.reasons, *reasons),
        demands=tuple(sorted((*site.demands, *demands), key=lambda each: each.valid_from)),
        peaks=(*site.peaks, *peaks),
    )


def line_over(line: Line, found: list[Entry]) -> Line:
    """A line with its entries; one that no longer exists has none that count."""
    cycles = [e for e in found if isinstance(e, CycleEntry) and e.line == line.id]
    days = [e.site_day() for e in found if isinstance(e, DayEntry) and e.line == line.id]
    weeks = [e.week() for e in found if isinstance(e, WeekEntry) and e.line == line.id]
    if not (cycles or days or weeks):
        return line
    return replace(
        line,
        machines=tuple(machine_over(machine, cycles) for machine in line.machines),
        days=latest((*line.days, *days), lambda each: each.day),
        weeks=latest((*line.weeks, *weeks), lambda each: each.valid_from),
    )


def machine_over(machine: Machine, cycles: list[CycleEntry]) -> Machine:
    """A machine with its ideal cycles."""
    found = dict(machine.ideal_cycle_s)
    for each in cycles:
        if each.machine == machine.id:
            more = Dated(each.value, each.valid_from)
            dated = (*found.get(each.product, ()), more)
            found[each.product] = latest(dated, lambda one: one.valid_from or NEVER)
    return replace(machine, ideal_cycle_s=found)


def latest(values: Iterable[Any], day_of: Callable[[Any], date]) -> tuple[Any, ...]:
    """Dated values by their day; of two of one day the later one in the list."""
    by_day = {day_of(value): value for value in values}
    return tuple(by_day[day] for day in sorted(by_day))


def entry_of(written: Written) -> Entry:
    """What a version says."""
    return KINDS[written.kind].model_validate(written.body)

"""The demand charge of a period as people read it, with everything that stands against it."""

from collections.abc import Sequence
from typing import Any

from edge.cli.layout import columns, section, terms
from edge.cli.output import percentage
from edge.cli.printing import WORDS, amount, clock
from edge.text.catalogue import text

Document = dict[str, Any]  # JSON
MONTH = ("month", "billing demand", "given by", "per kW and month", "charge")
PEAK = ("month", "peak", "origin", "quarter hours unknown", "why at least")


def say_demand(found: Document | None) -> None:
    """Print it; nothing where the site has no demand charge."""
    if found is None:
        return
    whole = at_least(found["charge_krw"], "KRW", found["at_least"])
    own = at_least(found["own_krw"], "KRW", found["at_least"])
    piece = at_least(found["per_good_piece_krw"], "KRW", found["at_least"])
    shares = [
        (text(WORDS, "demand.charge"), whole),
        (text(WORDS, "demand.energy_share"), percentage(found["energy_share"])),
        (text(WORDS, "demand.own"), own),
        (text(WORDS, "demand.per_good_piece"), piece),
    ]
    section(text(WORDS, "demand.title"), terms(shares))
    rows = [month(one) for one in found["months"]]
    section(text(WORDS, "demand.kw"), columns(MONTH, rows, right=(MONTH[1], *MONTH[3:])))
    peaks = {one["month"]: one for month in found["months"] for one in month["peaks"]}
    told = [peak(*ends) for ends in runs([peaks[name] for name in sorted(peaks)])]
    section(text(WORDS, "demand.peaks"), columns(PEAK, told, right=PEAK[1:2]))


def at_least(value: float | None, unit: str, is_least: object) -> str:
    """A figure, said to be the least where something of it is not known."""
    told = amount(value, unit)
    return text(WORDS, "demand.at_least", value=told) if is_least and value is not None else told


def month(one: Document) -> list[object]:
    """What one month, or a part of it, is charged for."""
    given = reasons(one["because"])
    if one["kw"] is not None:
        floor = text(WORDS, "demand.floor", kw=amount(one["floor_kw"], "kW"))
        of = one["of_month"]
        given = text(WORDS, "demand.peak_of", month=of) if of else floor
    rate = None if one["rate"] is None else amount(one["rate"], "KRW")
    kw = at_least(one["kw"], "kW", one["at_least"])
    return [one["month"], kw, given, rate, at_least(one["charge_krw"], "KRW", one["at_least"])]


def runs(peaks: Sequence[Document]) -> list[tuple[Document, str]]:
    """The months with the last one of each: those unknown alike one after the other are one."""
    found: list[tuple[Document, str]] = []
    for one in peaks:
        if found and follows(*found[-1], one):
            found[-1] = (found[-1][0], one["month"])
        else:
            found.append((one, one["month"]))
    return found


def follows(first: Document, last: str, one: Document) -> bool:
    """Whether a month is the next, and nothing is known of it for the reasons of the first."""
    year, of_year = map(int, last.split("-"))
    following = f"{year + of_year // 12}-{of_year % 12 + 1:02}"
    unknown = all(each["kw"] is None and not each["unknown_quarters"] for each in (first, one))
    return unknown and following == one["month"] and first["because"] == one["because"]


def peak(one: Document, last: str) -> list[object]:
    """The peak of one month, or of all to the last: whose it is, and what is not known of it."""
    name = last
    if last != one["month"]:
        name = text(WORDS, "targets.period", **{"from": one["month"], "to": last})
    kw = at_least(one["kw"], "kW", one["at_least"])
    return [name, kw, origin(one), one["unknown_quarters"], reasons(one["because"])]


def origin(one: Document) -> str | None:
    """Where a peak is from; beside one of a bill stands what our meters saw."""
    if one["origin"] == "measured" and one["measured_at"] is None:
        return text(WORDS, "demand.origin.no_power")
    if one["origin"] == "measured":
        return text(WORDS, "demand.origin.measured", at=clock(one["measured_at"]))
    if one["origin"] is None:
        return None
    said = text(WORDS, "demand.origin.bill")
    if one["measured_kw"] is None:
        return said
    beside = text(WORDS, "demand.measured_beside", kw=amount(one["measured_kw"], "kW"))
    return f"{said}; {beside}"


def reasons(codes: Sequence[str]) -> str:
    """Why a figure is the least that it can be."""
    return "; ".join(text(WORDS, f"demand.because.{code}") for code in codes)

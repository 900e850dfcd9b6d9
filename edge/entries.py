"""What is entered in the dated tables: prices, tariffs, ideal cycles, calendars and reasons.

An entry says from which day on it holds. It stands in the configuration or in the records, at equal
rank; where both speak of the same thing from the same day, the one in the records holds.
"""

from datetime import date
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, Field, model_validator

from edge.site import Dated, Day, Demand, Peak, Price, Reason, Shift, Tariff, Week

TIME_PATTERN = r"^([01]\d|2[0-3]):[0-5]\d$"
DAYS_PATTERN = (
    r"^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?"
    r"(,(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?)*$"
)
ID_PATTERN = r"^[a-z0-9][a-z0-9_-]*$"
PRICE_PATTERN = r"^[A-Z]{3}/.+$"
MONTH_PATTERN = r"^(19[7-9]\d|20\d\d)-(0[1-9]|1[0-2])$"
TARIFF_PATTERN = r"^[A-Z]{3}/kW\.h$"
LONGEST = 120
LocalTime = Annotated[str, Field(pattern=TIME_PATTERN, description="HH:MM, quoted")]
Word = Annotated[str, Field(min_length=1, max_length=LONGEST)]
Month = Annotated[int, Field(ge=1, le=12)]
Rate = Annotated[float, Field(ge=0, allow_inf_nan=False)]
SEASONS = ("summer", "spring_autumn", "winter")  # as `kpi.tariff.Season` counts them
BANDS = ("off_peak", "mid", "peak")
PRICES, CYCLES, CALENDARS, REASONS = "prices", "cycles", "calendars", "reasons"


class Keys(BaseModel, frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False):
    """A mapping of the file or of a request: no key but those below, and no endless number."""


class DatedPlanKeys(Keys):
    """A plan and the local day from which it holds."""

    value: int = Field(gt=0, description="good pieces of the shift")
    valid_from: date = Field(description="local day")


class ShiftKeys(Keys):
    """A shift by the clock on the wall."""

    name: str = Field(description="as people call it", max_length=LONGEST)
    start: LocalTime = Field(description="local time")
    end: LocalTime = Field(description="local time; not after start means the next day")
    days: str = Field(default="mon-sun", pattern=DAYS_PATTERN, description="of the start")
    breaks: list[tuple[LocalTime, LocalTime]] = Field(default=[], description="planned stops")
    plan: Annotated[int, Field(gt=0)] | list[DatedPlanKeys] | None = Field(
        default=None, description="good pieces this shift should make, or a dated list"
    )

    def shift(self) -> Shift:
        """As the site has it; a plan that is a number holds since ever, a list from day to day."""
        begin = self.name, self.start, self.end, self.days, tuple(self.breaks)
        if isinstance(self.plan, list):
            plans = sorted(self.plan, key=lambda entry: entry.valid_from)
            return Shift(*begin, plans=tuple(Dated(p.value, p.valid_from) for p in plans))
        return Shift(*begin, self.plan)


class DayKeys(Keys):
    """A production day that is not as its week is: a holiday, overtime, or work on a Sunday."""

    day: date = Field(description="production day")
    closed: bool = Field(default=False, description="true: none of the usual shifts")
    shifts: list[ShiftKeys] = Field(default=[], description="besides; their `days` mean nothing")

    def site_day(self) -> Day:
        """As the site has it."""
        return Day(self.day, self.closed, tuple(each.shift() for each in self.shifts))


class WeekKeys(Keys):
    """The shifts of a line from a production day on, in place of those before."""

    valid_from: date = Field(description="production day")
    shifts: list[ShiftKeys] = Field(description="planned time; none: nothing is planned")

    def week(self) -> Week:
        """As the site has it."""
        return Week(self.valid_from, tuple(each.shift() for each in self.shifts))


class Entry(Keys):
    """What all entries share."""

    table: ClassVar[str]
    kind: ClassVar[str]

    @property
    def subject(self) -> str:
        """What it speaks of; whoever speaks of the same corrects it."""
        raise NotImplementedError

    @property
    def line_id(self) -> str | None:
        """The line whose rows may change; None = no rows do."""
        return None


class Spanned(Entry):
    """An entry that may end."""

    valid_from: date = Field(description="local day")
    valid_to: date | None = Field(default=None, description="local day, not included")

    @model_validator(mode="after")
    def _ends_later(self) -> Self:
        """An entry that holds at no time would be believed to hold."""
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError(
                f"valid_to is {self.valid_to}, not after valid_from; write a later day"
            )
        return self


class PriceEntry(Spanned):
    """What one unit of an item costs; of an item that is a currency, its rate of exchange."""

    table, kind = PRICES, "price"
    item: Word = Field(description="electricity, the `material` of a signal, or a currency: USD")
    value: Rate = Field(description="in `unit`")
    unit: str = Field(pattern=PRICE_PATTERN, max_length=LONGEST, description="such as KRW/kW.h")

    @property
    def subject(self) -> str:
        """Price of an item from a day on."""
        return f"price {self.item} {self.valid_from}"

    def price(self) -> Price:
        """As the site has it."""
        return Price(self.item, self.value, self.unit, self.valid_from, self.valid_to)


class TariffEntry(Spanned):
    """What electricity costs by season and band of the hour, in Korea's industrial tariffs."""

    table, kind = PRICES, "tariff"
    item: Literal["electricity"] = Field(default="electricity", description="what it prices")
    contract: Literal["industrial-eul", "industrial-gap2"] = Field(description="whose bands")
    rates: dict[Literal["summer", "spring_autumn", "winter"], dict[str, Rate]] = Field(
        description="season -> band (off_peak, mid, peak) -> rate"
    )
    unit: str = Field(default="KRW/kW.h", pattern=TARIFF_PATTERN, description="of the rates")
    holidays: list[date] = Field(default=[], description="tariff holidays, off peak all day")
    deferred_until: date | None = Field(default=None, description="last day of the old hours")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """A band without a rate would be an hour without a price."""
        if set(self.rates) != set(SEASONS) or any(
            set(r) != set(BANDS) for r in self.rates.values()
        ):
            seasons, bands = ", ".join(SEASONS), ", ".join(BANDS)
            raise ValueError(f"rates needs {seasons}, each with {bands}; write all nine")
        return self

    @property
    def subject(self) -> str:
        """Tariff from a day on."""
        return f"tariff {self.item} {self.valid_from}"

    def tariff(self) -> Tariff:
        """As the site has it."""
        rates = tuple(tuple(self.rates[season][band] for band in BANDS) for season in SEASONS)  # type: ignore[index] # the names of its keys
        span = self.valid_from, self.valid_to
        days = tuple(self.holidays), self.deferred_until
        return Tariff(self.item, self.contract, rates, self.unit, *span, *days)


class DemandEntry(Spanned):
    """What a kW of the greatest power costs a month, and which months count."""

    table, kind = PRICES, "demand"
    rate: Rate = Field(description="KRW per kW and month")
    contract_kw: float = Field(gt=0, allow_inf_nan=False, description="contract power, kW")
    months: list[Month] = Field(description="their peaks count for a year: [12, 1, 2, 7, 8, 9]")
    floor: float = Field(default=0.3, ge=0, le=1, description="of the contract power at least")
    meter: list[Word] = Field(default=[], description="paths of signals; none: all energy meters")

    @property
    def subject(self) -> str:
        """Demand charge from a day on."""
        return f"demand {self.valid_from}"

    def demand(self) -> Demand:
        """As the site has it."""
        power, span = (self.rate, self.contract_kw, self.floor), (self.valid_from, self.valid_to)
        return Demand(*power, tuple(self.months), tuple(self.meter), *span)


class PeakEntry(Entry):
    """The greatest power of a month as it stands on the electricity company's bill."""

    table, kind = PRICES, "peak"
    month: str = Field(pattern=MONTH_PATTERN, description="YYYY-MM")
    value: Rate = Field(description="kW, mean of the greatest quarter hour")

    @property
    def subject(self) -> str:
        """Peak of a month."""
        return f"peak {self.month}"

    def peak(self) -> Peak:
        """As the site has it."""
        return Peak(date.fromisoformat(f"{self.month}-01"), self.value)


class CycleEntry(Entry):
    """Ideal seconds per piece of a product on one machine from a day on."""

    table, kind = CYCLES, "cycle"
    line: Word = Field(description="id of the line")
    machine: Word = Field(description="id of the machine")
    product: Word = Field(description="product")
    value: float = Field(gt=0, allow_inf_nan=False, description="seconds per piece")
    valid_from: date = Field(description="local day")

    @property
    def subject(self) -> str:
        """Cycle of a product on a machine from a day on."""
        return f"cycle {self.line} {self.machine} {self.product} {self.valid_from}"

    @property
    def line_id(self) -> str | None:
        """Its line."""
        return self.line


class DayEntry(Entry, DayKeys):
    """A production day of a line that is not as its week is."""

    table, kind = CALENDARS, "day"
    line: Word = Field(description="id of the line")

    @property
    def subject(self) -> str:
        """One day of one line."""
        return f"day {self.line} {self.day}"

    @property
    def line_id(self) -> str | None:
        """Its line."""
        return self.line


class WeekEntry(Entry, WeekKeys):
    """The shifts of a line from a production day on."""

    table, kind = CALENDARS, "week"
    line: Word = Field(description="id of the line")

    @property
    def subject(self) -> str:
        """The week of one line from a day on."""
        return f"week {self.line} {self.valid_from}"

    @property
    def line_id(self) -> str | None:
        """Its line."""
        return self.line


class ReasonEntry(Spanned):
    """A reason for stops that people may choose."""

    table, kind = REASONS, "reason"
    id: str = Field(pattern=ID_PATTERN, max_length=40, description="as files and answers name it")
    ko: Word = Field(description="Korean word")
    en: Word = Field(description="English word")
    vi: Word = Field(description="Vietnamese word")
    line: Word | None = Field(default=None, description="id of a line; null: of all lines")
    valid_from: date = Field(default=date(1970, 1, 1), description="local day")
    offered: bool = Field(default=True, description="false: no longer to be chosen from this day")

    @property
    def subject(self) -> str:
        """A reason from a day on."""
        return f"reason {self.line or '*'} {self.id} {self.valid_from}"

    def reason(self) -> Reason:
        """As the site has it."""
        words, span = (self.ko, self.en, self.vi), (self.valid_from, self.valid_to)
        return Reason(self.id, *words, self.line, *span, self.offered)


PRICED = PriceEntry, TariffEntry, DemandEntry, PeakEntry
KINDS: dict[str, type[Entry]] = {
    each.kind: each for each in (*PRICED, CycleEntry, DayEntry, WeekEntry, ReasonEntry)
}
TABLES: dict[str, tuple[str, ...]] = {
    PRICES: ("price", "tariff", "demand", "peak"),
    CYCLES: ("cycle",),
    CALENDARS: ("day", "week"),
    REASONS: ("reason",),
}

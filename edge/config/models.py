"""The keys of `lineproof.yaml`, what they may hold and what they mean.

Unknown keys are errors and defaults are checked, so that a misspelt key never passes in silence.
`docs/configuration.md` is made of these descriptions.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator
from pydantic_core import PydanticCustomError

from edge.entries import (
    DAYS_PATTERN,
    PRICE_PATTERN,
    TARIFF_PATTERN,
    TIME_PATTERN,
    DayKeys,
    DemandEntry,
    Keys,
    LocalTime,
    PeakEntry,
    ReasonEntry,
    ShiftKeys,
    TariffEntry,
    WeekKeys,
)
from edge.site import Kind

ID_PATTERN = r"^[a-z0-9][a-z0-9-]*$"
LISTEN_PATTERN = r"^([^\s:\[\]]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}$"
NAME_PATTERN = r"^[a-z0-9][a-z0-9_-]*$"
PATTERNS = {  # in words, for whoever did not keep to one
    ID_PATTERN: "lower-case letters, digits and dashes",
    NAME_PATTERN: "lower-case letters, digits, dashes and underlines",
    TIME_PATTERN: 'a local time from "00:00" to "23:59", quoted',
    DAYS_PATTERN: "weekdays such as mon-fri or mon,wed,fri",
    LISTEN_PATTERN: "address:port such as 127.0.0.1:8000",
    PRICE_PATTERN: "currency per unit such as KRW/kW.h",
    TARIFF_PATTERN: "currency per kW.h, as KRW/kW.h",
}
YEAR_S = 366 * 86_400  # no time of a machine is longer, and instants stay in their range
LARGEST = 1e12  # units of a count or a currency: what is larger was not meant
Name = Annotated[str, Field(pattern=NAME_PATTERN, description="as an id, underlines allowed")]
Id = Annotated[str, Field(pattern=ID_PATTERN, description="lower-case letters, digits and dashes")]


def as_code(key: object) -> str:
    """A code of a state map as text; true and false are 1 and 0, as the collectors store them."""
    return str(int(key)) if isinstance(key, bool | int) else str(key)


Code = Annotated[str, BeforeValidator(as_code)]


class SiteKeys(Keys):
    """The factory."""

    id: Id = Field(description="first part of every signal path")
    name: str = Field(description="as people call it")
    timezone: str = Field(default="Asia/Seoul", description="IANA zone of shifts and pages")
    production_day_starts: LocalTime = Field(default="00:00", description="local time")


class SignalKeys(Keys):
    """What one signal means; the keys that say where it is read belong to its source."""

    source: str = Field(description="id of a source")
    kind: Kind = Field(default=Kind.GAUGE, description="counter, state, gauge or text")
    unit: str = Field(default="1", description="UCUM, such as {piece}, kW.h, Cel")
    map: dict[Code, str] = Field(default={}, description="code or word of a state -> its meaning")
    modulus: int | None = Field(
        default=None, gt=1, le=1 << 64, description="a counter starts over here"
    )
    reset_policy: Literal["never", "shift", "order", "power"] = Field(
        default="power", description="when a counter may start at 0 again"
    )
    max_rate: float | None = Field(
        default=None, gt=0, description="units per second; of pieces 1.5 / shortest ideal cycle"
    )
    material: str | None = Field(default=None, description="item whose usage this counter tells")
    scale: float = Field(
        default=1.0, ge=-LARGEST, le=LARGEST, description="units per count; slope of a gauge"
    )
    offset: float = Field(
        default=0.0, ge=-LARGEST, le=LARGEST, description="added to a gauge after scale"
    )
    debounce_s: float = Field(
        default=1.0, ge=0, le=YEAR_S, description="a shorter state is none, s"
    )
    max_split_gap_s: float | None = Field(
        default=None,
        gt=0,
        le=YEAR_S,
        description="a longer silence splits no pieces over an end, s; 60 or more",
    )
    stale_after_s: float | None = Field(
        default=None, ge=1, le=YEAR_S, description="silence makes unknown, s; 10 to 30 by source"
    )


class SourceKeys(Keys):
    """What every source may say, whatever its kind."""

    late: bool = Field(
        default=False,
        description="true: the device keeps samples and sends them later, in any order (store and "
        "forward); false: a signal's time that goes back is that of a clock that was set",
    )
    window_days: float = Field(
        default=7.0,
        gt=0,
        le=3_650,
        description="samples that come later than so many days after their time are flagged, and "
        "count in no figure",
    )


class DatedKeys(Keys):
    """A value and the local day from which it holds."""

    value: float = Field(gt=0, le=YEAR_S, description="seconds per piece")
    valid_from: date = Field(description="local day")


class MachineKeys(Keys):
    """A machine of a line."""

    id: Id = Field(description="unique within its line")
    name: str | None = Field(default=None, description="as people call it; default its id")
    ideal_cycle_s: dict[str, Annotated[float, Field(gt=0, le=YEAR_S)] | list[DatedKeys]] = Field(
        default={}, description="product -> seconds per piece, or a dated list"
    )
    station: str | None = Field(default=None, description="machines of one station are parallel")
    exit: bool = Field(
        default=False, description="its counts are the line's; none so: the last station's"
    )
    micro_after_s: float | None = Field(
        default=None, gt=0, le=YEAR_S, description="shortest micro-stop, s"
    )
    stop_after_s: float = Field(
        default=300.0, gt=0, le=YEAR_S, description="a longer one is a stop, s"
    )
    signals: dict[Name, dict[str, object]] = Field(description="name -> what it means, where it is")


class LineKeys(Keys):
    """Machines in series, in the order of the flow."""

    id: Id = Field(description="unique within the site")
    name: str | None = Field(default=None, description="as people call it; default its id")
    shifts: list[ShiftKeys] = Field(default=[], description="planned time; without it none")
    machines: list[MachineKeys] = Field(min_length=1, description="in the order of the flow")
    closed: list[date] = Field(default=[], description="local days without work")
    weeks: list[WeekKeys] = Field(default=[], description="other shifts, each from a day on")
    days: list[DayKeys] = Field(default=[], description="single days: holidays, overtime")
    line_state: str | None = Field(default=None, description="a machine; default the exit")
    limits: dict[str, float] = Field(default={}, description="measure -> limit shown on pages")
    profile: Literal["mask", "plating", "kit"] | None = Field(default=None, description="sector")
    maturity_days: int = Field(
        default=14, ge=0, le=3660, description="until quality figures are mature"
    )


class PriceKeys(Keys):
    """What one unit of an item costs, from a day on."""

    item: str = Field(description="electricity, or the `material` of a signal")
    value: float = Field(ge=0, le=LARGEST, description="in `unit`")
    unit: str = Field(pattern=PRICE_PATTERN, description="currency per unit, KRW/kW.h")
    valid_from: date = Field(description="local day")
    valid_to: date | None = Field(default=None, description="local day, not included")


class ApiKeys(Keys):
    """Where the pages are served."""

    listen: str = Field(
        default="127.0.0.1:8000", pattern=LISTEN_PATTERN, description="address:port"
    )


class StorageKeys(Keys):
    """How samples are kept."""

    commit_every_ms: int = Field(default=1000, ge=10, le=10_000, description="group commit, ms")
    keep_days: int | None = Field(default=None, description="null or 0: everything is kept")
    data: str = Field(default="data", description="folder, relative to this file")

    @field_validator("keep_days")
    @classmethod
    def _kept(cls, days: int | None) -> int | None:
        """Nothing is ever deleted, so nobody is to believe that it is."""
        if days:
            raise PydanticCustomError(
                "keep_days", "a limit is not supported yet, everything is kept; remove keep_days"
            )
        return days


class FileKeys(Keys):
    """What the file has at its top."""

    site: SiteKeys = Field(description="the factory")
    sources: list[dict[str, object]] = Field(
        default=[], description="where signals come from; keys by kind"
    )
    sinks: list[dict[str, object]] = Field(
        default=[], description="where samples go besides; keys by kind"
    )
    lines: list[LineKeys] = Field(min_length=1, description="what is watched")
    prices: list[PriceKeys] = Field(default=[], description="prices and rates of exchange")
    tariffs: list[TariffEntry] = Field(default=[], description="prices of electricity by hour")
    demands: list[DemandEntry] = Field(default=[], description="what a kW of the peak costs")
    peaks: list[PeakEntry] = Field(default=[], description="peaks of the electricity bill by month")
    reasons: list[ReasonEntry] = Field(default=[], description="reasons for stops, besides ours")
    api: ApiKeys = Field(default=ApiKeys(), description="pages and HTTP interface")
    storage: StorageKeys = Field(default=StorageKeys(), description="journal and archive")

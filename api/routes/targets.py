"""Baselines and targets: what was promised against what, and what became of it."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.actor import ByDep
from api.rooms import Document, RoomsDep
from api.span import SpanDep
from edge.engine.verdicts import aims, targets
from edge.engine.verdicts.baselines import Wish, brief, freeze
from edge.engine.verdicts.preview import Question, preview
from edge.moment import interval, parse

router = APIRouter(tags=["targets"])


Id = Annotated[str, Field(max_length=64)]


class Freezing(BaseModel, frozen=True, extra="forbid"):
    """A period to be frozen, of what, and why."""

    line: str = Field(max_length=64, description="id of a line")
    machine: str | None = Field(default=None, max_length=64, description="id; null: the line")
    measure: str = Field(max_length=64, description="name of a measure")
    from_: str = Field(alias="from", max_length=40, description="RFC 3339, or a production day")
    to: str = Field(max_length=40, description="written alike; not included")
    name: str = Field(min_length=1, max_length=80, description="as people will call it")
    reason: str = Field(min_length=1, max_length=500, description="why this period")


class Promise(BaseModel, frozen=True, extra="forbid"):
    """How much better, and when: the fraction or the value, not both."""

    improve: float | None = Field(
        default=None, allow_inf_nan=False, description="fraction to the good side; 0.1 = 10 %"
    )
    value: float | None = Field(
        default=None, allow_inf_nan=False, description="or the value to reach, in the unit"
    )
    go_live: str = Field(max_length=40, description="RFC 3339, or a production day")
    due: date | None = Field(default=None, description="day by which it shall be reached")


class Intention(Promise, frozen=True):
    """A target of one line that somebody thinks of."""

    baseline: Id = Field(description="id; it says of which line and measure")


class Agreement(Promise, frozen=True):
    """A target that is agreed on, against frozen baselines; it never changes afterwards."""

    lines: list[Id] = Field(min_length=1, max_length=32, description="ids; one firm's outputs")
    machine: Id | None = Field(default=None, description="id; null: the line")
    measure: Id = Field(description="name of a measure")
    baselines: list[Id] = Field(
        min_length=1, max_length=32, description="ids, one for each line, in the same order"
    )
    from_: str | None = Field(
        default=None, alias="from", max_length=40, description="in place of go-live and black-out"
    )
    to: str | None = Field(default=None, max_length=40, description="written alike; not included")
    conditions: list[Annotated[str, Field(max_length=200)]] | None = Field(
        default=None, max_length=16, description="looked at beside the verdict; null: all usual"
    )


@router.get("/targets")
async def read_targets(rooms: RoomsDep) -> Document:
    """All targets with their four numbers, interval, coverage and verdict.

    Beside them those that were imported of other firms, and what all firms together reached.
    """
    own = await rooms.desk.ask(lambda engine: engine.targets())
    return {**own, **await rooms.firms.listed()}


@router.post("/targets", status_code=201)
async def agree_on_target(asked: Agreement, rooms: RoomsDep, by: ByDep) -> Document:
    """Agree on a target; the answer says how it stands by now."""
    wish = targets.Wish(
        lines=tuple(asked.lines),
        machine=asked.machine,
        measure=asked.measure,
        baselines=tuple(asked.baselines),
        improve=asked.improve,
        value=asked.value,
        go_live_ns=parse(asked.go_live, rooms.zone, rooms.day_starts),
        due=asked.due,
        from_ns=parse(asked.from_, rooms.zone, rooms.day_starts) if asked.from_ else None,
        to_ns=parse(asked.to, rooms.zone, rooms.day_starts) if asked.to else None,
        conditions=None if asked.conditions is None else tuple(asked.conditions),
    )
    return await rooms.desk.ask(lambda engine: targets.agree(engine.view, wish, by))


@router.get("/targets/preview")
async def preview_target(asked: Annotated[Intention, Query()], rooms: RoomsDep) -> Document:
    """What a target of one line would promise, and on which days it would be judged."""
    live_ns = parse(asked.go_live, rooms.zone, rooms.day_starts)
    aim = aims.Aim(asked.improve, asked.value, live_ns, asked.due)
    return await rooms.desk.ask(
        lambda engine: aims.preview(engine.view, aims.against(engine.view, asked.baseline, aim))
    )


@router.get("/targets/{target}")
async def read_target(target: str, rooms: RoomsDep) -> Document:
    """One target, with its daily series."""
    return await rooms.desk.ask(lambda engine: engine.target(target))


@router.get("/targets/{target}/explain")
async def explain_target(target: str, rooms: RoomsDep) -> Document:
    """What made a verdict: each day's sums, why a day is left out, the tables, what to ask next."""
    return await rooms.desk.ask(lambda engine: engine.explain_target(target))


@router.get("/baselines")
async def read_baselines(rooms: RoomsDep) -> Document:
    """All baselines; none ever changes. Beside them the measures of which there can be one."""
    return await rooms.desk.ask(lambda engine: engine.baselines())


@router.post("/baselines", status_code=201)
async def freeze_baseline(wish: Freezing, rooms: RoomsDep, by: ByDep) -> Document:
    """Freeze a period with everything its figures depend on."""
    ends = interval(wish.from_, wish.to, rooms.zone, rooms.day_starts)
    of = Wish(wish.line, wish.machine, wish.measure, *ends, wish.name, wish.reason)
    return brief(await rooms.desk.ask(lambda engine: freeze(engine.view, of, by)))


@router.get("/baselines/preview")
async def preview_baseline(
    line: Annotated[str, Query(max_length=64)],
    measure: Annotated[str, Query(max_length=64)],
    span: SpanDep,
    rooms: RoomsDep,
    machine: Annotated[str | None, Query(max_length=64)] = None,
) -> Document:
    """What freezing a period would take: days, shifts, products, and what is left out."""
    of = Question(line, machine, measure, span.from_ns, span.to_ns)
    return await rooms.desk.ask(lambda engine: preview(engine.view, of))

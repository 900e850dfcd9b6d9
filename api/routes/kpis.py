"""Figures: elements and measures of one line, and what each measure means."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.rooms import Desk, Document, RoomsDep
from api.span import SpanDep
from edge.engine.explaining import billing, explaining
from edge.engine.explaining.explaining import Question
from edge.errors import Refused
from edge.model import DAY_NS

router = APIRouter(tags=["figures"])
By = Literal["shift", "day", "hour", "product", "order", "machine", "reason"]
LONGEST_DAYS = {"hour": 35}  # 80 days of one line are 30 MB of JSON; every frame waits for them


@router.get("/kpis")
async def read_kpis(
    line: Annotated[str, Query(max_length=64)], span: SpanDep, rooms: RoomsDep, by: By = "shift"
) -> Document:
    """Elements and measures of one line in a half-open interval, one row per `by`.

    Planned time that nobody saw is `null` between the bounds 0 and 1, with coverage 0. Never zero.
    """
    longest = LONGEST_DAYS.get(by)
    if longest is not None and span.to_ns - span.from_ns > longest * DAY_NS:
        raise Refused(f"by {by} at most {longest} days are answered; ask for less, or by day")
    return await rooms.desk.ask(lambda engine: engine.kpis(line, span.from_ns, span.to_ns, by))


@router.get("/kpis/explain")
async def explain_figure(
    line: Annotated[str, Query(max_length=64)],
    span: SpanDep,
    rooms: RoomsDep,
    machine: Annotated[str | None, Query(max_length=64)] = None,
    measure: Annotated[str | None, Query(max_length=64)] = None,
    baseline: Annotated[str | None, Query(max_length=64)] = None,
) -> Document:
    """What made a figure: elements, counter decisions, gaps, exclusions, tables, raw samples.

    Without `machine` that of the line itself, without `measure` all of them. Its buckets add up to
    its elements; at most 35 days at once. With `baseline`, ideal cycles and prices are not those of
    now but those by which the verdicts on that baseline count each of their days.
    """
    question = Question(line, span.from_ns, span.to_ns, machine, measure, baseline)
    await read_for(rooms.desk, question, explaining.LONGEST_DAYS)
    return await rooms.desk.ask(lambda engine: engine.explain(question))


@router.get("/costs")
async def read_costs(
    line: Annotated[str, Query(max_length=64)],
    span: SpanDep,
    rooms: RoomsDep,
    machine: Annotated[str | None, Query(max_length=64)] = None,
) -> Document:
    """The bill of a period: use and prices, and the demand charge beside them.

    Without `machine` that of the line; at most a year. `demand` is null where no demand charge is
    configured.
    """
    question = Question(line, span.from_ns, span.to_ns, machine)
    await read_for(rooms.desk, question, billing.LONGEST_DAYS)
    return await rooms.desk.ask(lambda engine: engine.costs(question))


async def read_for(desk: Desk, question: Question, longest_days: int) -> None:
    """Have months of meters read piece by piece; whoever asks meanwhile has his turn between."""
    pieces = await desk.ask(lambda engine: engine.read_for(question, longest_days))
    while await desk.ask(lambda _: next(pieces, None)) is not None:
        pass


@router.get("/definitions")
async def read_definitions(rooms: RoomsDep) -> Document:
    """The definition cards of all measures there are."""
    return await rooms.desk.ask(lambda engine: engine.definitions())


@router.get("/definitions/{definition:path}")
async def read_definition(definition: str, rooms: RoomsDep) -> Document:
    """What a measure means: formula, unit, states counted, version, source, names.

    `said` has formula and source as they are read in each language.
    """
    return await rooms.desk.ask(lambda engine: engine.definition(definition))

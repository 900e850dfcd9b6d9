"""Baselines and targets: what was promised against what, and what became of it."""

from fastapi import APIRouter

from api.rooms import Document, RoomsDep

router = APIRouter(tags=["targets"])


@router.get("/targets")
async def read_targets(rooms: RoomsDep) -> Document:
    """All targets with their four numbers, interval, coverage and verdict.

    Beside them those that were imported of other firms, and what all firms together reached.
    """
    own = await rooms.desk.ask(lambda engine: engine.targets())
    return {**own, **await rooms.firms.listed()}


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
    """All baselines; none ever changes."""
    return await rooms.desk.ask(lambda engine: engine.baselines())

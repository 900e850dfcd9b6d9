"""Improvement tasks: proposed, agreed, done, claimed, verified; and all that is noted of them.

Until there are accounts, names and roles are what somebody typed.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from api.actor import ByDep
from api.rooms import Document, RoomsDep
from api.versions import VersionDep
from edge.engine.tasks import task_notes, tasks
from edge.engine.tasks.task_notes import Wanted

router = APIRouter(tags=["tasks"])
Task = Annotated[str, Path(pattern="^k[0-9]{1,9}$", description="id of a task")]
Hash = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
Role = Literal["firm", "mentor", "sponsor"]
Status = Literal["proposed", "agreed", "running", "claimed", "verified", "sustained", "rejected"]
Named = Annotated[str, Field(max_length=80, min_length=1, description="who says so, as typed")]
Said = Annotated[str, Field(max_length=2_000, min_length=1, description="free text")]
Day = Annotated[str, Field(max_length=10, description="local day, as 2026-11-20")]
PICTURE = {
    "required": True,
    "content": {
        form: {"schema": {"type": "string", "format": "binary"}}
        for form in ("image/jpeg", "image/png", "image/webp")
    },
}


class Terms(BaseModel, frozen=True, extra="forbid"):
    """What a task is about; a key that is left out stays as it is, null takes it back."""

    title: str | None = Field(default=None, max_length=120, description="what shall become better")
    company: str | None = Field(default=None, max_length=120, description="default: the site")
    mentor: str | None = Field(default=None, max_length=80, description="name of the mentor")
    problem: str | None = Field(default=None, max_length=2_000, description="what is wrong now")
    hypothesis: str | None = Field(default=None, max_length=2_000, description="why it will help")
    line: str | None = Field(default=None, max_length=64, description="id; default: the target's")
    machine: str | None = Field(default=None, max_length=64, description="id; null: the line")
    measure: str | None = Field(default=None, max_length=64, description="name of a measure")
    baseline: str | None = Field(default=None, max_length=20, description="id of a baseline")
    target: str | None = Field(default=None, max_length=20, description="id of a target")
    due: str | None = Field(default=None, max_length=10, description="local day")
    go_live: str | None = Field(default=None, max_length=40, description="RFC 3339, or a day")


class StepTaken(BaseModel, frozen=True, extra="forbid"):
    """A step from one status to another, and who takes it."""

    to: Status = Field(description="the new status")
    role: Role = Field(description="as whom")
    name: Named
    reason: str | None = Field(default=None, max_length=500, description="why, where it goes back")


class Comment(BaseModel, frozen=True, extra="forbid"):
    """Something that somebody says."""

    name: Named
    text: Said


class Visit(BaseModel, frozen=True, extra="forbid"):
    """A visit on site."""

    name: Named
    day: Day
    text: Said


class Countermeasure(BaseModel, frozen=True, extra="forbid"):
    """What is done about it; charts show its day as a numbered flag."""

    text: Said
    owner: Named
    day: Day


class SignOff(BaseModel, frozen=True, extra="forbid"):
    """A signature under the terms as they are now."""

    role: Role = Field(description="as whom")
    name: Named
    said: str | None = Field(default=None, max_length=500, description="what it is to say besides")


class Withdrawal(BaseModel, frozen=True, extra="forbid"):
    """A note taken back; it stays in the record."""

    of: int = Field(ge=1, le=10_000, description="number of the note")
    name: Named
    reason: str = Field(min_length=1, max_length=500, description="why")


@router.get("/tasks")
async def read_tasks(
    rooms: RoomsDep,
    target: Annotated[str | None, Query(max_length=20, description="of a target alone")] = None,
) -> Document:
    """All tasks with their status, what their figures prove, and whose gain it is."""
    return await rooms.desk.ask(lambda engine: tasks.listed(engine.view, target))


@router.post("/tasks", status_code=201)
async def propose_task(terms: Terms, rooms: RoomsDep, by: ByDep, response: Response) -> Document:
    """Propose a task."""
    given = terms.model_dump(exclude_unset=True)
    found = await rooms.desk.ask(lambda engine: task_notes.propose(engine.view, given, by))
    response.headers["Location"] = f"/api/v1/tasks/{found['id']}"
    return found


@router.get("/tasks/{task}")
async def read_task(task: Task, rooms: RoomsDep, response: Response) -> Document:
    """One task with everything that was noted of it."""
    found = await rooms.desk.ask(lambda engine: tasks.shown(engine.view, task))
    response.headers["ETag"] = f'"{found["version"]}"'
    return found


@router.patch("/tasks/{task}")
async def amend_task(
    task: Task, terms: Terms, version: VersionDep, rooms: RoomsDep, by: ByDep
) -> Document:
    """Change the terms of a task. Of two people who edit one task, the second gets a 412."""
    given = terms.model_dump(exclude_unset=True)
    return await rooms.desk.ask(
        lambda engine: task_notes.amend(engine.view, task, version, given, by)
    )


@router.post("/tasks/{task}/status")
async def take_step(task: Task, step: StepTaken, rooms: RoomsDep, by: ByDep) -> Document:
    """Take a step; what it still needs is in the problem's detail."""
    wanted = Wanted(**step.model_dump())
    return await rooms.desk.ask(lambda engine: task_notes.take(engine.view, task, wanted, by))


@router.post("/tasks/{task}/comments")
async def add_comment(task: Task, comment: Comment, rooms: RoomsDep, by: ByDep) -> Document:
    """Say something about a task."""
    return await noted(rooms, task, "comment", comment, by)


@router.post("/tasks/{task}/visits")
async def add_visit(task: Task, visit: Visit, rooms: RoomsDep, by: ByDep) -> Document:
    """Write a visit into the log of a task."""
    return await noted(rooms, task, "visit", visit, by)


@router.post("/tasks/{task}/countermeasures")
async def add_countermeasure(
    task: Task, countermeasure: Countermeasure, rooms: RoomsDep, by: ByDep
) -> Document:
    """Add a counter-measure."""
    return await noted(rooms, task, "countermeasure", countermeasure, by)


@router.post("/tasks/{task}/sign-offs")
async def sign_task(task: Task, sign_off: SignOff, rooms: RoomsDep, by: ByDep) -> Document:
    """Sign the terms of a task as they are now."""
    return await noted(rooms, task, "sign_off", sign_off, by)


@router.post("/tasks/{task}/withdrawals")
async def withdraw_note(task: Task, withdrawal: Withdrawal, rooms: RoomsDep, by: ByDep) -> Document:
    """Take a note back."""
    return await noted(rooms, task, "withdrawal", withdrawal, by)


@router.post("/tasks/{task}/photos", openapi_extra={"requestBody": PICTURE})
async def add_photo(
    task: Task,
    request: Request,
    rooms: RoomsDep,
    by: ByDep,
    name: Annotated[str, Query(max_length=80, min_length=1, description="who brings it")],
    caption: Annotated[str | None, Query(max_length=200, description="what it shows")] = None,
) -> Document:
    """Add a photo; it is made smaller, and what the camera wrote into it is left out."""
    await rooms.desk.ask(lambda engine: tasks.shown(engine.view, task))
    kept = await rooms.photos.keep(await request.body())
    body = {"name": name, "caption": caption, **kept}
    return await rooms.desk.ask(lambda engine: task_notes.add(engine.view, task, "photo", body, by))


@router.get("/tasks/{task}/photos/{sha256}", response_class=FileResponse)
async def read_photo(task: Task, sha256: Hash, rooms: RoomsDep) -> FileResponse:
    """A photo of a task, as JPEG."""
    await rooms.desk.ask(lambda engine: task_notes.has_photo(engine.view, task, sha256))
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    return FileResponse(rooms.photos.file(sha256), media_type="image/jpeg", headers=headers)


async def noted(rooms: RoomsDep, task: str, kind: str, said: BaseModel, by: ByDep) -> Document:
    """The task after something was noted of it."""
    body = said.model_dump()
    return await rooms.desk.ask(lambda engine: task_notes.add(engine.view, task, kind, body, by))

"""Evidence packages: what was made, making one, and the file for whoever is to verify it."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request, Response
from fastapi.responses import FileResponse

from api.actor import ByDep
from api.rooms import Document, RoomsDep

router = APIRouter(tags=["evidence"])
Target = Annotated[str, Body(embed=True, max_length=64)]
BROUGHT = {
    "required": True,
    "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
}
MOST_ROOTS = 1000
ROOT = r"^(lineproof-root/1 \S{1,64} \d{4}-\d\d-\d\d )?[0-9a-fA-F]{64}$"
Hash = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


@router.get("/evidence")
async def read_packages(rooms: RoomsDep) -> Document:
    """All packages that were made here, the key that signs them, and the jobs since the start."""
    return await asyncio.to_thread(rooms.evidence.listed)


@router.post("/evidence", status_code=202)
async def make_package(target: Target, rooms: RoomsDep, response: Response) -> Document:
    """Make the package of a target; the job tells its progress and what came out."""
    await rooms.desk.ask(lambda engine: engine.target(target))
    job = rooms.evidence.ask(target)
    response.headers["Location"] = f"/api/v1/jobs/{job['id']}"
    return job


@router.post("/evidence/verify", openapi_extra={"requestBody": BROUGHT})
async def verify_package(
    request: Request, rooms: RoomsDep, root: Annotated[str | None, Query(pattern=ROOT)] = None
) -> Document:
    """Check a package that somebody brings and compute its figures anew; nothing of it is kept.

    A root that was kept, as a number or as the line of its picture, is looked for in it.
    """
    return await rooms.examining.verify(request.stream(), root)


@router.post("/evidence/import", status_code=201, openapi_extra={"requestBody": BROUGHT})
async def import_package(
    request: Request,
    rooms: RoomsDep,
    by: ByDep,
    key: Annotated[str | None, Query(pattern="^[0-9a-f]{32}$")] = None,
) -> Document:
    """Verify the package of another site to the last digit, and show its target beside the others.

    One that does not verify, or is signed by another key than the site is known by, is refused with
    what differs. `key` is what a person noted at that site; it counts before what is known.
    """
    return await rooms.firms.bring(request.stream(), key, by)


@router.get("/jobs/{job}")
async def read_job(job: str, rooms: RoomsDep) -> Document:
    """How far a job has come: waiting, running, done or failed, with its package or problem."""
    return rooms.evidence.job(job)


@router.get("/evidence/roots")
async def read_roots(
    rooms: RoomsDep, limit: Annotated[int, Query(ge=1, le=MOST_ROOTS)] = 30
) -> Document:
    """The newest daily roots, newest first, and the QR code of the newest as rows of 0 and 1."""
    return await asyncio.to_thread(rooms.evidence.roots, limit)


@router.get("/evidence/{package}/file", response_class=FileResponse)
async def read_package(package: Hash, rooms: RoomsDep) -> FileResponse:
    """The file of a package, by the hash of its manifest."""
    path = rooms.evidence.file(package)
    name = await asyncio.to_thread(rooms.evidence.name, package)
    return FileResponse(path, media_type="application/zip", filename=name)

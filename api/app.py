"""The web application, put together from its routes."""

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, RedirectResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from api import problems
from api.guard import Guard
from api.rooms import Rooms
from api.routes import (
    audit,
    evidence,
    facts,
    health,
    kpis,
    lines,
    programme,
    quarantine,
    signals,
    sinks,
    stops,
    stream,
    tables,
    targets,
    tasks,
)
from edge.errors import Misconfigured

ROUTES = (
    *(lines, kpis, stops, facts, targets, tasks, evidence, programme),
    *(signals, tables, health, quarantine, audit, sinks, stream),
)
PAGES = (
    *("board", "board/{id}", "lines/{id}", "health", "verify", "programme", "baselines"),
    *("targets", "targets/{id}", "tasks", "tasks/{id}"),
)
NOT_FOUND = 404


def create_app(rooms: Rooms, version: str) -> ASGIApp:
    """The application over these rooms.

    Raises:
        Misconfigured: where the pages were not built.
    """
    index = rooms.pages / "index.html"
    if not index.exists():
        raise Misconfigured(f"{index} is missing; build the pages with `make web`")
    app = interface(version)
    app.state.rooms = rooms

    async def page() -> FileResponse:
        return FileResponse(index, headers={"Cache-Control": "no-cache"})

    for path in PAGES:
        app.add_api_route(f"/{path}", page, include_in_schema=False)

    @app.get("/", include_in_schema=False)
    async def root() -> RedirectResponse:
        return RedirectResponse("/board")

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(rooms.metrics(), media_type="text/plain; version=0.0.4")

    app.mount("/", Pages(directory=rooms.pages), name="pages")
    return Guard(app)


class Pages(StaticFiles):
    """The built files; who asks for another address reads there that it is none, with the menu."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, else the page for a person and the problem for a program."""
        try:
            return await super().get_response(path, scope)
        except HTTPException as error:
            wanted = Headers(scope=scope).get("accept", "")
            if error.status_code != NOT_FOUND or path.startswith("api") or "html" not in wanted:
                raise
            index = await super().get_response("index.html", scope)
            index.status_code = NOT_FOUND
            return index


def interface(version: str) -> FastAPI:
    """What other programs ask, without pages; `/openapi.json` describes it."""
    app = FastAPI(
        title="lineproof",
        version=version,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        responses={422: problems.ANSWER, "default": problems.ANSWER},
    )
    problems.register(app)
    for route in ROUTES:
        app.include_router(route.router, prefix="/api/v1")
    return app

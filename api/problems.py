"""Errors as RFC 9457 problem details: what was asked, what is wrong, what to do."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from edge.errors import Changed, LineproofError, NotFound, Refused

MEDIA_TYPE = "application/problem+json"
STATUS = {NotFound: 404, Refused: 409}


def problem(status: int, title: str, detail: str, **more: object) -> JSONResponse:
    """One problem document."""
    kind = f"/problems/{title.replace(' ', '-')}"
    document = {"type": kind, "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(document, status, media_type=MEDIA_TYPE)


async def on_ours(_: Request, error: Exception) -> JSONResponse:
    """An error of our own tree: its message is made for people."""
    if isinstance(error, Changed):
        return problem(412, "changed meanwhile", str(error), present=error.present)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 503)
    titles = {404: "not found", 409: "refused", 503: "not possible now"}
    return problem(status, titles[status], str(error))


async def on_invalid(_: Request, error: Exception) -> JSONResponse:
    """A request that does not fit its route; each fault with a JSON pointer."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    faults = [
        {"pointer": "/" + "/".join(map(str, fault["loc"])), "detail": fault["msg"]}
        for fault in error.errors()
    ]
    return problem(422, "invalid request", "see errors; mend each and ask again", errors=faults)


async def on_http(_: Request, error: Exception) -> JSONResponse:
    """What the framework itself refuses: no such route, no such method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    return problem(error.status_code, str(error.detail).lower(), str(error.detail))


def register(app: FastAPI) -> None:
    """Let every error leave as a problem document."""
    app.add_exception_handler(LineproofError, on_ours)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)

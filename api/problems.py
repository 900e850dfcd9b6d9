"""Errors as RFC 9457 problem details: what was asked, what is wrong, what to do."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from edge.errors import (
    Changed,
    ImportInvalid,
    LineproofError,
    NotFound,
    Refused,
    VerificationFailed,
)

MEDIA_TYPE = "application/problem+json"
STATUS = {NotFound: 404, Refused: 409, ImportInvalid: 422, VerificationFailed: 422}
TITLES = {404: "not found", 409: "refused", 422: "invalid file", 503: "not possible now"}
ANSWER = {
    "description": "what is wrong and what to do, as RFC 9457 has it",
    "content": {
        MEDIA_TYPE: {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "detail"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "errors": {"type": "array", "items": {"type": "object"}},
                    "present": {"type": "object"},
                },
            }
        }
    },
}
BUG = "a bug of ours, written down in the log of the service; nothing was stored or changed by it"


def problem(
    status: int,
    title: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **more: object,
) -> JSONResponse:
    """One problem document."""
    kind = f"/problems/{title.replace(' ', '-')}"
    document = {"type": kind, "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(document, status, headers, MEDIA_TYPE)


async def on_ours(_: Request, error: Exception) -> JSONResponse:
    """An error of our own tree: its message is made for people."""
    if isinstance(error, Changed):
        return problem(412, "changed meanwhile", str(error), present=error.present)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 503)
    return problem(status, TITLES[status], str(error))


async def on_invalid(_: Request, error: Exception) -> JSONResponse:
    """A request that does not fit its route; each fault with a JSON pointer."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    faults = [
        {"pointer": pointer(fault["loc"]), "detail": fault["msg"]} for fault in error.errors()
    ]
    return problem(422, "invalid request", "see errors; mend each and ask again", errors=faults)


async def on_http(_: Request, error: Exception) -> JSONResponse:
    """What the framework itself refuses: no such route, no such method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    title = HTTPStatus(error.status_code).phrase.lower()
    return problem(error.status_code, title, error.detail, error.headers)


async def on_bug(_: Request, __: Exception) -> JSONResponse:
    """Whatever nobody expected; the server writes its trace to the log, the answer shows none."""
    return problem(500, "internal error", BUG)


def pointer(steps: tuple[int | str, ...]) -> str:
    """A place in the request as a JSON pointer (RFC 6901), whatever somebody called a key."""
    texts = [str(step).encode("utf-8", "replace").decode() for step in steps]
    return "".join("/" + text.replace("~", "~0").replace("/", "~1") for text in texts)


def register(app: FastAPI) -> None:
    """Let every error leave as a problem document."""
    app.add_exception_handler(LineproofError, on_ours)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_bug)

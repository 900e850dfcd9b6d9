"""Asking the running service, which alone may speak for its sources and sinks."""

import json
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any

from edge.errors import NotFound, Refused, Unavailable, reason
from edge.service.listening import address

LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - a service that listens everywhere is asked here
PATIENCE_S = 600.0  # what a sink's server is asked may take minutes
WHOSE = {HTTPStatus.NOT_FOUND: NotFound, HTTPStatus.CONFLICT: Refused}


def posted(host: str, port: int, path: str) -> dict[str, Any]:
    """What the service at an address answers when it is told to do something.

    Raises:
        Unavailable: no service answers, or it cannot do it now.
        NotFound: it does not know what is meant.
        Refused: it must not be done.
    """
    where = address(host, port)
    link = HTTPConnection(LOOPBACK.get(host, host), port, timeout=PATIENCE_S)
    try:
        link.request("POST", f"/api/v1/{path}")
        answer = link.getresponse()
        said = json.loads(answer.read())
    except (OSError, HTTPException, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else f"'{error}'"
        raise Unavailable(
            f"no service answers at {where}: {why}; start it with `lineproof run`"
        ) from error
    finally:
        link.close()
    if not isinstance(said, dict):
        raise Unavailable(
            f"{where}: who answers there is not lineproof; see `api: listen` in lineproof.yaml"
        )
    if answer.status != HTTPStatus.OK:
        fault = WHOSE.get(HTTPStatus(answer.status), Unavailable)
        raise fault(str(said.get("detail") or f"{where}: answers {answer.status}"))
    return said

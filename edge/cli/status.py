"""`lineproof status`: what the running service says of itself."""

import json as json_text
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from edge.cli.output import say, say_json, table
from edge.cli.site import site_of
from edge.errors import Unavailable

PATIENCE_S = 5
LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - a service that listens everywhere is asked here
KEYS = {"status", "version", "sources", "sinks", "archive", "findings"}
HEAD = ("id", "state", "received", "stored", "filtered", "quarantined", "in_flight")


def command(config: Path, *, json: bool) -> None:
    """Print sources, sinks and findings; exit 4 where no service answers, 1 for findings."""
    loaded = site_of(config)
    found = asked(loaded.host, loaded.port)
    if json:
        say_json(found)
    else:
        shown(found)
    if found["status"] != "ok":
        raise SystemExit(1)


def asked(host: str, port: int) -> dict[str, Any]:
    """The health document of the service at an address.

    Raises:
        Unavailable: where nothing answers there.
    """
    link = HTTPConnection(LOOPBACK.get(host, host), port, timeout=PATIENCE_S)
    try:
        link.request("GET", "/api/v1/health")
        answer = json_text.loads(link.getresponse().read())
    except (OSError, HTTPException, ValueError) as error:
        raise Unavailable(f"no service answers at {host}:{port}: {error}; start it") from error
    finally:
        link.close()
    return checked(answer, f"{host}:{port}")


def checked(answer: Any, where: str) -> dict[str, Any]:  # noqa: ANN401 - whatever somebody serves
    """The health document; a problem is told in its own words.

    Raises:
        Unavailable: who answers is no service of ours, or cannot answer now.
    """
    if not isinstance(answer, dict) or "detail" in answer or KEYS - set(answer):
        said = answer.get("detail") if isinstance(answer, dict) else None
        raise Unavailable(f"{where}: {said or 'who answers there is not lineproof'}; see its log")
    return answer


def shown(found: dict[str, Any]) -> None:
    """The document as people read it."""
    say(f"lineproof {found['version']}: {found['status']}")
    table(HEAD, [[source[key] for key in HEAD] for source in found["sources"]])
    for sink in found["sinks"]:
        say(f"{sink['id']}: {sink['state']}, {sink['lag_rows']:,} rows behind {sink['message']}")
    archive = found["archive"]
    say(f"archive: {archive['parts']:,} parts, {archive['rows']:,} rows")
    for finding in found["findings"]:
        say(f"{finding['severity']}: {finding['source']}: {finding['params']['text']}")

"""`lineproof status`: what the running service says of itself."""

import json as json_text
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from edge.cli.output import say, say_json, table
from edge.cli.site import site_of
from edge.errors import Unavailable

PATIENCE_S = 5
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
    link = HTTPConnection(host, port, timeout=PATIENCE_S)
    try:
        link.request("GET", "/api/v1/health")
        answer: dict[str, Any] = json_text.loads(link.getresponse().read())
    except (OSError, HTTPException, ValueError) as error:
        raise Unavailable(f"no service answers at {host}:{port}: {error}; start it") from error
    finally:
        link.close()
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

"""`lineproof status`: what the running service says of itself."""

import json as json_text
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from edge.cli.output import counted, say, say_json, table
from edge.cli.site import site_of
from edge.config.loader import Loaded
from edge.errors import Unavailable, reason
from edge.service.listening import address

PATIENCE_S = 5
LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - a service that listens everywhere is asked here
KEYS = {"site", "status", "version", "sources", "sinks", "archive", "journal", "findings"}
HEAD = ("id", "state", "received", "stored", "filtered", "quarantined", "in_flight")


def command(config: Path, *, json: bool) -> None:
    """Print sources, sinks and findings; exit 4 where no service answers, 1 for findings."""
    loaded = site_of(config)
    found = of_site(asked(loaded.host, loaded.port), loaded)
    if json:
        say_json(found)
    else:
        shown(found)
    if found["status"] != "ok":
        raise SystemExit(1)


def of_site(found: dict[str, Any], loaded: Loaded) -> dict[str, Any]:
    """The document, if it is of the site that was asked for.

    Raises:
        Unavailable: another site's service answers there.
    """
    site, where = found["site"], address(loaded.host, loaded.port)
    if site["id"] != loaded.site.id:
        raise Unavailable(
            f"{where}: the service of another site answers, '{site['id']}' ({site['name']}), not "
            f"'{loaded.site.id}'; name its folder with --config, or give one of the two another "
            "port by `api: {listen: …}`"
        )
    return found


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
        why = reason(error) if isinstance(error, OSError) else f"'{error}'"
        where = address(host, port)
        raise Unavailable(
            f"no service answers at {where}: {why}; start it with `lineproof run`"
        ) from error
    finally:
        link.close()
    return checked(answer, address(host, port))


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
    site = found["site"]
    say(f"{site['name']} ({site['id']}), lineproof {found['version']}: {found['status']}")
    table(HEAD, [[source[key] for key in HEAD] for source in found["sources"]])
    for sink in found["sinks"]:
        behind = f"{counted(sink['lag_rows'], 'row')} behind"
        say(f"{sink['id']}: {sink['state']}, {behind}{colon(sink['message'])}")
    archive = found["archive"]
    waiting = counted(found["journal"]["waiting_rows"], "row")
    parts, rows = counted(archive["parts"], "part"), counted(archive["rows"], "row")
    say(f"archive: {parts}, {rows}; journal: {waiting} that are not in it yet")
    for finding in found["findings"]:
        say(f"{finding['severity']}: {found_at(finding)}: {finding['params']['text']}")


def found_at(finding: dict[str, Any]) -> str:
    """Whose finding it is, and of which line, machine or signal, unless its text says so."""
    source, thing, said = (
        finding["source"],
        finding["params"].get("thing"),
        finding["params"]["text"],
    )
    return f"{source} of {thing}" if thing and thing not in said else str(source)


def colon(text: str) -> str:
    """A message behind a colon, where there is one."""
    return f": {text}" if text else ""

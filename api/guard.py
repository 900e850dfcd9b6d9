"""Who may ask, how often and how much, and the headers that every answer carries.

Until there are accounts, only this box itself is served: whoever sits at it is its admin. A name in
the Host header that is not this box means a page of somebody else's is asking through its browser.
"""

import asyncio
import re
from ipaddress import IPv6Address, ip_address

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.meter import Meter
from api.problems import problem

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SAFE = {"GET", "HEAD"}
CLOSED = "this address has no account yet, so only the box itself is served; open the page there"
BUSY = "more is asked than is answered here; ask again in a second"
MOST_BYTES = 64 * 1024  # of a body; nothing but a file needs more than one
MOST_OF = {
    "/api/v1/evidence/verify": 256 << 20,  # a package of a year
    "/api/v1/evidence/import": 256 << 20,
    "/api/v1/tasks/[^/]+/photos": 16 << 20,
    "/api/v1/facts/import": 4 << 20,
}
"""By the form of a path."""
BODY_S = 10.0  # to wait for a body, and a second more for each so many bytes that have come
FILES = "/assets/"  # parts of pages: not counted, as a page that lacks one never shows anything
HOST = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^\s:/?#@\[\]]+))(?::\d{1,5})?")


def is_here(host: str) -> bool:
    """Whether a host name or address means this box."""
    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def named(host: str) -> str:
    """The name or address in a Host header; empty where it is none."""
    match = HOST.fullmatch(host)
    return (match[1] or match[2]) if match else ""


def allowed(request: Request) -> bool:
    """Whether the request comes from this box, for this box, and from a page of ours."""
    host, origin = request.headers.get("host", ""), request.headers.get("origin")
    client = request.client.host if request.client else ""
    own_page = origin is None or origin.partition("://")[2] == host
    return is_here(client) and is_here(named(host)) and (request.method in SAFE or own_page)


class Guard:
    """Refuses strangers and floods, bounds bodies and gives every answer its headers.

    Plain ASGI: the framework's own middleware would put a queue between each stream and its hub.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app, self.meter = app, Meter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if not allowed(Request(scope)):
            await problem(403, "not served here", CLOSED)(scope, receive, with_headers)
        elif not (
            scope["path"].startswith(FILES) or self.meter.takes(asyncio.get_running_loop().time())
        ):
            later = {"Retry-After": "1"}
            await problem(429, "too many requests", BUSY, later)(scope, receive, with_headers)
        else:
            path, sizes = scope["path"], MOST_OF.items()
            most = next((size for form, size in sizes if re.fullmatch(form, path)), MOST_BYTES)
            await self._app(scope, bounded(receive, most), with_headers)


def bounded(receive: Receive, most: int = MOST_BYTES) -> Receive:
    """The same way in for a body that is neither too long nor too slow.

    What it raises becomes a problem document where the body is read: 413 or 408.
    """
    seen, waited_s, whole, now_s = 0, 0.0, False, asyncio.get_running_loop().time

    async def receive_some() -> Message:
        nonlocal seen, waited_s, whole
        if whole:  # what comes now is the end of the connection, and that has time
            return await receive()
        left_s, since_s = BODY_S + seen / MOST_BYTES - waited_s, now_s()
        try:
            async with asyncio.timeout(min(left_s, BODY_S)):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, f"the body did not come within {BODY_S:.0f} s") from None
        waited_s += now_s() - since_s
        seen += len(message.get("body", b""))
        if seen > most:
            raise HTTPException(413, f"the body is longer than {most} bytes; send less")
        whole = not message.get("more_body", False)
        return message

    return receive_some

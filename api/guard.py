"""Who may ask, and the headers that every answer carries.

Until there are accounts, only this box itself is served: whoever sits at it is its admin. A name in
the Host header that is not this box means a page of somebody else's is asking through its browser.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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


def is_here(host: str) -> bool:
    """Whether a host name or address means this box."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def allowed(request: Request) -> bool:
    """Whether the request comes from this box, for this box, and from a page of ours."""
    name = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    client = request.client.host if request.client else ""
    origin = request.headers.get("origin")
    own_page = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    return is_here(client) and is_here(name) and (request.method in SAFE or own_page)


class Guard:
    """Refuses strangers and gives every answer its headers.

    Plain ASGI: the framework's own middleware would put a queue between each stream and its hub.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

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

        if allowed(Request(scope)):
            await self._app(scope, receive, with_headers)
        else:
            await problem(403, "not served here", CLOSED)(scope, receive, with_headers)

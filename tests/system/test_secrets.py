"""What is secret stays in its file: no log, page, command or store of the service tells it.

Each secret is a word that stands nowhere else. The servers it is for are there: a broker that asks
for a password, and a database that answers with what it was told, as some do.
"""

import base64
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.servers.ports import free_port
from tests.system.rig import LINEPROOF, Document, Gateway, line, lineproof, until

pytestmark = pytest.mark.slow

CANARIES = {
    "plc": "kanarienvogel-der-sps-7f31",
    "broker": "kanarienvogel/des+brokers-92c4",
    "influx": "kanarienvogel==der-datenbank-5d08",
    "read": "kanarienvogel==der-zaehlung-e6a7",
}
SPEED = "hanbit/mask-1/body/speed"
PAGES = ("health", "accounting", "lines", "signals", "audit", "evidence", "quarantine", "targets")
COMMANDS = (
    ("status",),
    ("status", "--json"),
    ("check",),
    ("check", "--json"),
    ("check", "--online"),
    ("check", "--online", "--json"),
    ("audit", "list", "--json"),
    ("quarantine", "list", "--json"),
    ("recount",),
)


def forms(secret: str) -> set[bytes]:
    """A secret as it might be written: plain, in JSON, in an address, in a header, in base 64."""
    user = f"gateway:{secret}".encode()
    plain = {secret.encode(), quote(secret, safe="").encode(), secret.encode().hex().encode()}
    return plain | {base64.b64encode(secret.encode()), base64.b64encode(user)}


class Parrot(BaseHTTPRequestHandler):
    """A database that refuses, and says what it was told."""

    heard: list[str]

    def do_POST(self) -> None:
        """Any request."""
        told = str(self.headers.get("Authorization"))
        type(self).heard.append(told)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps({"code": "unauthorized", "message": f"no right for {told}"}).encode()
        self.send_response(401, f"no right for {told}")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST  # noqa: N815 - the library's names

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def parrot() -> Iterator[tuple[int, list[str]]]:
    """Such a database; its port and what it heard."""
    port = free_port()
    heard = list[str]()
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Own", (Parrot,), {"heard": heard}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield port, heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def document(folder: Path, database: int) -> Document:
    """A site all of whose partners want a secret."""
    (folder / "secrets").mkdir(parents=True)
    for name, secret in CANARIES.items():
        path = folder / "secrets" / name
        path.write_text(f"{secret}\n")
        path.chmod(0o600)
    files = {name: f"secrets/{name}" for name in CANARIES}
    security = {"policy": "None", "exception": "a test on loopback", "user": "gateway"}
    plc = {"id": "plc1", "kind": "opcua", "url": f"opc.tcp://127.0.0.1:{free_port()}"}
    broker = {"id": "broker", "kind": "mqtt", "url": f"mqtt://127.0.0.1:{free_port()}"}
    influx = {"id": "influx", "kind": "influxdb", "url": f"http://127.0.0.1:{database}"}
    signals = {
        "good": {"source": "plc1", "node": "ns=2;s=Good", "kind": "counter"},
        "speed": {"source": "broker", "topic": "speed"},
    }
    return {
        "sources": [
            {**plc, "security": {**security, "password_file": files["plc"]}},
            {**broker, "client_id": "gw", "user": "gateway", "password_file": files["broker"]},
        ],
        "sinks": [
            {
                **influx,
                "org": "site",
                "bucket": "line",
                "token_file": files["influx"],
                "read_token_file": files["read"],
            }
        ],
        "lines": [line({"id": "body", "signals": signals})],
        "storage": {"commit_every_ms": 200},
    }


def said_by(gateway: Gateway) -> dict[str, bytes]:
    """What pages answer and commands print."""
    found = dict[str, bytes]()
    for page in PAGES:
        with suppress(OSError):
            found[f"page {page}"] = json.dumps(gateway.get(page), ensure_ascii=False).encode()
    for command in COMMANDS:
        done = subprocess.run(
            [LINEPROOF, *command, "--config", str(gateway.folder)],
            capture_output=True,
            timeout=120,
            check=False,
        )
        found[f"command {' '.join(command)}"] = done.stdout + done.stderr
    return found


def test_no_secret_is_told(tmp_path: Path) -> None:
    """In the log of debugging, on pages, by commands, in a faulty configuration's list, on disk."""
    with parrot() as (port, heard):
        gateway = Gateway(tmp_path / "site", document(tmp_path / "site", port))
        gateway.setting["LINEPROOF_LOG"] = "debug"
        past = tmp_path / "past.csv"
        past.write_text(f"signal,source_time,value\n{SPEED},2026-03-02T08:00:00+09:00,1.5\n")
        lineproof("import", "samples", past, "--config", gateway.folder)  # something to send
        with gateway:
            until(gateway.answers, "pages are served", 60)
            until(lambda: bool(heard), "the database was asked", 60)
            until(lambda: len(gateway.log()) > 0, "something is logged", 60)
            said = said_by(gateway)
            text = (gateway.folder / "lineproof.yaml").read_text("utf-8")
            (gateway.folder / "lineproof.yaml").write_text(text.replace("client_id", "client"))
            said |= {f"faulty {name}": raw for name, raw in said_by(gateway).items()}
            said["log"] = gateway.log().encode()
    assert any(CANARIES["influx"] in one for one in heard), "the secret was really used"

    for path in gateway.folder.rglob("*"):
        if path.is_file() and path.parent.name != "secrets":
            said[f"file {path.relative_to(gateway.folder)}"] = path.read_bytes()
    told = [
        (where, name)
        for where, raw in said.items()
        for name, secret in CANARIES.items()
        if any(form in raw for form in forms(secret))
    ]
    assert told == []
    assert any(b"gateway" in raw for raw in said.values()), "names are no secrets"

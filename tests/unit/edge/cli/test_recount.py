"""`lineproof recount`: the running service is asked, and what it says is told."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from edge.cli import asking, recount
from edge.cli.asking import posted
from edge.errors import NotFound, Unavailable
from tests.unit.edge.cli.desk import Command

HOUR = {"from": "2026-11-20T10:00:00+09:00", "points": 36_000, "missing": {"s/l/a/good": 1_456}}


def test_what_was_missing_is_told_by_hour(capsys: pytest.CaptureFixture[str]) -> None:
    """What was written again and what stays missing are two things."""
    hours = [{**HOUR, "left": {}}, {**HOUR, "left": {"s/l/a/good": 20}}]
    recount.shown({"sink": "influx", "points": 72_000, "hours": hours})
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == "influx: 72,000 points in 2 hours"
    assert "1,456 of 36,000 were missing, they were written again: s/l/a/good" in second
    assert third.endswith("were missing, 20 still are: s/l/a/good")


def test_a_site_without_a_sink_has_nothing_to_count(own: Command) -> None:
    """That is told before anybody is asked."""
    ran = own("recount")
    assert ran.code == 2
    assert "has no sink" in ran.err


def test_without_a_service_nobody_can_be_asked(own: Command) -> None:
    """Retrying is the running service's business too."""
    ran = own("quarantine", "retry", "1")
    assert ran.code == 4
    assert "start it with `lineproof run`" in ran.err


class Answers(BaseHTTPRequestHandler):
    """Says what the path asks for."""

    def do_POST(self) -> None:
        status = int(self.path.rpartition("/")[2])
        raw = json.dumps({"detail": "no such entry"} if status != 200 else {"done": 1}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """Where somebody answers."""
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_what_the_service_refuses_is_said_in_its_words(port: int) -> None:
    """Whoever asks for what is not there hears it; a service that cannot now is unavailable."""
    assert asking.PATIENCE_S >= 60
    assert posted("127.0.0.1", port, "x/200") == {"done": 1}
    with pytest.raises(NotFound, match="no such entry"):
        posted("127.0.0.1", port, "x/404")
    with pytest.raises(Unavailable, match="no such entry"):
        posted("127.0.0.1", port, "x/503")

"""A running InfluxDB in a folder of its own, with what a test may ask of it.

While it is stopped its port is held, so that nobody else answers there: another test's server once
did, and took 456 rows for good that were meant for this one.

Reading back goes by InfluxQL over `/query`, which all versions have, and by no code of ours.
"""

import base64
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.servers.influxdb import MissingError, influxd
from tests.servers.ports import free_port
from tests.servers.ready import missing

ORG, BUCKET, USER, SECRET = "site", "line", "gateway", "a-secret-of-the-tests"
START_S = 60.0
STOP_S = 20.0


class Point(NamedTuple):
    """One point as the server tells it; None where a field was never written."""

    machine: str
    signal: str
    time_ns: int
    value: float | None
    text: str | None
    status: int | None


class Place:
    """The port of a server that may be away."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._held: socket.socket | None = None

    def hold(self) -> None:
        """Keep it from everybody; who connects is refused.

        Bound beside the connections that the server left behind, and only then unwilling to share.
        """
        self.release()
        self._held = socket.socket()
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.bind(("127.0.0.1", self._port))
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)

    def release(self) -> None:
        """Let others have it again."""
        if self._held is not None:
            self._held.close()
            self._held = None


class Server:
    """One InfluxDB; it may be stopped and started again, on the same port and data."""

    def __init__(
        self, version: str, folder: Path, setting: Mapping[str, str] | None = None
    ) -> None:
        """Prepare a server.

        Args:
            version: one of those that the cache may hold.
            folder: an empty one, for all that it keeps.
            setting: environment that only this one has.
        """
        self.version = version
        self._setting = setting or {}
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.is_newer = version.startswith("2")
        self._process: subprocess.Popen[bytes] | None = None
        self._place = Place(self.port)
        secret = folder / "secret"
        secret.touch(mode=0o600)
        secret.write_text(SECRET + "\n")

    def start(self) -> None:
        """Start it and return once it answers."""
        self._place.release()
        arguments, setting = self._newer() if self.is_newer else self._older()
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(influxd(self.version)), *arguments],
                cwd=self.folder,
                env={**os.environ, "HOME": str(self.folder), **setting, **self._setting},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if self.ask("GET", "/ping")[0] == 204 and lives(self._process):
                    return
            except OSError:
                time.sleep(0.1)
        self.end()
        raise RuntimeError(f"InfluxDB {self.version}: {(self.folder / 'log').read_text()[-2000:]}")

    def end(self) -> None:
        """Stop it for good: its port is free for others."""
        self.stop()
        self._place.release()

    def stop(self) -> None:
        """End the process, if it runs, and hold the port until it is started again."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
            self._place.hold()

    def signal(self, number: signal.Signals) -> None:
        """Send its process a signal: stop it in its tracks, let it go on, or kill it."""
        assert self._process is not None
        self._process.send_signal(number)
        if number is signal.SIGKILL:
            self._process.wait()
            self._process = None
            self._place.hold()

    def set_up(self) -> None:
        """Make the user, the organisation and the bucket."""
        if self.is_newer:
            body = {"username": USER, "password": SECRET, "org": ORG, "bucket": BUCKET}
            status, answer = self.ask("POST", "/api/v2/setup", body | {"token": SECRET})
            assert status == 201, answer
        else:
            self.query(f"CREATE USER {USER} WITH PASSWORD '{SECRET}' WITH ALL PRIVILEGES")
            self.query(f"CREATE DATABASE {BUCKET}")

    def keys(self, bucket: str = BUCKET) -> dict[str, object]:
        """The keys of a sink that writes here."""
        secret = self.folder / "secret"
        if self.is_newer:
            return {"url": self.url, "org": ORG, "bucket": bucket, "token_file": secret}
        return {"url": self.url, "bucket": bucket, "user": USER, "password_file": secret}

    def make_bucket(self, name: str, keeps_s: int = 0) -> str:
        """Make another bucket that forgets after so many seconds; its name for a sink."""
        if self.is_newer:
            org = json.loads(self.ask("GET", f"/api/v2/orgs?org={ORG}")[1])["orgs"][0]["id"]
            rules = [{"type": "expire", "everySeconds": keeps_s}] if keeps_s else []
            body = {"name": name, "orgID": org, "retentionRules": rules}
            status, answer = self.ask("POST", "/api/v2/buckets", body)
            assert status == 201, answer
            return name
        duration = f"{keeps_s}s" if keeps_s else "INF"
        self.query(f"CREATE DATABASE {name} WITH DURATION {duration} REPLICATION 1 NAME kept")
        return f"{name}/kept"

    def make_reader(self) -> str:
        """A token of 2.x that may read buckets and write nothing."""
        org = json.loads(self.ask("GET", f"/api/v2/orgs?org={ORG}")[1])["orgs"][0]["id"]
        right = {"action": "read", "resource": {"type": "buckets", "orgID": org}}
        body = {"orgID": org, "permissions": [right]}
        status, answer = self.ask("POST", "/api/v2/authorizations", body)
        assert status == 201, answer
        return str(json.loads(answer)["token"])

    def write(self, lines: str, bucket: str = BUCKET) -> None:
        """Write lines as somebody else would, before or beside us."""
        database, _, policy = bucket.partition("/")
        query = urllib.parse.urlencode({"db": database, "rp": policy} if policy else {"db": bucket})
        if self.is_newer:
            query = urllib.parse.urlencode({"org": ORG, "bucket": bucket})
            status, answer = self.ask("POST", f"/api/v2/write?{query}", lines)
        else:
            status, answer = self.ask("POST", f"/write?{query}", lines)
        assert status == 204, answer

    def points(self, line: str, bucket: str = BUCKET) -> list[Point]:
        """All points of a line, sorted."""
        database, _, policy = bucket.partition("/")
        source = f'"{policy}"."{line}"' if policy else f'"{line}"'
        found = list[Point]()
        for series in self.query(f"SELECT * FROM {source} GROUP BY machine, signal", database):
            columns, tags = series["columns"], series["tags"]
            for values in series["values"]:
                row = dict(zip(columns, values, strict=True))
                value = None if row.get("value") is None else float(row["value"])
                found.append(
                    Point(
                        tags["machine"],
                        tags["signal"],
                        row["time"],
                        value,
                        row.get("text"),
                        row.get("status"),
                    )
                )
        return sorted(found, key=lambda point: point[:3])

    def query(self, question: str, database: str = "") -> list[dict[str, Any]]:
        """The series that an InfluxQL statement yields; times are nanoseconds."""
        form = urllib.parse.urlencode({"db": database, "q": question, "epoch": "ns"})
        status, answer = self.ask("POST", f"/query?{form}", "")
        assert status == 200, answer
        (result,) = json.loads(answer)["results"]
        assert "error" not in result, result
        series: list[dict[str, Any]] = result.get("series", [])
        return series

    def ask(self, method: str, path: str, body: Mapping[str, object] | str = "") -> tuple[int, str]:
        """Status and text of any request, made with the server's own key."""
        pair = base64.b64encode(f"{USER}:{SECRET}".encode()).decode()
        key = f"Token {SECRET}" if self.is_newer else f"Basic {pair}"
        raw = (body if isinstance(body, str) else json.dumps(body)).encode()
        headers = {"Authorization": key, "Content-Type": "application/json"}
        request = urllib.request.Request(
            self.url + path, raw if method == "POST" else None, headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def _newer(self) -> tuple[list[str], dict[str, str]]:
        return [
            f"--http-bind-address=127.0.0.1:{self.port}",
            f"--engine-path={self.folder / 'engine'}",
            f"--bolt-path={self.folder / 'bolt'}",
            f"--sqlite-path={self.folder / 'sqlite'}",
            "--reporting-disabled",
        ], {}

    def _older(self) -> tuple[list[str], dict[str, str]]:
        return ["run", "-config", os.devnull], {
            "INFLUXDB_REPORTING_DISABLED": "true",
            "INFLUXDB_BIND_ADDRESS": "127.0.0.1:0",  # of its backups
            "INFLUXDB_META_DIR": str(self.folder / "meta"),
            "INFLUXDB_DATA_DIR": str(self.folder / "data"),
            "INFLUXDB_DATA_WAL_DIR": str(self.folder / "wal"),
            "INFLUXDB_MONITOR_STORE_ENABLED": "false",
            "INFLUXDB_HTTP_BIND_ADDRESS": f"127.0.0.1:{self.port}",
            "INFLUXDB_HTTP_AUTH_ENABLED": "true",
        }


@contextmanager
def running(
    version: str, folder: Path, setting: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A server that is set up, until the end of the block."""
    server = Server(version, folder, setting)
    server.start()
    try:
        server.set_up()
        yield server
    finally:
        server.end()


@contextmanager
def serving(
    version: str, folder: Path, setting: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """The same for tests, which are skipped out loud where it cannot be had."""
    try:
        with running(version, folder, setting) as server:
            yield server
    except MissingError as error:
        missing(str(error))


def lives(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process is there a moment later: it ends where another has its port."""
    time.sleep(0.1)
    return process.poll() is None

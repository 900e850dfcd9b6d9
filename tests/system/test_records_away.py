"""Records that cannot be opened: what comes is stored, and the rest goes on once they can be."""

from pathlib import Path

import pytest

from tests.servers.node_opcua import Peer
from tests.system.rig import Document, Gateway, line, opcua, plc, until
from tests.system.witness import journalled

pytestmark = [pytest.mark.slow, pytest.mark.peer]

NODES = {"Body.Good": ["Double", 0]}


def test_samples_are_stored_while_the_records_cannot_be_opened(tmp_path: Path) -> None:
    """As on a disk without inodes: SQLite cannot make the log beside the file."""
    body = {"good": opcua("plc1", "Body.Good", kind="counter")}
    options: Document = {"namespaces": ["urn:mask"], "nodes": NODES, "users": {"gateway": "secret"}}
    with Peer(tmp_path, **options) as peer:
        site: Document = {
            "sources": [plc(peer.url, tmp_path)],
            "lines": [line({"id": "body", "signals": body})],
        }
        with Gateway(tmp_path / "site", site) as gateway:
            until(gateway.answers, "it answers")
            assert gateway.stop()[0] == 0
            log = gateway.data / "records.db-wal"
            log.mkdir()
            gateway.start()
            peer.do("set", name="Body.Good", value=7)
            until(lambda: 7 in values(gateway.data), "what is told without them")
            until(gateway.answers, "the pages are served without them")
            findings = [one["params"] for one in gateway.get("health")["findings"]]
            assert any("records.db" in str(one) for one in findings), findings
            log.rmdir()
            until(lambda: gateway.get("lines/mask-1/now")["machines"], "figures, once they can be")
            assert "all is started again" not in gateway.log()


def values(data: Path) -> set[float | None]:
    """What the journal holds."""
    return {row.value for row in journalled(data)}

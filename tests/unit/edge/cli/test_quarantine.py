"""`lineproof quarantine`: what was set aside, for people and for programs."""

import json

from edge.stores import Stores
from tests.unit.edge.cli.desk import Command


def test_what_was_set_aside_is_listed_and_discarded(own: Command) -> None:
    """As a table and as one document; an entry that is not there ends with 2."""
    with Stores.open(own.folder / "data") as stores, stores.journal.transaction():
        stores.ledger.quarantine("broker", "no JSON", b"{\x1b[31m", 10**18)
    ran = own("quarantine", "list")
    assert "no JSON" in ran.out
    assert "\x1b" not in ran.out, "a message commands the terminal"
    (one,) = json.loads(own("quarantine", "list", "--json").out)["quarantine"]
    assert own("quarantine", "discard", str(one["id"])).out == "1 entry discarded\n"
    assert own("quarantine", "discard", str(one["id"])).code == 2
    assert own("quarantine", "list").err == "nothing is in quarantine\n"

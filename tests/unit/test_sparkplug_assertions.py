"""`docs/sparkplug.md` has every assertion for hosts, and the tests that it names are there.

The ids are those of the Sparkplug 3.0.0 compatibility kit, by its test classes for hosts, and those
that only the specification has. A word in a line stands for all ids that begin as the line does.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
KIT = """
EdgeSessionTerminationTest operational-behavior-edge-node-termination-host-action-
  ddeath-devices-offline ddeath-devices-tags-stale ndeath-devices-offline ndeath-devices-tags-stale
  ndeath-node-offline ndeath-node-tags-stale
MessageOrderingTest operational-behavior-host-reordering-
  param rebirth start success
MultipleBrokerTest operational-behavior-
  host-application-multi-server-timestamp primary-application-state-with-multiple-servers-state
  primary-application-state-with-multiple-servers-state-subs
SendCommandTest message-flow-edge-node-birth-publish-
  will-message-topic
SendCommandTest operational-behavior-data-commands-
  dcmd-metric-name dcmd-metric-value dcmd-verb ncmd-metric-name ncmd-metric-value ncmd-rebirth-name
  ncmd-rebirth-value ncmd-rebirth-verb ncmd-verb
SendCommandTest payloads-
  dcmd-qos dcmd-retain dcmd-seq dcmd-timestamp name-cmd-requirement ncmd-qos ncmd-retain ncmd-seq
  ncmd-timestamp
SendCommandTest topics-
  dcmd-mqtt dcmd-payload dcmd-timestamp dcmd-topic ncmd-mqtt ncmd-payload ncmd-timestamp ncmd-topic
SessionEstablishmentTest
  components-ph-state conformance-primary-host intro-sparkplug-host-state
  principles-birth-certificates-order
SessionEstablishmentTest host-topic-phid-
  birth-message birth-payload birth-payload-timestamp birth-qos birth-required birth-retain
  birth-sub-required birth-topic death-payload death-qos death-required death-retain death-topic
SessionEstablishmentTest message-flow-
  hid-sparkplug-state-message-delivered phid-sparkplug-clean-session-311
  phid-sparkplug-clean-session-50 phid-sparkplug-state-publish phid-sparkplug-state-publish-payload
  phid-sparkplug-state-publish-payload-timestamp phid-sparkplug-subscription
SessionEstablishmentTest operational-behavior-host-application-connect-
  birth birth-payload birth-qos birth-retained birth-topic will will-payload will-qos will-retained
  will-topic
SessionEstablishmentTest payloads-state-
  birth birth-payload subscribe will-message will-message-payload will-message-qos
  will-message-retain
SessionTerminationTest host-topic-phid-death-payload-timestamp-
  disconnect-clean disconnect-with-no-disconnect-packet
SessionTerminationTest operational-behavior-host-application-
  death-payload death-qos death-retained death-topic disconnect-intentional termination
Specification
  host-topic-phid-death-payload-timestamp-connect operational-behavior-host-application-host-id
  payloads-alias-data-cmd-requirement payloads-metric-datatype-not-req topic-structure
  topic-structure-namespace-a topic-structure-namespace-device-id-non-associated-message-types
  payloads-timestamp-in-UTC payloads-metric-timestamp-in-UTC
"""
ROW = re.compile(r"^\| `(tck-id-[\w-]+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"`([\w/.]+)::(test_\w+)`")
RESULTS = {"pass", "on demand", "no", "n/a"}


def wanted() -> list[str]:
    """The ids above, written out."""
    found: list[str] = []
    head = ""
    for line in KIT.strip().splitlines():
        if line.startswith(" "):
            found += [f"tck-id-{head}{word}" for word in line.split()]
        else:
            head = "".join(line.split()[1:])
    return found


def rows() -> list[tuple[str, str, str]]:
    """The rows of the table: id, result, and the test or why not."""
    return ROW.findall((ROOT / "docs/sparkplug.md").read_text("utf-8"))


def test_every_assertion_for_hosts_is_in_the_table_once() -> None:
    """Nothing is left out because it does not pass."""
    listed = [name for name, _, _ in rows()]
    assert sorted(listed) == sorted(wanted())


def test_each_test_that_the_table_names_is_there() -> None:
    """A row passes by a test, or says in words why not."""
    for name, result, why in rows():
        assert result in RESULTS, name
        found = TEST.search(why)
        assert bool(found) == (result in {"pass", "on demand"}), name
        if found is not None:
            text = (ROOT / "tests" / found[1]).read_text("utf-8")
            assert f"def {found[2]}(" in text, f"{name}: {found[0]}"

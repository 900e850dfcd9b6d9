"""What an OPC UA sample costs Telegraf, whose output is thrown away: beside ours in one run.

`telegraf` has to be in PATH. It is built as a Go module with nothing but what is used here:
`go install -tags "$TAGS" github.com/influxdata/telegraf/cmd/telegraf@v1.37.2`, where TAGS are
`custom,inputs.opcua_listener,inputs.mqtt_consumer,outputs.discard,parsers.json_v2`.
"""

import json
import shutil
import subprocess
import time
from pathlib import Path

from tests.bench.spent import spent_s
from tests.servers.node_opcua import Peer

COMES_UP_S = 6.0
WARM_S = 2.0
SECONDS = 8.0
CONFIG = """
[agent]
  interval = "1s"
  flush_interval = "1s"
  metric_batch_size = 5000
  metric_buffer_limit = 100000
  omit_hostname = true
"""
INPUT = """
[[inputs.opcua_listener]]
  endpoint = {url}
  subscription_interval = "{every_ms}ms"
  security_policy = "{policy}"
  security_mode = "{mode}"
  certificate = {certificate}
  private_key = {key}
  auth_method = "Anonymous"
  timestamp = "source"
  nodes = [
{nodes}
  ]
"""
OUTPUT = """
[[outputs.discard]]
"""
AT_ONCE = 1_000  # nodes of one input: an encrypted request for more ended the link
NODE = '{{name = "v{i}", namespace = "2", identifier_type = "s", identifier = "Many.{i}"}}'


def there() -> bool:
    """Whether it can be measured here."""
    return shutil.which("telegraf") is not None


def of_telegraf(peer: Peer, policy: str, nodes: int, every_ms: int, folder: Path) -> float:
    """CPU microseconds of each change that the server made.

    Args:
        peer: whose crowd changes.
        policy: of the channel; anything but None signs and encrypts.
        nodes: how many of the crowd, all of which change together.
        every_ms: how often they change and are published.
        folder: for its configuration and log.
    """
    settings = folder / "telegraf.conf"
    settings.write_text(configured(peer.url, policy, nodes, every_ms, folder), "utf-8")
    command = ["telegraf", "--config", str(settings)]
    with (
        (folder / "telegraf.log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
    ):
        try:
            time.sleep(COMES_UP_S + WARM_S)
            used_s, changes = spent_s(process.pid), int(peer.do("changes")["count"])
            time.sleep(SECONDS)
            used_s = spent_s(process.pid) - used_s
            changes = int(peer.do("changes")["count"]) - changes
            if process.poll() is not None:
                raise RuntimeError((folder / "telegraf.log").read_text("utf-8", "replace")[-500:])
        finally:
            process.kill()
    return used_s / (changes * nodes) * 1e6


def configured(url: str, policy: str, nodes: int, every_ms: int, folder: Path) -> str:
    """Its configuration: one input, or as many as it needs where the channel is encrypted."""
    at_once = nodes if policy == "None" else AT_ONCE
    inputs = [
        INPUT.format(
            url=json.dumps(url),
            certificate=json.dumps(str(folder / "telegraf.pem")),  # made there by Telegraf
            key=json.dumps(str(folder / "telegraf.key")),
            every_ms=every_ms,
            policy=policy,
            mode="None" if policy == "None" else "SignAndEncrypt",
            nodes=",\n".join(NODE.format(i=i) for i in range(first, min(nodes, first + at_once))),
        )
        for first in range(0, nodes, at_once)
    ]
    return "".join([CONFIG, *inputs, OUTPUT])

"""The demo's site: written from what the simulators say of themselves, like any other site."""

import io
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from edge.config.loader import FILE

Document = dict[str, Any]  # JSON
EXCEPTION = "demo: the simulated PLC is on this machine"
HEADER = """\
# The site of `lineproof demo`, written anew at each of its starts.
# Three simulated lines over real OPC UA and MQTT; `lineproof run` would take this file as it is.
"""
MATURITY_DAYS = 3  # short, so that 80 days are enough for a verdict
ELECTRICITY = {
    "item": "electricity",
    "value": 145.0,
    "unit": "KRW/kW.h",
    "valid_from": "2020-01-01",
}


def write_site(folder: Path, simulated: Document, port: int, *, broker: str = "") -> None:
    """Write `lineproof.yaml`.

    Args:
        folder: of the site; made if absent.
        simulated: what the simulators say of their lines.
        port: of the pages, on loopback.
        broker: the program, where known; amqtt never answers a client that asks for MQTT 5.
    """
    document = {
        "site": {**simulated["site"], "name": simulated["site"]["name"]["ko"]},
        "sources": [source(one, broker) for one in simulated["sources"]],
        "lines": [line(one) for one in simulated["lines"]],
        "prices": [ELECTRICITY],
        "api": {"listen": f"127.0.0.1:{port}"},
    }
    yaml, text = YAML(typ="rt"), io.StringIO()
    yaml.width = 140
    yaml.dump(document, text)
    body = text.getvalue().replace("valid_from: '2020-01-01'", "valid_from: 2020-01-01")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(HEADER + body, encoding="utf-8")


def source(told: Document, broker: str) -> Document:
    """A source as the configuration has it."""
    found = {"id": told["id"], "kind": told["kind"], "url": told["url"]}
    if told["kind"] == "opcua":
        return {**found, "security": {"policy": "None", "exception": EXCEPTION}}
    old = {"protocol": "3.1.1"} if broker == "amqtt" else {}
    return {**found, "client_id": "lineproof-demo", **old}


def line(told: Document) -> Document:
    """A line as the configuration has it."""
    return {
        "id": told["id"],
        "name": told["name"]["ko"],
        "profile": told["profile"],
        "maturity_days": MATURITY_DAYS,
        "limits": told["limits"],
        "shifts": told["shifts"],
        "machines": [machine(one) for one in told["machines"]],
    }


def machine(told: Document) -> Document:
    """A machine as the configuration has it."""
    found: Document = {"id": told["id"], "name": told["name"]["ko"], "station": told["station"]}
    if told["exit"]:
        found["exit"] = True
    if told["ideal_cycle_s"]:
        found["ideal_cycle_s"] = told["ideal_cycle_s"]
    found["signals"] = {one["name"]: signal(one) for one in told["signals"]}
    return found


def signal(told: Document) -> Document:
    """A signal as the configuration has it: its address depends on its source."""
    found = {key: told[key] for key in ("source", "kind", "unit")}
    if "node" in told:
        found["node"] = told["node"]
    else:
        found |= {"topic": told["topic"], "payload": {"value": told["value"], "time": told["time"]}}
    for key in ("modulus", "max_rate"):
        if key in told:
            found[key] = told[key]
    if "map" in told:
        found["map"] = {int(code): state for code, state in told["map"].items()}
    return found

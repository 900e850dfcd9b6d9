"""Collectors and sinks are found by name; each is imported only when somebody uses it."""

import subprocess
import sys

import pytest

from edge.service.kinds import kinds

ONLY_NAMES = """
import sys
from edge.service.kinds import kinds
found = kinds()
assert sorted(found.sources) == ["modbus", "mqtt", "opcua"], list(found.sources)
assert sorted(found.sinks) == ["influxdb"], list(found.sinks)
assert "xgt" not in found.sources
assert not {"asyncua", "pymodbus"} & set(sys.modules)
assert len(found.sources) == 3 and len(found.sinks) == 1
found.sources["opcua"]
assert "asyncua" in sys.modules and "pymodbus" not in sys.modules
"""


def test_every_kind_has_its_configuration() -> None:
    """`Config` and `Point`, described field by field: schema and reference come from them."""
    found = kinds()
    for name in found.sources:
        source = found.sources[name]
        assert "points" in source.config.model_fields
        assert {"signal", "kind"} <= set(source.point.model_fields)
    for name in found.sinks:
        assert found.sinks[name].model_fields


def test_an_unknown_kind_is_none() -> None:
    """Not by a part of its name either."""
    for name in ("xgt", "opc", "", "mqtt.session", "__init__"):
        with pytest.raises(KeyError):
            kinds().sources[name]
        with pytest.raises(KeyError):
            kinds().sinks[name]


def test_names_cost_no_library() -> None:
    """Who lists kinds imports none; who uses one imports that alone."""
    subprocess.run([sys.executable, "-c", ONLY_NAMES], check=True)

"""Whatever is asked of the API, it answers: no input makes the service fail."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.servers.ports import free_port
from tests.system.rig import Document, Gateway, broker, line, mqtt, until

pytestmark = pytest.mark.slow

DESCRIBED = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text("utf-8"))
ENDLESS = "/api/v1/stream"
KNOWN = (  # so that questions come further than the first check
    *("mask-1", "body", "broker", "good", "hanbit/mask-1/body/good", "mask-1/body/1", "oee"),
    *("2026-11-02", "2026-11-03T08:00:00+09:00", "2026-13-40", "shift", "hour", "1", "-1", "0"),
    *("9" * 40, "1e999", "NaN", "", "..", "%00", "\ud7ff", "a" * 5_000),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
TEXTS = st.sampled_from(KNOWN) | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def of(schema: Document, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values that mostly are what a schema describes, and anything now and then."""
    fits = fitting(schema, depth)
    return fits if depth > 4 else st.one_of(fits, fits, fits, JSON)


def fitting(schema: Document, depth: int) -> st.SearchStrategy[Any]:
    """Values that a schema describes, but for its limits."""
    if "$ref" in schema:
        named = DESCRIBED["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return of(named, depth + 1)
    if "anyOf" in schema:
        return st.one_of([of(one, depth + 1) for one in schema["anyOf"]])
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    return of_kind(schema, depth)


def of_kind(schema: Document, depth: int) -> st.SearchStrategy[Any]:
    """Values of the one type that a schema names."""
    plain: dict[str | None, st.SearchStrategy[Any]] = {
        "integer": st.integers(-10, 10) | st.integers(),
        "number": st.floats() | st.integers(),
        "boolean": st.booleans(),
        "null": st.none(),
        "string": TEXTS,
    }
    if "properties" in schema:
        keys = {key: of(one, depth + 1) for key, one in schema["properties"].items()}
        needed = set(schema.get("required", ()))
        return st.fixed_dictionaries(
            {key: one for key, one in keys.items() if key in needed},
            optional={key: one for key, one in keys.items() if key not in needed},
        )
    if schema.get("type") == "array":
        return st.lists(of(schema.get("items", {}), depth + 1), max_size=3)
    return plain.get(schema.get("type"), JSON)


ASKED = [
    (path, method.upper(), how)
    for path, methods in DESCRIBED["paths"].items()
    for method, how in methods.items()
    if path != ENDLESS
]


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str, dict[str, str], bytes]:
    """Method, address, headers and body of one request."""
    path, method, how = draw(st.sampled_from(ASKED))
    query, headers = list[tuple[str, str]](), dict[str, str]()
    for one in how.get("parameters", []):
        if not one.get("required") and draw(st.booleans()):
            continue
        value = str(draw(of(one["schema"], 3)))
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", quote(value, safe=""))
        elif one["in"] == "query":
            query.append((one["name"], value))
        else:
            headers[one["name"]] = quote(value)
    body, content = b"", how.get("requestBody", {}).get("content", {})
    if content:
        form = draw(st.sampled_from(sorted(content)))
        headers["Content-Type"], body = form, draw(st.binary(max_size=200))
        if form == "application/json":
            body = json.dumps(draw(of(content[form].get("schema", {})))).encode()
    address = f"{path}?{urlencode(query)}" if query else path
    return method, address, headers, body


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A service whose broker is away."""
    good = {"good": mqtt("mask/good", kind="counter", unit="{piece}")}
    lines = [line({"id": "body", "signals": good})]
    document = {"sources": [broker(free_port())], "lines": lines}
    with Gateway(tmp_path_factory.mktemp("site"), document) as started:
        until(started.answers, "it serves")
        yield started


@settings(
    max_examples=300,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(asked=requests())
def test_no_request_makes_the_service_fail(
    gateway: Gateway, asked: tuple[str, str, dict[str, str], bytes]
) -> None:
    """Every answer is below 500, and one that refuses is a document that says why."""
    method, address, headers, body = asked
    link = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    try:
        link.request(method, address, body, headers)
        answer = link.getresponse()
        said = answer.read()
    finally:
        link.close()
    assert answer.status < 500, (asked, answer.status, said[:500], gateway.log()[-2000:])
    if answer.status >= 400 and said:
        kind = answer.headers["content-type"]
        assert kind == "application/problem+json", (asked, kind, said[:200])
    assert gateway.lives()

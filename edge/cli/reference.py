"""Every key of `lineproof.yaml`, as a page: `python -m edge.cli.reference > docs/configuration.md`.

What always holds: all that a configuration may say is on it, and in the words of the models by
which it is read. A test compares the page with them.
"""

import json
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from edge.config.loader import FILLED_IN, POINT_FILLED_IN, Kinds
from edge.config.models import PATTERNS, FileKeys, SignalKeys, SourceKeys
from edge.service.kinds import kinds

Schema = Mapping[str, Any]  # JSON Schema as pydantic writes it
HEAD = """# Keys of `lineproof.yaml`

Made from the models that read the file: `python -m edge.cli.reference > docs/configuration.md`.

A key that is not here is an error, and so is one that is written twice; `lineproof check` names
each fault by line and column. Names of files are relative to the folder of `lineproof.yaml`.
`lineproof init` writes a commented file to start from, and `deploy/site` has an example of a line.
What holds from a day on may also be entered while the service runs: [tables](tables.md).

A source and a sink have the keys of their kind. A signal has those of every kind, and beside them
those that say where in its source it is read.
"""
IDS = """| `id` | lower-case letters, digits, dashes, underlines | needed | unlike all other ids |
| `kind` | `{kind}` | needed | what it is |
"""
TABLE = "| Key | Value | Default | Meaning |\n|---|---|---|---|\n"
TOP = "Top of the file"
SIGNALS = "lines[].machines[].signals"
FORMATS = {"date": "day, as `2026-11-02`", "path": "file or folder", "uri": "address"}
TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "null": "",
    "object": "mapping",
}
LIMITS = {
    "minimum": "from {}",
    "exclusiveMinimum": "above {}",
    "maximum": "to {}",
    "exclusiveMaximum": "below {}",
}


def page(known: Kinds) -> str:
    """The whole page, for these kinds of sources and sinks."""
    parts = [HEAD, *sections(TOP, FileKeys)]
    every = "".join(rows(SourceKeys.model_json_schema(), {}, ()))
    for kind in known.sources:
        ids = IDS.format(kind=kind) + every
        parts += sections(f"sources[] of kind {kind}", known.sources[kind].config, ids)
    parts += sections(f"{SIGNALS} of every kind", SignalKeys)
    for kind in known.sources:
        parts += sections(
            f"{SIGNALS} that read from {kind}", known.sources[kind].point, hidden=POINT_FILLED_IN
        )
    for kind in known.sinks:
        ids = IDS.format(kind=kind)
        parts += sections(f"sinks[] of kind {kind}", known.sinks[kind], ids)
    return "\n".join(parts)


def sections(
    place: str,
    model: type[BaseModel],
    first: str = "",
    hidden: Collection[str] = FILLED_IN,
) -> Iterator[str]:
    """The table of a model, then those of the models inside, each once.

    Args:
        place: in the file, as its heading.
        model: what reads it.
        first: rows of keys that it does not read itself.
        hidden: keys that nobody writes.
    """
    schema = model.model_json_schema()
    defined = schema.get("$defs", {})
    waiting: list[tuple[str, Schema]] = [(place, schema)]
    told = dict[str, str]()
    while waiting:
        here, keys = waiting.pop(0)
        inside = list[tuple[str, Schema]]()
        for key, value in keys["properties"].items():
            for name in [] if key in hidden else named(value):
                if name not in told and "properties" in defined[name]:
                    inside.append((within(here, key, value), defined[name]))
                    told[name] = f"[keys](#{anchor(inside[-1][0])})"
                elif name not in told:
                    told[name] = words(defined[name], told)
        waiting = inside + waiting
        yield f"## {here}\n\n{keys['description'].splitlines()[0]}\n"
        yield TABLE + first + "".join(rows(keys, told, hidden))
        first, hidden = "", ()


def within(place: str, key: str, value: Schema) -> str:
    """The place of what a key holds, by that of the key."""
    way = f"{key}[]" if "items" in json.dumps(value) else key
    if place == TOP:
        return way
    return f"{place}: {way}" if " " in place else f"{place}.{way}"


def rows(keys: Schema, told: Mapping[str, str], hidden: Collection[str]) -> Iterator[str]:
    """A line for each key that people write; `told` has what leads to the models inside."""
    needed = keys.get("required", [])
    for key, value in keys["properties"].items():
        if key not in hidden:
            default = "needed" if key in needed else shown(value.get("default"))
            cells = f"`{key}`", words(value, told), default, value["description"]
            yield f"| {' | '.join(cell.replace('|', '¦') for cell in cells)} |\n"


def named(value: object) -> list[str]:
    """The models that a value may hold, in their order."""
    return re.findall(r'"#/\$defs/(\w+)"', json.dumps(value))


def shown(default: object) -> str:
    """What holds where nothing is written."""
    if default in (None, "", [], {}):
        return "none"
    if isinstance(default, dict):
        return "as below"
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def words(value: Schema, told: Mapping[str, str]) -> str:
    """What may stand there."""
    match value:
        case {"$ref": str(name)}:
            found = told[name.rpartition("/")[2]]
        case {"anyOf": list(each)}:
            found = " or ".join(filter(None, (words(one, told) for one in each)))
        case {"enum": list(choices)}:
            found = ", ".join(f"`{choice}`" for choice in choices)
        case {"const": only}:
            found = f"`{only}`"
        case {"prefixItems": [first, *_]}:
            found = f"pair of {words(first, told)}"
        case {"items": inside}:
            found = f"list of {words(inside, told)}"
        case {"additionalProperties": dict(inside)}:
            found = f"mapping to {words(inside, told)}"
        case _:
            found = plain(value)
    return found


def plain(value: Schema) -> str:
    """What a text or a number may be."""
    form = FORMATS.get(value.get("format", ""), "") or PATTERNS.get(value.get("pattern", ""), "")
    limits = [text.format(number(value[name])) for name, text in LIMITS.items() if name in value]
    return ", ".join([form or TYPES[value["type"]], " ".join(limits)]).rstrip(", ")


def number(limit: float) -> str:
    """A limit as people write it."""
    return f"{limit:,}" if isinstance(limit, int) else f"{limit:,.16g}"


def anchor(heading: str) -> str:
    """What leads to a heading, as forges make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


if __name__ == "__main__":
    sys.stdout.write(page(kinds()))

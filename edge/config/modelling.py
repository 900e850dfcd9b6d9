"""From keys of the file to models: every fault is noted, and what can still be read is read on.

A model that had faults is made again without the keys that were wrong, so that the faults which
need more than one key to be seen come in the same run.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from edge.config.models import PATTERNS
from edge.config.places import Places, Step
from edge.errors import Fault

Model = TypeVar("Model", bound=BaseModel)


def modelled(
    model: type[Model],
    raw: Mapping[str, object],
    steps: tuple[Step, ...],
    places: Places,
    faults: list[Fault],
    known: list[str] | None = None,
) -> Model | None:
    """The model; where keys of it are wrong their faults are noted, and it is made without them.

    None where nothing can be made of the rest.
    """
    try:
        return model.model_validate(dict(raw))
    except ValidationError as error:
        for detail in error.errors():
            inside = len(detail["loc"]) > 1
            keys = keys_at(model, detail["loc"]) if inside or known is None else known
            faults.append(places.of_error(detail, steps, keys, wanted(model, detail)))
        return without(model, raw, error.errors())


def salvaged(model: type[Model], raw: object) -> Model | None:
    """The same where nobody asks for the faults: they were noted before."""
    if not isinstance(raw, Mapping):
        return None
    try:
        return model.model_validate(dict(raw))
    except ValidationError as error:
        return without(model, raw, error.errors())


def without(
    model: type[Model], raw: Mapping[str, object], errors: Sequence[ErrorDetails]
) -> Model | None:
    """The model of what is left when the keys with errors are taken away; None if that is none."""
    rest = plain(raw)
    for error in errors:
        drop(rest, error["loc"])
    try:
        return model.model_validate(rest)
    except ValidationError:
        return None


def drop(node: object, steps: Sequence[Step]) -> None:
    """Take away the innermost key that leads to a place."""
    found: tuple[dict[str, object], str] | None = None
    for step in steps:
        if isinstance(node, dict) and str(step) in node:
            found = node, str(step)
            node = node[str(step)]
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
    if found:
        found[0].pop(found[1], None)


def plain(node: object) -> object:
    """A copy in plain mappings and lists, which may be cut."""
    if isinstance(node, Mapping):
        return {str(key): plain(value) for key, value in node.items()}
    return [plain(item) for item in node] if isinstance(node, list) else node


def wanted(model: type[BaseModel], error: ErrorDetails) -> str:
    """What should stand there, in words; empty where the error itself says so."""
    if error["type"] != "string_pattern_mismatch":
        return ""
    words = PATTERNS.get(error["ctx"]["pattern"])
    if words is None:
        for step in error["loc"]:
            field = model.model_fields.get(str(step))
            inner = field and next((t for t in nested(field.annotation) if is_model(t)), None)
            words = field.description if field else words
            model = inner if isinstance(inner, type) else model
    return f"write {words}" if words else ""


def keys_at(model: type[BaseModel], steps: tuple[Step, ...]) -> list[str]:
    """The keys allowed beside the one that `steps` lead to."""
    for step in steps[:-1]:
        if isinstance(step, int):
            continue
        field = model.model_fields.get(step)
        inner = field and next((t for t in nested(field.annotation) if is_model(t)), None)
        model = inner if isinstance(inner, type) else model
    return list(model.model_fields)


def nested(annotation: object) -> list[object]:
    """A type and all types inside it: `list[X] | None` gives X too."""
    return [annotation, *(part for arg in get_args(annotation) for part in nested(arg))]


def is_model(candidate: object) -> bool:
    """Whether a type is a mapping of the file."""
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)

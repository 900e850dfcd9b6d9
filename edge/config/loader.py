"""Read `lineproof.yaml`: a site that can be run, or every fault with its place and remedy."""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml.comments import CommentedMap

from edge.config.checks import check
from edge.config.models import NAME_PATTERN, FileKeys, SignalKeys
from edge.config.places import Places, Step
from edge.config.reading import tree_of
from edge.config.resolve import resolve
from edge.errors import ConfigInvalid, Fault
from edge.site import Site

FILE = "lineproof.yaml"
OURS = ("archive", "frames", "gateway", "import", "journal", "sealing")  # who else has findings
Model = TypeVar("Model", bound=BaseModel)


class SourceKind(NamedTuple):
    """What a collector's module says of its configuration."""

    config: type[BaseModel]
    point: type[BaseModel]


class Configs(Mapping[str, type[BaseModel]]):
    """The configuration of each kind of source; a kind that nobody uses is not looked at."""

    def __init__(self, kinds: Mapping[str, SourceKind]) -> None:
        self._kinds = kinds

    def __getitem__(self, kind: str) -> type[BaseModel]:
        return self._kinds[kind].config

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)


class Kinds(NamedTuple):
    """The kinds of sources and sinks there are, by name; handed down by the composition root."""

    sources: Mapping[str, SourceKind]
    sinks: Mapping[str, type[BaseModel]]


@dataclass(frozen=True, slots=True)
class SourceSetup:
    """One source as configured, and by signal path what to read from it."""

    id: str
    kind: str
    config: BaseModel
    points: Mapping[str, BaseModel]


@dataclass(frozen=True, slots=True)
class SinkSetup:
    """One sink as configured."""

    id: str
    kind: str
    config: BaseModel


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration without a fault."""

    folder: Path
    data: Path
    site: Site
    sources: tuple[SourceSetup, ...]
    sinks: tuple[SinkSetup, ...]
    host: str
    port: int
    commit_every_ms: int


class Draft(NamedTuple):
    """What has been read so far, by place, with the faults found on the way."""

    keys: FileKeys
    places: Places
    sources: dict[str, tuple[str, BaseModel]]
    sinks: dict[str, tuple[str, BaseModel]]
    signals: dict[tuple[int, int, str], SignalKeys]  # line, machine, name
    points: dict[tuple[int, int, str], BaseModel]
    faults: list[Fault]


def load(folder: Path, kinds: Kinds) -> Loaded:
    """Read the configuration of the site in `folder`.

    Args:
        folder: holds `lineproof.yaml`; relative paths in it start here.
        kinds: the configuration of each kind of source and sink.

    Raises:
        ConfigInvalid: with every fault of this reading, by line and column.
    """
    file = folder / FILE
    tree = tree_of(file)
    draft = drafted(file, tree, kinds)
    if not draft.faults:
        draft.faults.extend(check(draft.keys, draft.signals, draft.points, draft.places))
    if draft.faults:
        raise ConfigInvalid(tuple(draft.faults))
    keys = draft.keys
    periods = {
        name: getattr(config, "publish_ms", None) for name, (_, config) in draft.sources.items()
    }
    site, paths = resolve(keys, draft.signals, periods)
    by_source: dict[str, dict[str, BaseModel]] = {name: {} for name in draft.sources}
    for place, point in draft.points.items():
        by_source[draft.signals[place].source][paths[place]] = point
    host, _, port = keys.api.listen.rpartition(":")
    return Loaded(
        folder=folder,
        data=folder / keys.storage.data,
        site=site,
        sources=tuple(
            SourceSetup(name, kind, absolute(config, folder), by_source[name])
            for name, (kind, config) in draft.sources.items()
        ),
        sinks=tuple(
            SinkSetup(name, kind, absolute(config, folder))
            for name, (kind, config) in draft.sinks.items()
        ),
        host=host.strip("[]"),
        port=int(port),
        commit_every_ms=keys.storage.commit_every_ms,
    )


def drafted(file: Path, tree: CommentedMap, kinds: Kinds) -> Draft:
    """All models that can be made from the tree, and the faults of those that cannot."""
    places, faults = Places(file, tree), list[Fault]()
    keys = modelled(FileKeys, tree, (), places, faults)
    if keys is None:
        raise ConfigInvalid(tuple(faults))
    sources = parts(keys.sources, "sources", Configs(kinds.sources), places, faults)
    sinks = parts(keys.sinks, "sinks", kinds.sinks, places, faults)
    faults += [
        places.fault(("sinks", i, "id"), f"is '{entry['id']}', which is a source; rename one")
        for i, entry in enumerate(keys.sinks)
        if entry.get("id") in sources
    ]
    draft = Draft(keys, places, sources, sinks, {}, {}, faults)
    for i, line in enumerate(keys.lines):
        for j, machine in enumerate(line.machines):
            for name, raw in machine.signals.items():
                read_signal(draft, kinds, (i, j, name), raw)
    return draft


def parts(
    items: list[dict[str, object]],
    room: str,
    kinds: Mapping[str, type[BaseModel]],
    places: Places,
    faults: list[Fault],
) -> dict[str, tuple[str, BaseModel]]:
    """Sources or sinks by id, each with its kind and the configuration of that kind."""
    found: dict[str, tuple[str, BaseModel]] = {}
    for i, raw in enumerate(items):
        steps: tuple[Step, ...] = (room, i)
        name, kind = str(raw.get("id", "")), str(raw.get("kind", ""))
        if kind not in kinds:
            faults.append(
                places.fault((*steps, "kind"), f"is '{kind}'; write one of {', '.join(kinds)}")
            )
            continue
        if wrong := wrong_id(name, found):
            faults.append(places.fault((*steps, "id"), wrong))
            continue
        own = {key: value for key, value in raw.items() if key not in {"id", "kind"}}
        config = modelled(kinds[kind], own, steps, places, faults)
        if config is not None:
            found[name] = (kind, config)
    return found


def wrong_id(name: str, known: Container[str]) -> str:
    """What is wrong with the id of a source or sink; empty where nothing is."""
    if not re.fullmatch(NAME_PATTERN, name):
        return f"is '{name}'; write lower-case letters, digits, dashes and underlines"
    if name in OURS:
        return f"is '{name}', which names a room of ours; write another"
    return f"is '{name}', as another is; give each a name of its own" if name in known else ""


def read_signal(
    draft: Draft, kinds: Kinds, place: tuple[int, int, str], raw: dict[str, object]
) -> None:
    """Split a signal's keys between us and its source, and check both."""
    i, j, name = place
    steps = ("lines", i, "machines", j, "signals", name)
    source = str(raw.get("source", ""))
    if source not in draft.sources:
        known = ", ".join(draft.sources) or "none"
        if not any(source == entry.get("id") for entry in draft.keys.sources):
            message = f"is '{source}', which is no source; known are {known}"
            draft.faults.append(draft.places.fault((*steps, "source"), message))
        return
    point_model = kinds.sources[draft.sources[source][0]].point
    theirs = set(point_model.model_fields) - {"signal", "kind"}
    own = {key: value for key, value in raw.items() if key not in theirs}
    known_keys = [*SignalKeys.model_fields, *sorted(theirs)]
    signal = modelled(SignalKeys, own, steps, draft.places, draft.faults, known_keys)
    address = {key: value for key, value in raw.items() if key in theirs}
    point = modelled(point_model, address, steps, draft.places, draft.faults, known_keys)
    if signal is not None and point is not None:
        draft.signals[place] = signal
        draft.points[place] = point


def modelled(
    model: type[Model],
    raw: Mapping[str, object],
    steps: tuple[Step, ...],
    places: Places,
    faults: list[Fault],
    known: list[str] | None = None,
) -> Model | None:
    """The model, or None after its faults were noted."""
    try:
        return model.model_validate(dict(raw))
    except ValidationError as error:
        for detail in error.errors():
            keys = known or keys_at(model, detail["loc"])
            faults.append(places.of_error(detail, steps, keys))
        return None


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


def absolute(config: BaseModel, folder: Path) -> BaseModel:
    """The same configuration with every file named from the root, not from `folder`."""
    changed: dict[str, object] = {}
    for name in type(config).model_fields:
        value = getattr(config, name)
        if isinstance(value, Path):
            changed[name] = folder / value
        elif isinstance(value, BaseModel):
            changed[name] = absolute(value, folder)
    return config.model_copy(update=changed)

"""Read `lineproof.yaml`: a site that can be run, or every fault with its place and remedy."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel
from ruamel.yaml.comments import CommentedMap

from edge.config.checks import Whole, check, explained, wrong_id
from edge.config.files import file_faults
from edge.config.modelling import modelled, salvaged
from edge.config.models import (
    ApiKeys,
    FileKeys,
    LineKeys,
    PriceKeys,
    SignalKeys,
    SiteKeys,
    SourceKeys,
)
from edge.config.places import Places, Step, in_order
from edge.config.reading import mappings, named_mappings, tree_of
from edge.config.resolve import resolve
from edge.entries import DemandEntry
from edge.errors import ConfigInvalid, Fault
from edge.site import Site

FILE = "lineproof.yaml"
FILLED_IN = {"keys", "leaves_nothing", "points"}  # of a source, by us and by nobody else
POINT_FILLED_IN = {"signal", "kind"}


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
    keys: SourceKeys = field(default_factory=SourceKeys)


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
    remarks: tuple[Fault, ...] = ()  # what keeps a source or sink from working, and nothing else
    file: Path = Path(FILE)  # resolved: what it was read from


class Entry(NamedTuple):
    """A source or sink, and what leads to it in the file."""

    kind: str
    config: BaseModel
    steps: tuple[Step, ...]
    keys: SourceKeys = SourceKeys()  # those of every source


class Draft(NamedTuple):
    """What has been read so far, by place, with the faults found on the way."""

    keys: FileKeys | None  # where any can be made of the file
    places: Places
    sources: dict[str, Entry]
    sinks: dict[str, Entry]
    signals: dict[tuple[int, int, str], SignalKeys]  # line, machine, name
    points: dict[tuple[int, int, str], BaseModel]
    faults: list[Fault]


def load(folder: Path, kinds: Kinds, name: str = FILE) -> Loaded:
    """Read the configuration of the site in `folder`.

    Args:
        folder: holds `lineproof.yaml`; relative paths in it start here.
        kinds: the configuration of each kind of source and sink.
        name: of another file there that holds a configuration.

    Raises:
        ConfigInvalid: with every fault of this reading, by line and column.
    """
    file = folder / name
    tree = tree_of(file)
    draft = drafted(file, tree, kinds)
    found = check(whole_of(tree), draft.signals, draft.points, draft.places)
    faults = [*draft.faults, *(one for one in found if not explained(one, draft.faults))]
    remarks = tuple(
        fault
        for entry in [*draft.sources.values(), *draft.sinks.values()]
        for fault in file_faults(entry.config, entry.steps, folder, draft.places)
    )
    if faults or draft.keys is None:
        raise ConfigInvalid(tuple(sorted(faults, key=in_order)), remarks)
    return replace(settled(folder, draft, draft.keys, remarks), file=file)


def settled(folder: Path, draft: Draft, keys: FileKeys, remarks: tuple[Fault, ...]) -> Loaded:
    """What comes of a file without a fault."""
    periods = {
        name: getattr(entry.config, "quiet_s", None) for name, entry in draft.sources.items()
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
            SourceSetup(name, one.kind, absolute(one.config, folder), by_source[name], one.keys)
            for name, one in draft.sources.items()
        ),
        sinks=tuple(
            SinkSetup(name, one.kind, absolute(one.config, folder))
            for name, one in draft.sinks.items()
        ),
        host=host.strip("[]"),
        port=int(port),
        commit_every_ms=keys.storage.commit_every_ms,
        remarks=remarks,
    )


def drafted(file: Path, tree: CommentedMap, kinds: Kinds) -> Draft:
    """All models that can be made from the tree, and the faults of those that cannot."""
    places, faults = Places(file, tree), list[Fault]()
    keys = modelled(FileKeys, tree, (), places, faults)
    sources = parts(tree, "sources", Configs(kinds.sources), places, faults)
    sinks = parts(tree, "sinks", kinds.sinks, places, faults)
    faults += [
        places.fault(("sinks", i, "id"), f"is '{entry['id']}', which is a source; rename one")
        for i, entry in mappings(tree, "sinks")
        if entry.get("id") in sources
    ]
    draft = Draft(keys, places, sources, sinks, {}, {}, faults)
    named = {str(entry.get("id")) for _, entry in mappings(tree, "sources")}
    for i, line in mappings(tree, "lines"):
        for j, machine in mappings(line, "machines"):
            for name, raw in named_mappings(machine.get("signals")):
                read_signal(draft, kinds, (i, j, name), (raw, named))
    return draft


def whole_of(tree: CommentedMap) -> Whole:
    """All parts of the file of which a model can be made, each by itself."""
    lines = {i: salvaged(LineKeys, raw) for i, raw in mappings(tree, "lines")}
    prices = {i: salvaged(PriceKeys, raw) for i, raw in mappings(tree, "prices")}
    return Whole(
        site=salvaged(SiteKeys, tree.get("site")),
        api=salvaged(ApiKeys, tree.get("api", {})),
        lines={i: line for i, line in lines.items() if line is not None},
        prices={i: price for i, price in prices.items() if price is not None},
        demands={i: salvaged(DemandEntry, raw) for i, raw in mappings(tree, "demands")},
    )


def parts(
    tree: CommentedMap,
    room: str,
    kinds: Mapping[str, type[BaseModel]],
    places: Places,
    faults: list[Fault],
) -> dict[str, Entry]:
    """Sources or sinks by id, each with its kind and the configuration of that kind."""
    found: dict[str, Entry] = {}
    for i, raw in mappings(tree, room):
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
        own = {str(key): value for key, value in raw.items() if key not in {"id", "kind"}}
        every = SourceKeys.model_fields if room == "sources" else {}
        known = [key for key in (*kinds[kind].model_fields, *every) if key not in FILLED_IN]
        for key in own.keys() & FILLED_IN:
            faults.append(places.unknown_key((*steps, key), known))
            del own[key]
        shared = {key: own.pop(key) for key in every if key in own}
        keys = modelled(SourceKeys, shared, steps, places, faults)
        config = modelled(kinds[kind], own, steps, places, faults, known)
        if config is not None:
            found[name] = Entry(kind, config, steps, keys or SourceKeys())
    return found


def read_signal(
    draft: Draft,
    kinds: Kinds,
    place: tuple[int, int, str],
    given: tuple[dict[str, object], set[str]],
) -> None:
    """Split a signal's keys between us and its source, and check both.

    Args:
        draft: where both go, or their faults.
        kinds: of sources.
        place: of the signal in the file.
        given: the signal's keys, and the ids of all sources, those with faults too.
    """
    (i, j, name), (raw, named) = place, given
    steps = ("lines", i, "machines", j, "signals", name)
    source = str(raw.get("source", ""))
    if source not in draft.sources:
        known = ", ".join(draft.sources) or "none"
        if source not in named:
            message = f"is '{source}', which is no source; known are {known}"
            draft.faults.append(draft.places.fault((*steps, "source"), message))
        return
    point_model = kinds.sources[draft.sources[source].kind].point
    theirs = set(point_model.model_fields) - POINT_FILLED_IN
    own = {key: value for key, value in raw.items() if key not in theirs}
    known_keys = [*SignalKeys.model_fields, *sorted(theirs)]
    signal = modelled(SignalKeys, own, steps, draft.places, draft.faults, known_keys)
    address = {key: value for key, value in raw.items() if key in theirs}
    point = modelled(point_model, address, steps, draft.places, draft.faults, known_keys)
    if signal is not None and point is not None:
        draft.signals[place] = signal
        draft.points[place] = point


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

"""Collectors and sinks are found by the name of their module, and imported when one is used."""

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import TypeVar

from pydantic import BaseModel

import collectors
import edge.sinks
from edge.clock import Clock
from edge.config.loader import Kinds, Loaded, SinkSetup, SourceKind, SourceSetup
from edge.model import Batch, Deliver
from edge.service.recounting import Recounting
from edge.site import Kind, Signal

Found = TypeVar("Found")
Decode = Callable[[BaseModel, str, bytes, int, Deliver], Batch]


def modules(package: ModuleType) -> tuple[str, ...]:
    """The names of the kinds that a package holds."""
    found = (module.name for module in pkgutil.iter_modules(package.__path__))
    return tuple(sorted(name for name in found if not name.startswith("_")))


def collector(kind: str) -> ModuleType:
    """The module with `Config`, `Point` and `collect` of a kind of source."""
    return import_module(f"{collectors.__name__}.{kind}")


def sink(kind: str) -> ModuleType:
    """The module with `Config` and `drain` of a kind of sink."""
    return import_module(f"{edge.sinks.__name__}.{kind}")


def recounting(setup: SinkSetup, clock: Clock) -> Recounting | None:
    """What can ask a sink's server what it holds; None where its kind does not know how."""
    ask = getattr(sink(setup.kind), "recounting", None)
    return None if ask is None else lambda feed, cursor: ask(setup.config, feed, cursor, clock)


def decoding(kind: str) -> Decode | None:
    """What reads a message that was set aside; None where a kind of source has no messages."""
    return getattr(collector(kind), "decoded", None)


class SourceKinds(Mapping[str, SourceKind]):
    """What every kind of source can be told; its library is imported with it."""

    def __getitem__(self, kind: str) -> SourceKind:
        if kind not in modules(collectors):
            raise KeyError(kind)
        module = collector(kind)
        return SourceKind(module.Config, module.Point)

    def __iter__(self) -> Iterator[str]:
        return iter(modules(collectors))

    def __len__(self) -> int:
        return len(modules(collectors))


class SinkKinds(Mapping[str, type[BaseModel]]):
    """What every kind of sink can be told."""

    def __getitem__(self, kind: str) -> type[BaseModel]:
        if kind not in modules(edge.sinks):
            raise KeyError(kind)
        config: type[BaseModel] = sink(kind).Config
        return config

    def __iter__(self) -> Iterator[str]:
        return iter(modules(edge.sinks))

    def __len__(self) -> int:
        return len(modules(edge.sinks))


def kinds() -> Kinds:
    """All kinds there are."""
    return Kinds(SourceKinds(), SinkKinds())


def told(loaded: Loaded, source: SourceSetup, ids: Mapping[str, int]) -> BaseModel:
    """A source's configuration as its collector takes it: with numbers and kinds of its points."""
    signals = loaded.site.signals()
    points = tuple(
        point.model_copy(update={"signal": ids[path], "kind": Kind(kept_as(signals[path]))})
        for path, point in source.points.items()
    )
    return filled(source.config, points=points, keys=loaded.data / "keys")


def kept_as(signal: Signal) -> str:
    """The kind under which the values of a signal are kept: words are text, whatever they mean."""
    return Kind.TEXT.value if signal.values_are_text else signal.kind.value


def filled(config: BaseModel, **values: object) -> BaseModel:
    """A source's configuration with what the root knows, as far as it has a place for it."""
    fields = type(config).model_fields
    return config.model_copy(update={k: v for k, v in values.items() if k in fields})

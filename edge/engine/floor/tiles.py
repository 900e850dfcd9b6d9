"""Tiles that people tap, in every language of the pages: a sector's own, and those of all lines."""

from collections.abc import Mapping
from dataclasses import dataclass

Tile = dict[str, str]


def tile(name: str, ko: str, en: str, vi: str) -> Tile:
    """One tile: its id, and its name in each language."""
    return {"id": name, "ko": ko, "en": en, "vi": vi}


@dataclass(frozen=True, slots=True)
class Tiles:
    """What there is to choose from, most usual first."""

    common: tuple[Tile, ...]
    sectors: Mapping[str, tuple[Tile, ...]]

    def of(self, sector: str) -> tuple[Tile, ...]:
        """The tiles of a sector, its own first; of an unknown one those of every line."""
        return *self.sectors.get(sector, ()), *self.common

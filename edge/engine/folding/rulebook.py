"""The rules of every line as they hold now, for whoever folds."""

from collections.abc import Iterator, Mapping

from edge.engine.folding.dated import Tables
from edge.engine.folding.lines import LineRules
from edge.records import progress
from edge.records.database import Transaction
from edge.site import Site


class Rulebook(Mapping[str, LineRules]):
    """Rules by line; made anew whenever the dated tables were written."""

    def __init__(self, site: Site) -> None:
        self._tables, self._rules = Tables.over(site), rules_of(site)
        self._configured = {name: rules.version for name, rules in self._rules.items()}

    def __getitem__(self, line: str) -> LineRules:
        return self._rules[line]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def look_up(self, db: Transaction) -> None:
        """Take the dated tables as they are now; who writes an entry marks what it changes.

        To be called in the transaction that reads the marks: rules must never be older than those.
        """
        if self._tables.refresh(db):
            self._rules = rules_of(self._tables.site)

    def reconfigured(self, db: Transaction) -> list[str]:
        """The lines whose configuration is another one than rows were last made with; noted."""
        changed = []
        for name, version in self._configured.items():
            if progress.state(db, f"version:{name}") != version:
                progress.put_state(db, f"version:{name}", version)
                changed.append(name)
        return changed


def rules_of(site: Site) -> dict[str, LineRules]:
    """The rules of each line of a site."""
    return {line.id: LineRules(site, line) for line in site.lines}

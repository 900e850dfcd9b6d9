"""The view that answers start from, made anew whenever the dated tables were written."""

from edge.clock import Clock
from edge.engine.folding.anew import Refold
from edge.engine.folding.dated import Tables
from edge.engine.view import View
from edge.model import Reader
from edge.records.database import Records
from edge.site import Site


class Views:
    """Of one site, for one thread."""

    def __init__(self, site: Site, reader: Reader, records: Records, clock: Clock) -> None:
        self._tables, self._parts = Tables.over(site), (reader, records, clock)
        self._view = self._made()

    def now(self) -> View:
        """The site as it holds now; an answer takes one and keeps it to its end."""
        with self._parts[1].reading() as db:
            is_new = self._tables.refresh(db)
        if is_new:
            self._view = self._made()
        return self._view

    def _made(self) -> View:
        """A view of the site of this moment."""
        (reader, records, clock), site = self._parts, self._tables.site
        refold = Refold(site, reader, records)
        return View(site, reader, records, clock, refold, self._tables.configured)

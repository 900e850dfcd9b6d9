"""`lineproof programme`: the list of indicators as a file, or what would be handed in."""

import json as texts
from pathlib import Path

from edge.cli.output import Document, counted, note, say_json
from edge.cli.site import engine_of, site_of
from edge.config.loader import Loaded
from edge.errors import NotFound, Refused
from edge.evidence import filing
from edge.evidence.forms import FORMS, write
from edge.evidence.programme import missing, row_of, rows_of, submission
from edge.records.database import Records
from edge.text.catalogue import LANGUAGES


def command(config: Path, out: Path, language: str, *, dry_run: bool, json: bool) -> None:
    """Write the file.

    Raises:
        NotFound: no such folder, or no indicator.
        Refused: no such form or language, or nothing that is proven to hand in.
    """
    form = out.suffix.lstrip(".").lower()
    check(form, out, language, dry_run=dry_run)
    rows = rows_of_site(site_of(config), language)
    if not rows:
        raise NotFound("there is no target yet; `lineproof target set` makes one")
    if dry_run:
        document = submission(rows)
        out.write_text(texts.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
        told: Document = {"file": str(out), "rows": len(document["indicators"]), "sent": False}
    else:
        out.write_bytes(write(rows, form, language))
        told = {"file": str(out), "rows": len(rows), "missing": missing(rows, language)}
    if json:
        say_json(told)
        return
    note(f"{counted(told['rows'], 'indicator')} in {out}" + ("; nothing was sent" * dry_run))


def check(form: str, out: Path, language: str, *, dry_run: bool) -> None:
    """Refuse what cannot be written.

    Raises:
        NotFound: no such folder.
        Refused: no such form or language.
    """
    forms = ("json",) if dry_run else tuple(FORMS)
    if form not in forms:
        raise Refused(f"--out is '{out.name}'; end it in .{' or .'.join(forms)}")
    if language not in LANGUAGES:
        raise Refused(f"--lang is '{language}'; write one of {', '.join(LANGUAGES)}")
    if not out.absolute().parent.is_dir():
        raise NotFound(f"{out}: there is no such folder; make it, or choose another --out")


def rows_of_site(loaded: Loaded, language: str) -> list[Document]:
    """The indicators of a site and of what it imported; a mentor's folder may hold no samples."""
    targets = list[Document]()
    if (loaded.data / "journal.db").exists():
        with engine_of(loaded) as engine:
            targets = engine.targets()["targets"]
    loaded.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    records = Records.open(loaded.data / "records.db")
    told = filing.told(loaded.data, records, loaded.site.name, targets)
    return rows_of([row_of(one, language) for one in told])

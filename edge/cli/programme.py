"""`lineproof programme`: the list of indicators as a file, a filled form, or what would be sent."""

import json as texts
from pathlib import Path

from edge.cli.output import Document, counted, note, say_json
from edge.cli.site import engine_of, site_of
from edge.cli.targets import say_unjudged
from edge.config.loader import Loaded
from edge.errors import NotFound, Refused
from edge.evidence import filing
from edge.evidence.forms import FORMS, write
from edge.evidence.programme import missing, row_of, rows_of, submission
from edge.evidence.slots import Slots, filled_form
from edge.records.database import Records
from edge.text.catalogue import LANGUAGES

FILLED = "hwpx"


def command(
    config: Path, out: Path | None, template: Path | None, language: str, *, json: bool
) -> None:
    """Write the file.

    Raises:
        NotFound: no such folder, or no indicator.
        Refused: no such form or language, or a form that cannot be filled.
    """
    if out is None:
        raise Refused(f"--out is missing; name a file that ends in .{' or .'.join(FORMS)}")
    check(out, (FILLED,) if template else tuple(FORMS), language)
    rows = rows_of_site(site_of(config), language)
    if not rows:
        raise NotFound("there is no target yet; `lineproof target set` makes one")
    told: Document = {"file": str(out), "rows": len(rows), "missing": missing(rows, language)}
    if template is not None:
        told |= fill(template, out, Slots(rows, language))
    else:
        out.write_bytes(write(rows, out.suffix.lstrip(".").lower(), language))
    if json:
        say_json(told)
        return
    note(f"{counted(len(rows), 'indicator')} in {out}")
    for name in told.get("empty", ()):
        note(f"left empty: {name}, for there is no such indicator")


def fill(template: Path, out: Path, slots: Slots) -> Document:
    """Write the filled form; what became of its places.

    Raises:
        Refused: the form cannot be filled, or is the file to write.
    """
    if out.exists() and out.samefile(template):
        raise Refused(f"--out is the form itself; name another file than {template}")
    form = filled_form(template, slots)
    out.write_bytes(form.raw)
    return {"places": len(form.names), "empty": list(slots.empty)}


def dry_run(config: Path, out: Path | None, language: str, *, json: bool) -> None:
    """Print, or write, what would be handed in; nothing is ever sent.

    Raises:
        NotFound: no such folder.
        Refused: no such language, or nothing that is proven to hand in.
    """
    check(out or Path("dry.json"), ("json",), language)
    document = submission(rows_of_site(site_of(config), language))
    if out is None:
        say_json(document)
        return
    out.write_text(texts.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    n = len(document["indicators"])
    if json:
        say_json({"file": str(out), "rows": n, "sent": False})
    else:
        note(f"{counted(n, 'indicator')} in {out}; nothing was sent")


def check(out: Path, forms: tuple[str, ...], language: str) -> None:
    """Refuse what cannot be written.

    Raises:
        NotFound: no such folder.
        Refused: no such form or language, or the name of a folder.
    """
    if out.suffix.lstrip(".").lower() not in forms:
        more = "; --template goes with .hwpx" if FILLED in (*forms, out.suffix[1:]) else ""
        raise Refused(f"--out is '{out.name}'; end it in .{' or .'.join(forms)}{more}")
    if language not in LANGUAGES:
        raise Refused(f"--lang is '{language}'; write one of {', '.join(LANGUAGES)}")
    if not out.absolute().parent.is_dir():
        raise NotFound(f"{out}: there is no such folder; make it, or choose another --out")
    if out.is_dir():
        raise Refused(f"{out} is a folder; name a file in it, such as {out / out.name}")


def rows_of_site(loaded: Loaded, language: str) -> list[Document]:
    """The indicators of a site and of what it imported; a mentor's folder may hold no samples."""
    targets = list[Document]()
    if (loaded.data / "journal.db").exists():
        with engine_of(loaded) as engine:
            found = engine.targets()
        targets = found["targets"]
        say_unjudged(found)
    loaded.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    records = Records.open(loaded.data / "records.db")
    told = filing.told(loaded.data, records, loaded.site.name, targets)
    return rows_of([row_of(one, language) for one in told])

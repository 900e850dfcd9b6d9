"""`lineproof evidence make | verify | key | rotate`."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.cli.output import progress, say, say_json
from edge.cli.package_card import print_checked, print_made
from edge.cli.site import engine_of, reading, site_of, user
from edge.clock import SYSTEM
from edge.config.loader import Loaded
from edge.errors import NotFound, Refused, VerificationFailed
from edge.evidence import rotation
from edge.evidence.checking import Pins
from edge.evidence.keys import PublicKey, Signer
from edge.evidence.making import Document, Origin
from edge.evidence.making import make as make_package
from edge.evidence.roots import heard
from edge.evidence.verifying import verify as verify_package
from edge.moment import rfc3339
from edge.records.audit import Actor, Change, add
from edge.records.database import Records

LONGEST_PATH = 4_096


def make(config: Path, target: str, out: Path, samples: Path | None, *, json: bool) -> None:
    """Make the package of a target and print what it is."""
    with progress("making") as told:
        made = made_of(config, target, out, samples, told)
    if json:
        say_json(made)
    else:
        print_made(made)


def made_of(
    config: Path,
    target: str,
    out: Path,
    samples: Path | None,
    told: Callable[[float], None],
    by: Actor | None = None,
) -> Document:
    """Make the package of a target, from rows that have caught up with the samples.

    Raises:
        NotFound: no such target, or no such folder.
        Refused: it would have the name of a folder.
    """
    if not out.absolute().parent.is_dir():
        raise NotFound(f"{out}: there is no such folder; make it, or choose another --out")
    if out.is_dir():
        raise Refused(f"{out} is a folder; name a file in it, such as {out / f'{target}.zip'}")
    loaded = site_of(config)
    signer = Signer.of(keys_of(loaded))
    with engine_of(loaded):
        pass  # the rows are those of all samples that are stored
    with reading(loaded) as stores:
        records = Records.open(loaded.data / "records.db")
        who, changes = by or user(), rotation.changes_in(keys_of(loaded))
        origin = Origin(loaded.site, stores, records, signer, SYSTEM, who, changes)
        return make_package(origin, target, out, told, samples)


def verify(
    file: Path,
    pins: tuple[str | None, str | None, list[str]],
    samples: Path | None,
    *,
    recompute: bool,
    json: bool,
) -> None:
    """Check a package and print what was found.

    Raises:
        NotFound: there is no such file, of which nothing can be said.
        VerificationFailed: with the first thing that is wrong.
    """
    if not file.is_file():
        raise NotFound(f"no such file: {file}")
    key, site, roots = pins
    with progress("verifying") if recompute else nullcontext(lambda _: None) as told:
        wanted = Pins(id_of(key), site, tuple(map(root_of, roots)))
        report = verify_package(file, wanted, samples, told, recompute=recompute)
    if json:
        say_json(report.document())
    else:
        print_checked(str(file), report)
    if report.faults:
        raise VerificationFailed(f"{file}: {report.faults[0]}")


def id_of(key: str | None) -> str | None:
    """The id of a key, given as such or as the file that holds its public half."""
    if key is None or not Path(key).is_file():
        return key
    return PublicKey(Path(key).read_bytes()).id


def root_of(kept: str) -> str:
    """A root that was kept: the number, the line of its picture, or a file that holds either."""
    is_file = len(kept) < LONGEST_PATH and Path(kept).is_file()
    return heard(Path(kept).read_text("utf-8") if is_file else kept)


def key(config: Path, *, json: bool) -> None:
    """Print the public key of a site and its id."""
    public = Signer.of(keys_of(site_of(config))).public
    if json:
        say_json({"id": public.id, "public": public.pem.decode()})
    else:
        say(public.id)
        for line in public.pem.decode().splitlines():
            say(line)


def rotate(config: Path, *, json: bool) -> None:
    """Put a new key in the place of the old one and print both ids."""
    loaded = site_of(config)
    keys, now_ns = keys_of(loaded), SYSTEM.wall_ns()
    with Records.open(loaded.data / "records.db").writing() as db:
        done = rotation.rotate(
            keys, loaded.site.id, rfc3339(now_ns, ZoneInfo(loaded.site.timezone))
        )
        ids = [PublicKey(each.encode()).id for each in (done.change.old, done.change.new)]
        old, new = ({"id": each} for each in ids)
        add(db, now_ns, user(), Change("evidence key", "evidence", old, new))
    if json:
        say_json({"old": ids[0], "new": ids[1]})
    else:
        say(f"{ids[1]} signs from now on; packages tell that {ids[0]} handed over to it")


def keys_of(loaded: Loaded) -> Path:
    """Where a site's keys lie."""
    return loaded.data / "keys"

"""What daily roots vouch for in a package: the roots, and proofs that its samples are in them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

from pydantic import BaseModel, Field, ValidationError

from edge.errors import Refused, VerificationFailed
from edge.evidence import tree
from edge.evidence.canonical import Canonical, first_fault
from edge.evidence.keys import PublicKey
from edge.evidence.roots import GRACE_NS, DayRoot, leaf_of, leaf_text, name_of, number_of, parsed
from edge.evidence.samples import HOURS_A_DAY, Hour
from edge.evidence.zipping import Package
from edge.model import DAY_NS
from edge.records import roots
from edge.records.database import Records
from edge.records.roots import Kept

FILE = "roots.json"
FORMAT = "lineproof-roots/1"
Days = dict[tuple[str, str], list[Hour]]  # by day and signal


class Signed(BaseModel, frozen=True, extra="forbid"):
    """A root with its signature."""

    root: DayRoot = Field(description="what is signed")
    signature: str = Field(pattern=r"^[0-9a-f]{128}$", description="hexadecimal")


class Proof(BaseModel, frozen=True, extra="forbid"):
    """That the samples of a signal are in the root of a day."""

    day: str = Field(description="the day, UTC")
    signal: str = Field(description="path of the signal")
    place: int = Field(ge=0, description="its leaf, from 0")
    hours_at_home: list[tuple[int, int, str]] = Field(
        description="hours that are not in the package: since 1970, rows, SHA-256"
    )
    path: list[str] = Field(description="the audit path (RFC 6962, 2.1.1)")


class Covering(Canonical):
    """The roots of the days of a package, and the way to them from each of its signals."""

    format: str = Field(default=FORMAT, pattern=f"^{FORMAT}$", description="what this is")
    roots: list[Signed] = Field(description="one following on the other")
    proofs: list[Proof] = Field(description="by day and signal")


def by_day(hours: Iterable[Hour]) -> Days:
    """Hours by the day and the signal that they are of."""
    found = defaultdict[tuple[str, str], list[Hour]](list)
    for hour in hours:
        found[name_of(hour.hour // HOURS_A_DAY), hour.signal].append(hour)
    return dict(found)


def covering(
    records: Records, at_ns: int, packed: Iterable[Hour], beside: Iterable[Hour]
) -> Covering:
    """What the daily roots of a site say of a package.

    Args:
        records: where the roots are.
        at_ns: the instant of the state; days that ended later are left out, or a package made
            again after their end would differ.
        packed: the hours that are in the package.
        beside: the other hours of the same signals and days.

    Raises:
        Refused: samples came that the newest root of their day does not know.
    """
    kept = roots.kept(records)
    over = [one for one in kept if is_over(one.day, at_ns)]
    newest = {one.day: one for one in over}
    inside, others = by_day(packed), by_day(beside)
    days = sorted({day for day, _ in inside if day in newest})
    used = [newest[day].n for day in days]
    first, last = min(used, default=1), max(used, default=0)
    proofs = [one for day in days for one in proofs_of(records, newest[day], inside, others)]
    return Covering(roots=[signed(one) for one in kept[first - 1 : last]], proofs=proofs)


def is_over(day: str, at_ns: int) -> bool:
    """Whether a package of a state tells of a day's root: the day and its grace were over."""
    return (number_of(day) + 1) * DAY_NS + GRACE_NS <= at_ns


def signed(one: Kept) -> Signed:
    """A root with its signature."""
    return Signed(root=parsed(one.document), signature=one.signature.hex())


def proofs_of(records: Records, root: Kept, inside: Days, others: Days) -> list[Proof]:
    """The ways from the signals of one day to its root."""
    known = roots.leaves(records, root.n)
    texts = [leaf_text(leaf) for leaf in known]
    places = {leaf[0]: place for place, leaf in enumerate(known)}
    found = []
    for day, path in sorted(key for key in inside if key[0] == root.day):
        rest = sorted(others.get((day, path), []))
        leaf, place = leaf_of(path, [*inside[day, path], *rest]), places.get(path)
        if place is None or known[place] != leaf:
            raise Refused(f"samples of {path} came meanwhile; make the package again")
        nodes = [node.hex() for node in tree.path_of(texts, place)]
        hours = [(hour.hour, hour.rows, hour.sha256) for hour in rest]
        found.append(Proof(day=day, signal=path, place=place, hours_at_home=hours, path=nodes))
    return found


def read(package: Package) -> Covering:
    """What a package says.

    Raises:
        VerificationFailed: it is not of our form.
    """
    try:
        return Covering.model_validate_json(package[FILE])
    except ValidationError as error:
        raise VerificationFailed(f"{FILE}: {first_fault(error)}") from error


def chain(found: Covering, keys: Mapping[str, PublicKey], site: str) -> list[DayRoot]:
    """The roots of a package, each of its site, signed, and following on the one before it.

    Raises:
        VerificationFailed: with the first that is not.
    """
    for each in found.roots:
        root = each.root
        if root.site != site:
            raise VerificationFailed(f"the root of {root.day} is of site '{root.site}'")
        if root.key not in keys:
            raise VerificationFailed(f"the root of {root.day} is signed by unknown key {root.key}")
        if not keys[root.key].check(bytes.fromhex(each.signature), root.text()):
            raise VerificationFailed(f"the signature of the root of {root.day} is wrong")
    told = [each.root for each in found.roots]
    for before, after in pairwise(told):
        if after.previous != before.sha256:
            raise VerificationFailed(f"the root of {after.day} does not follow on {before.day}")
    return told


def check_proofs(found: Covering, packed: Iterable[Hour], at_ns: int) -> str:
    """Every signal of every day that has a root is in it.

    The roots of a package follow on one another, so among them may be one of a day that was not
    over at its instant: where late data gave an earlier day another root after it.

    Args:
        found: the document; its roots were checked.
        packed: the hours of the package, checked.
        at_ns: the instant of its state, checked.

    Raises:
        VerificationFailed: with the first day and signal that are not.
    """
    told = [each.root for each in found.roots if is_over(each.root.day, at_ns)]
    newest, inside = {root.day: root for root in told}, by_day(packed)
    proofs = {(each.day, each.signal): each for each in found.proofs}
    for (day, path), hours in sorted(inside.items()):
        if day not in newest:
            continue
        if (day, path) not in proofs:
            raise VerificationFailed(f"{FILE}: {path} has no proof for {day}")
        if top_of(proofs[day, path], hours, newest[day].signals) != newest[day].tree:
            raise VerificationFailed(f"{FILE}: the samples of {path} are not in the root of {day}")
    days = {day for day, _ in inside}
    outside = len(days - set(newest))
    known = f"the samples of {len(days) - outside} days are in their daily roots"
    return known + (f"; {outside} days have none yet" if outside else "")


def top_of(proof: Proof, hours: list[Hour], signals: int) -> str | None:
    """The root of the tree that a proof leads to; None where it cannot lead to any."""
    others = [Hour(proof.signal, *each) for each in proof.hours_at_home]
    leaf = leaf_text(leaf_of(proof.signal, [*hours, *others]))
    try:
        nodes = [bytes.fromhex(node) for node in proof.path]
    except ValueError:
        return None
    top = tree.root_from(leaf, proof.place, signals, nodes)
    return None if top is None else top.hex()

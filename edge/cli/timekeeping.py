"""`lineproof clock`: what the clock of this box is worth; works beside a running service."""

from pathlib import Path
from zoneinfo import ZoneInfo

from edge.cli.output import note, say, say_json
from edge.cli.site import site_of
from edge.clock import OLDEST_CREDIBLE_NS, reading
from edge.errors import Refused
from edge.moment import rfc3339
from edge.service.timing import doubt, shown
from edge.stores import made
from edge.trust import CONFIRMED, KNOWN, Why, judge, load
from edge.trust import confirm as vouch

WORDS = {
    Why.SYNCHRONISED: "a time server keeps it right",
    Why.CONFIRMED: "somebody has confirmed it",
    Why.PLAUSIBLE: "it goes on from where it was; nobody vouches for it",
}


def command(config: Path, *, confirm: bool, json: bool) -> None:
    """Print why the clock is believed or not; or note that a person says it is right.

    Raises:
        Refused: it cannot be right.
    """
    loaded, now = site_of(config), reading()
    if confirm:
        if now.wall_ns < OLDEST_CREDIBLE_NS:
            raise Refused(f"the clock shows {shown(now.wall_ns)}, which cannot be; set it first")
        made(loaded.data)
        vouch(loaded.data, now)
    known = load(loaded.data / KNOWN)
    why = judge(now, known, load(loaded.data / CONFIRMED))
    zone = ZoneInfo(loaded.site.timezone)
    if json:
        last = None if known is None else rfc3339(known.wall_ns, zone)
        is_so = {"trusted": why.is_trusted, "why": why.value, "boot_id": now.boot_id}
        say_json({**is_so, "now": rfc3339(now.wall_ns, zone), "last_known": last})
        return
    say(f"{rfc3339(now.wall_ns, zone)}: {WORDS.get(why, 'not believed')}")
    if not why.is_trusted:
        note(doubt(why, now.wall_ns))

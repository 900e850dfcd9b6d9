"""`docs/configuration.md` tells every key that a file may hold, and no other."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from edge.cli.reference import page
from edge.service.kinds import kinds

ROOT = Path(__file__).parents[4]
FILE = ROOT / "docs" / "configuration.md"
OWN_WORDS = {"map", "ideal_cycle_s", "limits", "rates"}  # what stands below them are people's words


def keys_in(node: object, at: str = "") -> set[str]:
    """All keys of a file that are ours: names of signals are not."""
    if isinstance(node, list):
        return {key for one in node for key in keys_in(one, at)}
    if not isinstance(node, dict) or at in OWN_WORDS:
        return set()
    below = {key for name, one in node.items() for key in keys_in(one, str(name))}
    return below if at == "signals" else below | {str(name) for name in node}


def test_the_committed_page_is_not_stale() -> None:
    """A key that comes, goes or means something else makes a change of the page."""
    said = "run `python -m edge.cli.reference > docs/configuration.md`"
    assert FILE.read_text("utf-8") == page(kinds()), said


@pytest.mark.parametrize("name", ["deploy/site/lineproof.yaml", "edge/cli/example.yaml"])
def test_the_keys_of_our_own_samples_are_on_it(name: str) -> None:
    """Whoever wonders what a key of a sample means finds it."""
    told = set(re.findall(r"^\| `(\w+)` \|", FILE.read_text("utf-8"), re.MULTILINE))
    used = keys_in(YAML(typ="safe").load(ROOT / name))
    assert {"site", "url", "node", "topic", "security"} & used
    assert used <= told


def test_every_link_leads_to_a_heading_of_the_page() -> None:
    """By the rule of forges: small letters, dashes for blanks, and nothing but letters besides."""
    text = FILE.read_text("utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    known = {"".join(c for c in h if c.isalnum() or c in "-_ ").replace(" ", "-") for h in headings}
    links = set(re.findall(r"\(#([^)]*)\)", text))
    assert len(known) == len(headings)
    assert links
    assert links <= known

"""Merkle trees: the published vectors of RFC 6962, and proofs that hold for one leaf only."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.evidence import tree

LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
"""Of the first n leaves, as certificate-transparency tests them."""


@pytest.mark.parametrize("n", ROOTS)
def test_roots_are_those_of_certificate_transparency(n: int) -> None:
    """Anybody's implementation finds the same root."""
    assert tree.root(LEAVES[:n]).hex() == ROOTS[n]


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=40), st.data())
def test_a_proof_leads_to_the_root_for_its_own_leaf_alone(
    leaves: list[bytes], data: st.DataObject
) -> None:
    """Another leaf, another place or another path leads elsewhere."""
    place = data.draw(st.integers(0, len(leaves) - 1))
    path, root = tree.path_of(leaves, place), tree.root(leaves)

    assert tree.root_from(leaves[place], place, len(leaves), path) == root
    assert tree.root_from(leaves[place] + b"!", place, len(leaves), path) != root
    assert tree.root_from(leaves[place], place, len(leaves), [*path, root]) != root
    assert tree.root_from(leaves[place], len(leaves), len(leaves), path) is None
    if path:
        assert tree.root_from(leaves[place], place, len(leaves), path[1:]) != root


def test_a_node_cannot_pass_for_a_leaf() -> None:
    """Without the two prefixes the root of two leaves would be that of their hashes as one leaf."""
    both = b"".join(hashlib.sha256(b"\0" + leaf).digest() for leaf in (b"a", b"b"))

    assert tree.root([b"a", b"b"]) != tree.root([both])

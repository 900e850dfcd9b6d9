"""Merkle trees after RFC 6962: one number for many leaves, and short proofs that a leaf is one."""

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256().digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The hash of a list of leaves (RFC 6962, 2.1)."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    half = split(len(leaves))
    return node_hash(root(leaves[:half]), root(leaves[half:]))


def path_of(leaves: Sequence[bytes], place: int) -> list[bytes]:
    """The audit path of the leaf at a place (RFC 6962, 2.1.1)."""
    if len(leaves) <= 1:
        return []
    half = split(len(leaves))
    if place < half:
        return [*path_of(leaves[:half], place), root(leaves[half:])]
    return [*path_of(leaves[half:], place - half), root(leaves[:half])]


def root_from(leaf: bytes, place: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that an audit path leads to; None where it cannot be one of such a tree."""
    if not 0 <= place < size:
        return None
    if size == 1:
        return None if path else leaf_hash(leaf)
    if not path:
        return None
    half = split(size)
    if place < half:
        left = root_from(leaf, place, half, path[:-1])
        return None if left is None else node_hash(left, path[-1])
    right = root_from(leaf, place - half, size - half, path[:-1])
    return None if right is None else node_hash(path[-1], right)


def split(size: int) -> int:
    """The greatest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1


def leaf_hash(leaf: bytes) -> bytes:
    """A leaf can never pass for a node."""
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Two subtrees as one."""
    return hashlib.sha256(b"\1" + left + right).digest()

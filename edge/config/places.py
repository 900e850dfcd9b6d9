"""Where a key or value stands in the file, so that every fault is named by line and column."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from pydantic_core import ErrorDetails
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from edge.errors import Fault

Step = str | int
Steps = Sequence[Step]


class Places:
    """Positions in one parsed file."""

    def __init__(self, file: Path, tree: CommentedMap) -> None:
        self._name = file.name
        self._tree = tree

    def fault(self, steps: Steps, message: str, *, at_key: bool = False) -> Fault:
        """A fault at the value that `steps` lead to, or at its key, or at what is nearest."""
        line, column = self._position(steps, at_key=at_key)
        return Fault(f"{self._name}:{line + 1}:{column + 1}", spelled(steps), message)

    def of_error(
        self, error: ErrorDetails, prefix: Steps, known: Sequence[str], wanted: str = ""
    ) -> Fault:
        """A fault from what pydantic found below `prefix`.

        Args:
            error: as pydantic tells it.
            prefix: leads to what was read.
            known: the keys allowed there.
            wanted: what to do, in place of pydantic's own words.
        """
        loc = [step for step in error["loc"] if step != "[key]"]  # a key that is wrong itself
        steps = [*prefix, *self._real(prefix, loc)]
        match error["type"]:
            case "extra_forbidden":
                return self.unknown_key(steps, known)
            case "missing":
                return self.fault(steps[:-1], f"'{steps[-1]}' is missing; add it")
        says = wanted or f"{error['msg'][0].lower()}{error['msg'][1:]}"
        if isinstance(error["input"], Mapping | list) and not error["type"].endswith("_type"):
            return self.fault(steps, says)  # keys that do not go together: it says which
        return self.fault(steps, f"{as_written(error['input'])}; {says}")

    def unknown_key(self, steps: Steps, known: Sequence[str]) -> Fault:
        """A fault for a key that nobody knows, with the nearest that somebody does."""
        near = get_close_matches(str(steps[-1]), known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}"
        message = f"unknown key '{steps[-1]}'; {hint}"
        return Fault(self.fault(steps, "", at_key=True).place, spelled(steps[:-1]), message)

    def _real(self, prefix: Steps, loc: Steps) -> list[Step]:
        """The steps of a pydantic location that exist in the file: unions add names of types."""
        node, steps = self._node(prefix), list[Step]()
        for i, step in enumerate(loc):
            last = i == len(loc) - 1
            if isinstance(node, CommentedMap):
                key = next((key for key in node if str(key) == str(step)), step)
                if key not in node and not last:
                    continue
                steps.append(key)
                node = node.get(key)
            elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
                steps.append(step)
                node = node[step]
        return steps

    def _node(self, steps: Steps) -> object:
        node: object = self._tree
        for step in steps:
            node = node[step] if isinstance(node, CommentedMap | CommentedSeq) else None
        return node

    def _position(self, steps: Steps, *, at_key: bool) -> tuple[int, int]:
        node: object = self._tree
        position = (self._tree.lc.line, self._tree.lc.col)
        for i, step in enumerate(steps):
            key_only = at_key and i == len(steps) - 1
            if isinstance(node, CommentedMap) and step in node:
                if step in (node.lc.data or {}):
                    position = node.lc.key(step) if key_only else node.lc.value(step)
                else:  # merged from another mapping: it stands where it is used
                    position = (node.lc.line, node.lc.col)
                node = node[step]
            elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
                position = node.lc.item(step)
                node = node[step]
            else:
                break
        return position


def as_written(seen: object) -> str:
    """What stands in the file, as the file has it."""
    match seen:
        case None:
            return "is empty"
        case bool():
            return f"is {str(seen).lower()}"
        case str() | int() | float():
            return f"is {str(seen)!r}" if isinstance(seen, str) else f"is {seen}"
    return "is a list" if isinstance(seen, list) else "holds keys"


def in_order(fault: Fault) -> tuple[int, int]:
    """Where a fault stands, to sort by."""
    _, line, column = fault.place.rsplit(":", 2)
    return int(line), int(column)


def spelled(steps: Steps) -> str:
    """`lines[0].machines[2].signals.state`, the way people read a path."""
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".") or "the file"

"""From the file to a tree that knows its lines and columns, whatever somebody has written there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from edge.errors import ConfigInvalid, Fault

SHOWN = 80
MOST_VALUES = 200_000  # of a file with all that its aliases repeat: a thousand machines have less
UNEVEN = (
    "this does not go on from the lines above it; align its indentation with theirs, or close a "
    "quote or bracket that one of them opens"
)
PROBLEMS = {  # a part of the parser's words -> what is wrong and what to do
    "expected <block end>": UNEVEN,
    "expected the node content": "a value should stand here; write one, or quote what begins here",
    "expected ',' or ']'": "the list in brackets goes on; put a comma or ] before this",
    "expected ',' or '}'": "the keys in braces go on; put a comma or } before this",
    "mapping values are not allowed": (
        "a colon stands where no key can; mend the indentation, or quote a text that holds a colon"
    ),
    "character '\\t'": "a tab stands here; indent with spaces",
    "unexpected end of stream": "a quote is opened and never closed; close it",
    "could not find expected ':'": "a colon is missing after a key; write `key: value`",
    "undefined alias": "a * names nothing; quote it, or mark what is meant with & before",
    "cannot start any token": "this sign begins no value; put the value into quotes",
}


def tree_of(file: Path) -> CommentedMap:
    """The file as a tree.

    Raises:
        ConfigInvalid: it is not there, not UTF-8, not YAML, or no mapping.
    """
    text = text_of(file)
    with faults_named(file, text):
        tree = YAML(typ="rt").load(text)
        many = values(tree, {})
    if tree is None:
        raise fault(file, "is empty; see `lineproof init`")
    if not isinstance(tree, CommentedMap):
        seen = "a list" if isinstance(tree, list) else "one value"
        raise fault(file, f"holds {seen}, not keys; see `lineproof init`")
    if many > MOST_VALUES:
        says = f"holds {many:,} values, most of them repeated by its aliases (*); write out what"
        raise fault(file, f"{says} is meant, at most {MOST_VALUES:,}")
    return tree


def values(node: object, known: dict[int, int]) -> int:
    """How many values a tree holds, each counted as often as aliases repeat it.

    Raises:
        RecursionError: an alias stands within what it repeats.
    """
    if not isinstance(node, Mapping | list):
        return 1
    if id(node) not in known:
        known[id(node)] = -1
        inside = node.values() if isinstance(node, Mapping) else node
        known[id(node)] = 1 + sum(values(each, known) for each in inside)
    if known[id(node)] < 0:
        raise RecursionError
    return known[id(node)]


def text_of(file: Path) -> str:
    """What the file holds.

    Raises:
        ConfigInvalid: it cannot be read, or not as UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        message = f"{file} does not exist; write one with `lineproof init {file.parent}`"
    except OSError as error:
        message = f"{file}: {error.strerror}; --config names the folder that holds {file.name}"
    except UnicodeDecodeError as error:
        message = f"byte {error.start} is not UTF-8; save the file as UTF-8"
    raise fault(file, message)


@contextmanager
def faults_named(file: Path, text: str) -> Iterator[None]:
    """Give what is no YAML its place, and say it in words.

    Raises:
        ConfigInvalid: with the line and column, as far as they are known.
    """
    try:
        yield
    except DuplicateKeyError as error:
        raise twice(file, error) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        spot = (mark.line, mark.column) if mark else (0, 0)
        says = in_words(error.problem or error.context or "it cannot be read")
        raise fault(file, f"not YAML: {says}{shown_line(text, spot[0])}", spot) from None
    except (YAMLError, ValueError, TypeError) as error:  # a character, a date, a list as a key
        first = str(error).partition("\n")[0]
        raise fault(file, f"not YAML: {first}; mend or quote it") from None
    except RecursionError:
        raise fault(file, "keys within keys without end; see `lineproof init`") from None


def in_words(problem: str) -> str:
    """What the parser of YAML found, as people say it, and what to do."""
    return next(
        (words for part, words in PROBLEMS.items() if part in problem), f"{problem}; mend it"
    )


def shown_line(text: str, number: int) -> str:
    """The line on which a fault was seen, quoted and cut; nothing where there is none."""
    lines = text.splitlines()
    line = lines[number].strip() if number < len(lines) else ""
    return f"; the line is `{line[:SHOWN]}{'…' if len(line) > SHOWN else ''}`" if line else ""


def twice(file: Path, error: DuplicateKeyError) -> ConfigInvalid:
    """The fault of a key that is given twice in one mapping."""
    mark, first = error.problem_mark, error.context_mark
    key = str(error.problem).split('"')[1] if '"' in str(error.problem) else "a key"
    since = f" (the mapping begins in line {first.line + 1})" if first else ""
    spot = (mark.line, mark.column) if mark else (0, 0)
    return fault(file, f"'{key}' is given twice{since}; keep one", spot)


def fault(file: Path, message: str, spot: tuple[int, int] = (0, 0)) -> ConfigInvalid:
    """A fault of the file as a whole; line and column from 0."""
    place = f"{file.name}:{spot[0] + 1}:{spot[1] + 1}"
    return ConfigInvalid((Fault(place, "the file", message),))


def mappings(node: Mapping[str, object], key: str) -> list[tuple[int, Mapping[str, object]]]:
    """The mappings of a list, by their place in it; whatever else stands there is left out."""
    found = node.get(key)
    items = found if isinstance(found, list) else []
    return [(i, item) for i, item in enumerate(items) if isinstance(item, Mapping)]


def named_mappings(node: object) -> list[tuple[str, dict[str, object]]]:
    """The mappings of a mapping, by their name."""
    items = node.items() if isinstance(node, Mapping) else ()
    return [
        (name, {str(key): value for key, value in raw.items()})
        for name, raw in items
        if isinstance(raw, Mapping) and isinstance(name, str)
    ]

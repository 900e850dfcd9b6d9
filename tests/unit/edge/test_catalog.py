"""Ids and symbols mean the same for ever, in every process."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge import catalog
from edge.catalog import Catalog
from edge.errors import JournalDamaged
from edge.journal import Journal, connect

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
STEP = st.tuples(st.integers(0, 1), TEXT | st.sampled_from(["commit", "roll back", "look"]))


def opened(path: Path) -> tuple[Journal, Catalog]:
    """A catalog as a process would open it, and who holds its transactions."""
    database = connect(path)
    catalog.create(database)
    return Journal(database), Catalog(database)


def test_an_id_is_given_once(tmp_path: Path) -> None:
    """Dense from 1, the same after a restart, never another's, whatever is configured later."""
    journal, names = opened(tmp_path / "journal.db")
    with journal.transaction():
        assert names.ids({"s/l/m/good": ("counter", "{piece}", "plc")}) == {"s/l/m/good": 1}
    with journal.transaction():
        assert names.ids({"s/l/m/state": ("state", "1", "plc")}) == {"s/l/m/state": 2}
    journal._db.close()
    journal, names = opened(tmp_path / "journal.db")
    with journal.transaction():
        found = names.ids({"s/l/m/new": ("gauge", "1", "b"), "s/l/m/good": ("gauge", "1", "b")})
    assert found == {"s/l/m/new": 3, "s/l/m/good": 1}
    assert names.paths() == {1: "s/l/m/good", 2: "s/l/m/state", 3: "s/l/m/new"}
    assert names.kinds() == {1: "gauge", 2: "state", 3: "gauge"}
    journal._db.close()


@given(st.lists(STEP, max_size=30))
def test_two_processes_give_a_text_the_same_symbol(steps: list[tuple[int, str]]) -> None:
    """At once and without a lock; committed or rolled back in any order, nothing gets lost."""
    with TemporaryDirectory() as folder:
        both = [opened(Path(folder, "journal.db")), opened(Path(folder, "journal.db"))]
        said: dict[str, int] = {}
        for who, step in steps:
            journal, names = both[who]
            match step:
                case "commit":
                    with journal.transaction():
                        names.write()
                case "roll back":
                    journal._db.execute("begin immediate")
                    names.write()
                    names.symbols()
                    journal._db.execute("rollback")
                case "look":
                    names.symbols()
                case text:
                    symbol = names.symbol(text)
                    assert 0 < symbol < 2**52
                    assert said.setdefault(text, symbol) == symbol
        for journal, names in both:
            with journal.transaction():
                names.write()
        expected = {symbol: text for text, symbol in said.items()}
        assert len(expected) == len(said)
        assert [names.symbols() for _, names in both] == [expected, expected]
        assert opened(Path(folder, "journal.db"))[1].symbols() == expected


def test_texts_that_meet_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With symbols of 5 bits texts collide at once; each still has its own."""
    monkeypatch.setattr(catalog, "SYMBOL_BITS", 5)
    journal, names = opened(tmp_path / "journal.db")
    symbols = {f"KF94-{size}": names.symbol(f"KF94-{size}") for size in range(20)}
    assert len(set(symbols.values())) == 20
    with journal.transaction():
        names.write()
    journal._db.close()
    _, names = opened(tmp_path / "journal.db")
    assert {text: names.symbol(text) for text in symbols} == symbols


def test_a_symbol_that_another_text_took_is_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once in 10^15 two processes meet; then nothing is committed rather than a wrong name."""
    monkeypatch.setattr(catalog, "SYMBOL_BITS", 1)
    (journal, one), (other, two) = opened(tmp_path / "journal.db"), opened(tmp_path / "journal.db")
    assert one.symbol("KF94") == two.symbol("KF80") == 1
    with journal.transaction():
        one.write()
    with pytest.raises(JournalDamaged, match="symbol 1 of 'KF80' is taken"), other.transaction():
        two.write()
    assert one.symbols() == {1: "KF94"}

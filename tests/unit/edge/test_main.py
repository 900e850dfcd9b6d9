"""How a command ends that cannot do what it was asked."""

import pytest

from edge.cli import main
from edge.errors import JournalDamaged


@pytest.mark.parametrize("deep", [0, 1, 2])
def test_an_error_of_ours_ends_with_its_code(
    deep: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Message and code, also where it happened in a task of a task group."""
    error: Exception = JournalDamaged("block 7 does not follow 6; set the file aside")
    for _ in range(deep):
        error = ExceptionGroup("unhandled errors in a TaskGroup", [error])

    def app() -> None:
        raise error

    monkeypatch.setattr(main, "app", app)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == JournalDamaged.exit_code == 5
    assert capsys.readouterr().err == "block 7 does not follow 6; set the file aside\n"


def test_a_bug_beside_it_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has to mend it sees where it happened."""

    def app() -> None:
        raise ExceptionGroup("two tasks", [JournalDamaged("damaged"), ZeroDivisionError("bug")])

    monkeypatch.setattr(main, "app", app)
    with pytest.raises(ExceptionGroup, match="two tasks"):
        main.main()

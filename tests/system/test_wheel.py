"""The wheel is what users get: it holds the pages and every file that the code reads."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILD = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index")


@pytest.mark.slow
def test_the_wheel_holds_what_the_code_reads(tmp_path: Path) -> None:
    """Pages, texts and migrations are in it; sources of pages and tests are not."""
    command = [sys.executable, *BUILD, "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, timeout=300, stdin=subprocess.DEVNULL)
    (wheel,) = tmp_path.glob("lineproof-*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.split("/")[0] for name in held if ".dist-info" not in name}
    assert tops == {"edge", "collectors", "kpi", "api", "simulators"}
    assert {"api/static/index.html", "edge/cli/example.yaml"} <= held
    assert {f"edge/text/{language}.json" for language in ("ko", "en", "vi")} <= held
    report = {"report.typ", "fonts/Pretendard-Regular.otf", "fonts/LICENSE.txt"}
    assert {f"edge/evidence/{name}" for name in report} <= held
    for package in sorted(tops):
        for path in (ROOT / package).rglob("*.py"):
            if "node_modules" not in path.parts:
                assert path.relative_to(ROOT).as_posix() in held
    assert not [name for name in held if name.startswith("api/web") or "node_modules" in name]
    assert [name for name in held if name.startswith("api/static/assets/")]

"""Scripts that start worker processes."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAD = "from tinypareto.study.script_guard import refuse_unguarded\n"
CALL = "refuse_unguarded({workers})\n"
REFUSED = "which would start the search again; put line {line} below if __name__"


@pytest.mark.parametrize(
    ("script", "workers", "line"),
    [
        (CALL, 2, 2),
        (CALL, 1, None),
        ("def main():\n    " + CALL + "main()\n", 2, 4),
        ("if __name__ == '__main__':\n    " + CALL, 2, None),
        ("def main():\n    " + CALL + "if __name__ == '__main__':\n    main()\n", 2, None),
    ],
)
def test_a_script_without_a_guard_is_told_so(
    script: str, workers: int, line: int | None, tmp_path: Path
) -> None:
    file = tmp_path / "script.py"
    file.write_text(HEAD + script.format(workers=workers))
    done = subprocess.run([sys.executable, file], capture_output=True, text=True, timeout=100)
    assert (done.returncode != 0) == (line is not None), done.stderr
    assert (REFUSED.format(line=line) in done.stderr) == (line is not None)


def test_what_python_reads_from_elsewhere_has_no_script_to_import(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    text = HEAD + CALL.format(workers=2)
    (tmp_path / "package/__main__.py").write_text(text)
    for arguments in (["-m", "package"], ["-c", text]):
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr

"""What ruff and mypy say of this folder."""

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent


@pytest.mark.parametrize(
    "check",
    ["ruff check --no-cache", "ruff format --no-cache --check", "mypy --cache-dir {scratch}"],
)
def test_it_finds_nothing(check: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", *check.format(scratch=tmp_path).split(), str(FOLDER)]
    result = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr

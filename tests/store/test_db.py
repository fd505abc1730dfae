"""Opening a database: several processes at once, each finds it complete."""

import subprocess
import sys
from pathlib import Path

from bot.paths import REPOSITORY

OPEN = """
import sys
from pathlib import Path
from bot.transcripts.store import open_transcripts
print(open_transcripts(Path(sys.argv[1]))["summaries"].count)
"""


def test_processes_that_start_together_make_one_schema(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, str(tmp_path / "transcripts.db")],
            cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(6)
    ]  # fmt: skip
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, out) == (0, "0\n"), err

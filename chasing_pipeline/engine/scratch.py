"""Folders for what is not finished, beside where it will be published: on the same disk, so that it moves in one step.

Does not belong here: scratch space that nothing is published from (``tempfile``).
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ABANDONED_SECONDS = 24 * 60 * 60
"""A folder that has not changed for so long belongs to a process that was killed."""


@contextmanager
def scratch_folder(beside: Path, prefix: str) -> Iterator[Path]:
    """A folder of one's own in ``beside``, gone afterwards; abandoned ones with the same ``prefix`` go as well."""
    for left in beside.glob(f"{prefix}*"):
        with suppress(FileNotFoundError):  # another process may just have ended with it
            if left.is_dir() and time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=beside) as folder:
        yield Path(folder)

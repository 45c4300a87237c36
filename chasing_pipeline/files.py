"""Where the files that ship with the package are: ``sql/``, the sample home, the orchestrator's settings.

In a checkout they stand at the top level; in an installed wheel, in ``_files`` below the package.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The path of a shipped file or folder. Raises FileNotFoundError where the installation lacks it."""
    for root in (_PACKAGE / "_files", _PACKAGE.parent):
        if (root / name).exists():
            return root / name
    raise FileNotFoundError(f"{name} is missing from the installation; install chasing-pipeline again")

"""CSV text as its rows, each with the text and the line that it has in the file.

Does not belong here: what the rows mean.
"""

import csv
import io
from collections.abc import Iterator

from chasing_pipeline.domain.problems import Problem


def rows_of_text(text: str, delimiter: str = ",") -> Iterator[tuple[str, int, list[str]]]:
    """The rows of a CSV text: each as it is written, the line on which it begins, its fields."""
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(iter(lines), delimiter=delimiter)
    first = 0
    for values in reader:
        yield "".join(lines[first : reader.line_num]), first + 1, values
        first = reader.line_num


def not_utf8(name: str) -> Problem:
    """What to say of a file that is no UTF-8 text."""
    return Problem(name, None, None, "the file is not UTF-8 text; save it as UTF-8")

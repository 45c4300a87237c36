"""What holds for every test of the live channels."""

import logging
from collections.abc import Iterator

import pytest

from .outgoing import BODY


@pytest.fixture(autouse=True)
def _nothing_leaks_into_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """At DEBUG, for every test here: no word of a message, no recipient's number, no secret of a stand-in."""
    caplog.set_level(logging.DEBUG)
    yield
    # what the test itself logged: the fixture's own text begins anew when it is torn down
    written = "\n".join(record.getMessage() for record in caplog.get_records("call"))
    for leak in (BODY, "made-up", "made_up", "47700900001", "wrong-secret"):
        assert leak not in written

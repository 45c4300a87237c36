"""What the providers reached over HTTP share: what a failed request tells, how to name them, what stays out of logs.

Only what surely happened before the request was written counts as not sent; a reset or a timeout after it is a doubt.
Does not belong here: a provider's own error codes.
"""

import logging
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

_BEFORE_THE_REQUEST = (
    "ConnectTimeout",
    "ConnectTimeoutError",
    "NewConnectionError",
    "NameResolutionError",
    "ProxyError",
)
_UNUSABLE_URL = ("InvalidURL", "InvalidSchema", "MissingSchema", "LocationParseError")


def is_unreachable(error: BaseException) -> bool:
    """Whether no connection came about, so that the server can't have read the request."""
    for part in _parts(error):
        # by name along the ancestors: requests and urllib3 take long to import
        if {kind.__name__ for kind in type(part).__mro__} & {*_BEFORE_THE_REQUEST, *_UNUSABLE_URL}:
            return True
        if isinstance(part, ssl.SSLCertVerificationError):
            return True
        if isinstance(part, ssl.SSLError) and getattr(part, "reason", "") == "WRONG_VERSION_NUMBER":
            return True
    return False


def place(url: str) -> str:
    """Scheme, host and port of a URL, for messages."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "its base URL"
    return f"{parts.scheme}://{parts.hostname}{port}"


def silence_urls() -> None:
    """Keep URLs out of the log: urllib3 writes each at DEBUG, and that of a search holds a phone number."""
    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


def _parts(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that it was made of."""
    waiting, seen = [error], set[int]()
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        # not __context__: that may be somebody else's failure, which was being handled when this one happened
        inner = [part.__cause__, getattr(part, "reason", None), *part.args]
        waiting += [each for each in inner if isinstance(each, BaseException)]

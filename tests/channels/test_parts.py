"""What the live channels share: pace, streaks of refusals, failures of requests, words of providers."""

import re
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import requests
from pydantic import SecretStr
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from chasing_pipeline.channels.errors import (
    ChannelUnavailable,
    InDoubt,
    NotSent,
    OptedOut,
    Refused,
    RegionUnavailable,
    SendError,
    Throttled,
)
from chasing_pipeline.channels.http_requests import is_unreachable, place
from chasing_pipeline.channels.live import LazySender
from chasing_pipeline.channels.looking import each_of
from chasing_pipeline.channels.pacing import Pacer
from chasing_pipeline.channels.protocol import Sender
from chasing_pipeline.channels.regions import ClosedRegions
from chasing_pipeline.channels.streaks import RefusalStreak
from chasing_pipeline.channels.twilio_errors import CODES, PERMANENT_DELIVERY, refusal
from chasing_pipeline.channels.wording import said


def test_each_key_has_its_own_pace() -> None:
    waits: list[float] = []
    now = [0.0]
    pacer = Pacer(2, lambda: now[0], waits.append)
    for key in ("a", "a", "b", "a"):
        pacer.wait(key)
    assert waits == [0.5, 1.0]
    now[0] = 10
    pacer.wait("a")
    assert waits == [0.5, 1.0]  # what was not used is not saved up


def test_threads_are_let_through_one_after_another() -> None:
    pacer = Pacer(50)
    began = time.monotonic()
    threads = [threading.Thread(target=pacer.wait) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began >= 5 / 50


def test_without_a_rate_nobody_waits() -> None:
    Pacer(None, sleep=lambda _: pytest.fail("slept")).wait()


def test_a_streak_ends_with_a_success_and_stops_the_channel_at_the_third() -> None:
    streak = RefusalStreak()
    assert [type(streak.unclear("odd")) for _ in range(2)] == [NotSent, NotSent]
    streak.success()
    kinds = [type(streak.unclear("odd", taken_for=Refused)) for _ in range(4)]
    assert kinds == [Refused, Refused, ChannelUnavailable, ChannelUnavailable]


REFUSED = MaxRetryError(None, "/", NewConnectionError(None, "refused"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (requests.ConnectionError(REFUSED), True),
        (requests.ConnectTimeout(), True),
        (requests.exceptions.InvalidURL("x"), True),
        (requests.exceptions.ProxyError("no proxy"), True),
        (requests.exceptions.SSLError(MaxRetryError(None, "/", ssl.SSLCertVerificationError("x"))), True),  # type: ignore[arg-type]
        (requests.exceptions.SSLError(ssl.SSLError("closed")), False),
        (requests.ConnectionError(ProtocolError("aborted", ConnectionResetError())), False),
        (requests.ReadTimeout(), False),
        (ValueError("no JSON"), False),
    ],
)
def test_only_what_failed_before_the_request_surely_did_not_arrive(error: Exception, expected: bool) -> None:
    assert is_unreachable(error) is expected


def test_an_error_that_was_being_handled_meanwhile_says_nothing_about_this_one() -> None:
    error = requests.ReadTimeout()
    error.__context__ = requests.ConnectTimeout()
    assert not is_unreachable(error)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.example/v1", "https://api.example"),
        ("http://user:made-up@127.0.0.1:8080/v1", "http://127.0.0.1:8080"),
        ("http://x:y", "its base URL"),
    ],
)
def test_a_server_is_named_without_path_and_password(url: str, expected: str) -> None:
    assert place(url) == expected


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, 21211, Refused),
        (400, 21614, Refused),
        (400, 21635, Refused),
        (400, 21610, OptedOut),
        (400, 21408, RegionUnavailable),
        (400, 21606, ChannelUnavailable),
        (401, 20003, ChannelUnavailable),
        (404, 20404, ChannelUnavailable),
        (403, 99999, ChannelUnavailable),
        (429, 20429, Throttled),
        (429, 99999, Throttled),
        (400, 21611, NotSent),
        (400, 99999, NotSent),  # unclear
        (408, 408, InDoubt),
        (500, 20500, InDoubt),
        (503, 21211, InDoubt),
        (200, 200, InDoubt),
        (301, 301, ChannelUnavailable),
    ],
)
def test_twilio_s_codes_by_what_follows(status: int, code: int, kind: type[SendError]) -> None:
    assert type(refusal(status, code, "", RefusalStreak())) is kind


def test_codes_that_strike_off_a_number_are_explained() -> None:
    assert set(CODES) >= PERMANENT_DELIVERY
    assert all(issubclass(CODES[code][0], Refused) for code in PERMANENT_DELIVERY)


def test_a_provider_s_words_are_one_short_line_without_secrets() -> None:
    words = said("first\r\nsecond\x1b[31m the key k3y is wrong " + "x" * 500, [SecretStr("k3y"), SecretStr("")])
    assert words.startswith("first second [31m the key [hidden] is wrong x")
    assert len(words) == 240


@pytest.mark.parametrize(
    "text",
    [
        "Account not authorized to call +447700900002",
        "The 'To' number +44 7700 900002 is not valid",
        "The number 447700900002 is blocked",
        "4.2.0 <ann@customer.example>: Recipient address rejected: Greylisted",
        "no mailbox o'hara.ann+x@mail.customer.example here",
        "SMTP to=%2B447700900002",
    ],
)
def test_a_provider_s_words_name_no_recipient(text: str) -> None:
    words = said(text)
    assert "[hidden]" in words
    assert not re.search(r"\d{4}|ann|example", words)


@pytest.mark.parametrize(
    "text",
    [
        "Lob answered 502: JSONDecodeError",
        "421 4.7.28 our system has detected an unusual rate (2026-11-26 12:58:02)",
        "connection to 127.0.0.1:9125 was refused",
        "the letter ltr_0123456789abcdef has 61 pages",
        "SM0123456789abcdef0123456789abcdef",
    ],
)
def test_what_is_no_address_and_no_number_stays(text: str) -> None:
    assert said(text) == text


def test_a_country_that_was_refused_is_left_alone_and_the_others_are_not() -> None:
    closed = ClosedRegions()
    with pytest.raises(RegionUnavailable, match="not France"), closed.closing("+33612345678"):
        raise RegionUnavailable("not France")
    with pytest.raises(RegionUnavailable, match="not France"):
        closed.check("+33699999999")
    closed.check("+447700900123")
    with pytest.raises(RegionUnavailable), closed.closing("+99912345678"):
        raise RegionUnavailable("no country at all")
    closed.check("+99912345679")


def test_senders_are_made_one_at_a_time_for_they_share_libraries() -> None:
    making: list[str] = []
    together = threading.Barrier(4)

    def make(name: str) -> Sender:
        assert making == []
        making.append(name)
        time.sleep(0.01)
        making.remove(name)
        raise ChannelUnavailable(name)

    def use(sender: LazySender) -> None:
        together.wait()
        with pytest.raises(ChannelUnavailable):
            sender.deliveries([])

    senders = [LazySender("x", partial(make, str(number))) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(use, senders))


def test_looking_at_many_stops_at_the_first_that_fails() -> None:
    looked: list[int] = []

    def look(item: int) -> int:
        looked.append(item)
        if item == 2:
            raise NotSent
        time.sleep(0.01)
        return item * item

    found = each_of(look, range(1000), 2)
    assert [next(found), next(found)] == [(0, 0), (1, 1)]
    with pytest.raises(NotSent):
        next(found)
    assert len(looked) < 100

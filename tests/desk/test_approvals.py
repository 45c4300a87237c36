"""What waits for approval at the desk: who sees it, how its message looks, who may release it and in whose name."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from chasing_pipeline.desk.previewing import KeptDay
from chasing_pipeline.dispatching.approval import Wanted
from chasing_pipeline.domain.action import Action
from chasing_pipeline.ledger import activities
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.day import DayPlanner
from chasing_pipeline.resources.chasing import Chasing
from tests.conftest import SAMPLE_DAY
from tests.desk.serving import Somebody, served, text_of

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def desk(asking_home: Path) -> Iterator[str]:
    """The address of the desk of a home whose actions are held."""
    with served(asking_home, SAMPLE_DAY) as address:
        yield address


def held(home: Path) -> list[Action]:
    """What is held in the published table."""
    chasing = Chasing(home, SAMPLE_DAY)
    return chasing.approvals().waiting(*chasing.planned_actions(SAMPLE_DAY))


def of_channel(home: Path, channel: str) -> Action:
    """The first held action of a channel."""
    return next(action for action in held(home) if action.channel == channel)


def released(home: Path) -> Counter[tuple[str, str | None]]:
    """(who, which action) of each release in the activity log."""
    rows = activities.of_days(Ledger.of_home(home), [SAMPLE_DAY])
    return Counter((row["actor"], row["action_id"]) for row in rows if row["detail"] == "released for sending")


def listed(page: requests.Response) -> list[str]:
    """The ids of the actions in the list."""
    return re.findall(r'href="/approvals/([0-9a-f]{32})', page.text)


def digest_of(page: requests.Response) -> str:
    """What the page's form says of which list it was."""
    found = re.search(r'name="digest" value="([0-9a-f]+)"', page.text)
    assert found
    return found[1]


def test_everybody_sees_what_waits_with_whom_it_goes_to_and_why(reader: Somebody, asking_home: Path) -> None:
    page = reader.get("/approvals")
    waiting = held(asking_home)
    assert set(listed(page)) == {action.action_id for action in waiting}
    shown = text_of(page)
    action = of_channel(asking_home, "email")
    for text in (action.customer_name, action.step, f"{action.balance:,.2f} {action.currency}", str(action.recipient),
                 "the cadence asks for it: always", f"Approvals {len(waiting)}"):  # fmt: skip
        assert text in shown
    assert "in my name" not in shown
    assert "Releasing them needs the role release." in shown


def test_the_largest_balance_comes_first(reader: Somebody, asking_home: Path) -> None:
    balances = {action.action_id: action.balance for action in held(asking_home)}
    shown = [balances[name] for name in listed(reader.get("/approvals"))]
    assert shown == sorted(shown, reverse=True)


@pytest.mark.parametrize("name", ["cadence", "step", "channel"])
def test_the_list_can_be_narrowed(reader: Somebody, asking_home: Path, name: str) -> None:
    value = str(getattr(of_channel(asking_home, "letter"), name))
    wanted = {action.action_id for action in held(asking_home) if str(getattr(action, name)) == value}
    assert 0 < len(wanted) < len(held(asking_home))
    assert set(listed(reader.get(f"/approvals?{name}={value}"))) == wanted
    assert "Nothing like that waits." in text_of(reader.get(f"/approvals?{name}=nonsense"))


def test_why_it_waits_names_the_step_or_the_first_run(reader: Somebody, asking_home: Path) -> None:
    action = of_channel(asking_home, "letter")
    path = asking_home / "cadences" / f"{action.cadence}.yaml"
    text = path.read_text()
    path.write_text(text.replace("approve: always", "approve: first_run"))
    assert f"first run of version {action.cadence_version}" in text_of(reader.get("/approvals"))
    path.write_text(text.replace(f"step: {action.step},", f"step: {action.step}, approve: always,"))
    assert "the step asks for it: always" in text_of(reader.get(f"/approvals/{action.action_id}"))
    path.write_text(text.replace("approve: always", "approve: never"))
    assert "not any more" in text_of(reader.get(f"/approvals/{action.action_id}"))


def test_an_email_is_looked_at_in_a_frame_that_runs_and_loads_nothing(reader: Somebody, asking_home: Path) -> None:
    action = of_channel(asking_home, "email")
    page = reader.get(f"/approvals/{action.action_id}")
    assert str(action.recipient) in text_of(page)
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert f'<iframe class="mail" src="/approvals/{action.action_id}/mail" sandbox=""' in page.text
    mail = reader.get(f"/approvals/{action.action_id}/mail")
    assert str(action.contact_name) in text_of(mail)
    policy = mail.headers["content-security-policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "frame-ancestors 'self'"} <= set(policy)
    assert not [part for part in policy if part.startswith(("script-src", "sandbox allow"))]
    assert mail.headers["x-frame-options"] == "SAMEORIGIN"
    assert mail.headers["cache-control"] == "no-store"


def test_a_letter_is_a_pdf_and_a_text_or_a_call_is_text(reader: Somebody, asking_home: Path) -> None:
    letter = of_channel(asking_home, "letter")
    assert f'href="/approvals/{letter.action_id}/pdf"' in reader.get(f"/approvals/{letter.action_id}").text
    pdf = reader.get(f"/approvals/{letter.action_id}/pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")
    text = of_channel(asking_home, "sms")
    assert "Harbour & Vale" in text_of(reader.get(f"/approvals/{text.action_id}"))
    for channel, said in (("auto_call", "characters of speech markup"), ("phone_call", "To-do of")):
        assert said in text_of(reader.get(f"/approvals/{of_channel(asking_home, channel).action_id}"))
    for part in ("pdf", "mail"):
        assert reader.get(f"/approvals/{text.action_id}/{part}").status_code == 404


def test_a_message_is_made_of_what_the_templates_and_the_customer_say_now(worker: Somebody, asking_home: Path) -> None:
    action = of_channel(asking_home, "email")
    template = next((asking_home / "templates" / str(action.template)).glob("body.html"))
    template.write_text(f"<p>{SCRIPT} Dear {{{{ customer_name }}}}, changed</p>")
    assert "changed" in text_of(worker.get(f"/approvals/{action.action_id}/mail"))
    assert SCRIPT not in worker.get(f"/approvals/{action.action_id}").text
    worker.post("/customer", number=action.customer_number, what="promise", until="2026-03-25")
    page = worker.get(f"/approvals/{action.action_id}")
    assert page.status_code == 200
    assert "It is not due any more. promise" in text_of(page)
    assert worker.get(f"/approvals/{action.action_id}/mail").status_code == 404


def test_a_template_that_is_at_fault_is_told_where_the_message_would_be(reader: Somebody, asking_home: Path) -> None:
    action = of_channel(asking_home, "email")
    for path in (asking_home / "templates" / str(action.template)).rglob("body.*"):
        path.write_text("{{ no_such_thing }}")
    page = reader.get(f"/approvals/{action.action_id}")
    assert page.status_code == 200
    assert "no_such_thing" in text_of(page)


def test_one_is_released_in_the_users_name_and_the_next_one_follows(releaser: Somebody, asking_home: Path) -> None:
    first, second, *_ = listed(releaser.get("/approvals"))
    count = len(held(asking_home))
    releaser.get(f"/approvals/{first}")
    after = releaser.post("/approvals", which="one", action=first)
    assert "Released: " in text_of(after)
    assert after.url.endswith(f"/approvals/{second}")
    assert released(asking_home) == {("Rex Releaser", first): 1}
    assert first not in listed(releaser.get("/approvals"))
    assert f"Approvals {count - 1}" in text_of(releaser.get("/todo"))
    assert "It is not held any more." in text_of(releaser.get(f"/approvals/{first}"))
    chasing = Chasing(asking_home, SAMPLE_DAY)
    report = chasing.dispatcher().run(SAMPLE_DAY, *chasing.planned_actions(SAMPLE_DAY))
    assert sum(report.outcomes.values()) - report.outcomes["held"] == 1


def test_the_chosen_ones_are_released(releaser: Somebody, asking_home: Path) -> None:
    wanted = listed(releaser.get("/approvals"))[2:5]
    page = releaser.post("/approvals", which="chosen", action=wanted)
    assert "Released: 3 actions." in text_of(page)
    assert released(asking_home) == dict.fromkeys((("Rex Releaser", name) for name in wanted), 1)


def test_all_that_the_filters_show_are_released_and_no_others(releaser: Somebody, asking_home: Path) -> None:
    page = releaser.get("/approvals?channel=letter")
    wanted = listed(page)
    assert wanted
    page = releaser.post("/approvals", which="shown", channel="letter", digest=digest_of(page))
    assert page.status_code == 200
    assert {name for _, name in released(asking_home)} == set(wanted)


def test_all_are_released_only_while_they_are_those_that_were_shown(releaser: Somebody, asking_home: Path) -> None:
    seen = digest_of(releaser.get("/approvals"))
    for fields in ({"digest": ""}, {}, {"digest": seen, "channel": "letter"}):
        page = releaser.post("/approvals", which="shown", **fields)
        assert page.status_code == 409
        assert "Look at it again" in text_of(page)
    assert not released(asking_home)


def test_to_choose_nothing_or_what_is_not_there_releases_nothing(releaser: Somebody, asking_home: Path) -> None:
    first = listed(releaser.get("/approvals"))[0]
    for fields in ({"which": "chosen"}, {"which": "one"}, {"which": "chosen", "action": [first, "0" * 32]}, {},
                   {"which": "everything", "action": first}):  # fmt: skip
        assert releaser.post("/approvals", **fields).status_code == 400
    assert not released(asking_home)


@pytest.mark.parametrize("name", ["Rea Reader", "Wim Worker"])
def test_who_may_not_release_does_not(desk: str, asking_home: Path, name: str) -> None:
    somebody = Somebody(desk, name)
    first = listed(somebody.get("/approvals"))[0]
    assert "Releasing it needs the role release." in text_of(somebody.get(f"/approvals/{first}"))
    assert somebody.post("/approvals", which="one", action=first).status_code == 403
    assert not released(asking_home)


def test_nobody_sees_a_message_without_signing_in(desk: str, asking_home: Path) -> None:
    action = of_channel(asking_home, "email")
    for part in ("", "/mail", "/pdf"):
        page = requests.get(f"{desk}/approvals/{action.action_id}{part}", timeout=60)
        assert "Sign in" in text_of(page)
        assert action.customer_name not in page.text


def test_what_the_command_released_meanwhile_is_gone_from_the_list(releaser: Somebody, asking_home: Path) -> None:
    first = listed(releaser.get("/approvals"))[0]
    chasing = Chasing(asking_home, SAMPLE_DAY)
    chasing.approvals().release(*chasing.planned_actions(SAMPLE_DAY), Wanted([first]), "Jane Doe")
    page = releaser.post("/approvals", which="one", action=first)
    assert "Released by somebody else meanwhile." in text_of(page)
    assert first not in listed(releaser.get("/approvals"))
    assert released(asking_home) == {("Jane Doe", first): 1}


def test_a_plan_that_missed_a_release_does_not_bring_it_back(releaser: Somebody, asking_home: Path) -> None:
    path = Chasing(asking_home).warehouse.path("action_table", SAMPLE_DAY)
    before = path.read_bytes()
    first = listed(releaser.get("/approvals"))[0]
    releaser.post("/approvals", which="chosen", action=first)
    path.write_bytes(before)
    assert first not in listed(releaser.get("/approvals"))


def test_a_customers_page_leads_to_what_is_held_of_it(reader: Somebody, asking_home: Path) -> None:
    action = of_channel(asking_home, "letter")
    page = reader.get(f"/customer?number={action.customer_number}")
    assert f'href="/approvals/{action.action_id}"' in page.text
    assert f"{action.step} (letter) waits for approval" in text_of(page)


def test_only_todays_actions_can_be_released(asking_home: Path) -> None:
    first = held(asking_home)[0].action_id
    with served(asking_home, SAMPLE_DAY + timedelta(days=1)) as address:
        releaser = Somebody(address, "Rex Releaser")
        assert "Today has not been planned." in text_of(releaser.get("/approvals"))
        assert releaser.get(f"/approvals/{first}").status_code == 404
        assert releaser.post("/approvals", which="one", action=first).status_code == 400
    assert not released(asking_home)


def test_where_nothing_waits_the_page_says_so(releaser: Somebody) -> None:
    for _ in range(9):
        page = releaser.get("/approvals")
        if not listed(page):
            break
        releaser.post("/approvals", which="shown", digest=digest_of(page))
    assert "Nothing waits for approval." in text_of(releaser.get("/approvals"))


def test_who_can_t_be_reached_any_more_gets_nothing_and_the_page_says_so(reader: Somebody, asking_home: Path) -> None:
    action = of_channel(asking_home, "email")
    contacts = asking_home / "extracts" / SAMPLE_DAY.isoformat() / "contacts.csv"
    lines = contacts.read_text().splitlines(keepends=True)
    contacts.write_text("".join(line for line in lines if not line.startswith(f"{action.customer_number},")))
    page = reader.get(f"/approvals/{action.action_id}")
    assert page.status_code == 200
    assert "Nothing can be sent" in text_of(page)


def test_the_day_is_planned_for_the_first_look_and_again_only_where_something_changed(
    releaser: Somebody, asking_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned: list[object] = []
    plan = DayPlanner.plan
    monkeypatch.setattr(DayPlanner, "plan", lambda *given: (planned.append(given), plan(*given))[1])
    first, _, third, *_ = listed(releaser.get("/approvals"))
    assert planned == []
    releaser.get(f"/approvals/{first}")
    releaser.post("/approvals", which="one", action=first)  # and looks at the second
    releaser.get(f"/approvals/{third}")
    assert len(planned) == 1
    holds = asking_home / "holds.csv"
    holds.write_text(holds.read_text() + "C1039,,pause,,,\n")
    releaser.get(f"/approvals/{third}")
    assert len(planned) == 2


def test_a_plan_that_nobody_looks_at_is_let_go_and_made_again(asking_home: Path) -> None:
    chasing, action, kept = Chasing(asking_home, SAMPLE_DAY), of_channel(asking_home, "sms"), KeptDay(0.05)
    first = kept.message(chasing, action)
    time.sleep(0.5)
    assert kept.message(chasing, action) == first
    kept.close()

"""Who gets in, and who may do what."""

import logging
import re
from pathlib import Path

import pytest
import requests

from chasing_pipeline.desk.app import PAGES
from chasing_pipeline.desk.door import Door
from chasing_pipeline.desk.protection import Attempts
from chasing_pipeline.desk.users import Role, Users
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.ledger import activities
from chasing_pipeline.ledger.store import Ledger
from tests.conftest import SAMPLE_DAY
from tests.desk.serving import PASSWORD, Somebody, served, text_of, users_of

ALL = [(method, path.replace("{number:int}", "1"), role) for method, path, role, _ in PAGES]
FORMS = [(path, role) for method, path, role in ALL if method == "POST"]


@pytest.mark.parametrize(("method", "path", "role"), ALL)
def test_nobody_sees_a_page_without_signing_in(desk: str, method: str, path: str, role: Role) -> None:
    page = requests.request(method, desk + path, timeout=20, allow_redirects=False, data={"token": "x"})
    assert page.status_code == 303
    assert page.headers["location"].startswith("/login")


@pytest.mark.parametrize(("path", "role"), FORMS)
def test_a_form_without_the_pages_own_token_is_refused(
    releaser: Somebody, worked_home: Path, path: str, role: Role
) -> None:
    before = len(activities.of_days(Ledger.of_home(worked_home), [SAMPLE_DAY]))
    for token in ("", "guessed", "ü"):
        page = releaser.post(path, token=token, outcome="other", what="note", note="x", number="C1009", turn="stop",
                             reason="x", stop="growth", to="x")  # fmt: skip
        assert page.status_code == 403
    assert len(activities.of_days(Ledger.of_home(worked_home), [SAMPLE_DAY])) == before


def test_a_form_of_another_site_is_refused(releaser: Somebody) -> None:
    releaser.get("/releases")
    sent = releaser.session.post(
        f"{releaser.address}/releases/switch",
        data={"token": releaser.token, "turn": "stop", "reason": "x"},
        headers={"origin": "https://elsewhere.example"},
        timeout=20,
    )
    assert sent.status_code == 403


@pytest.mark.parametrize(("path", "role"), FORMS)
def test_a_reader_changes_nothing(reader: Somebody, worked_home: Path, path: str, role: Role) -> None:
    reader.get("/todo")
    before = len(activities.of_days(Ledger.of_home(worked_home), [SAMPLE_DAY]))
    page = reader.post(path, outcome="other", what="note", note="x", number="C1009", turn="stop", reason="x",
                       stop="growth", to="x")  # fmt: skip
    assert page.status_code == 403
    assert f"needs the role {role.value}" in text_of(page)
    assert len(activities.of_days(Ledger.of_home(worked_home), [SAMPLE_DAY])) == before


def test_who_makes_calls_does_not_turn_the_switch(worker: Somebody) -> None:
    worker.get("/releases")
    assert worker.post("/releases/switch", turn="stop", reason="x").status_code == 403
    assert "Stop all sending" not in text_of(worker.get("/releases"))


def test_a_wrong_password_gets_nobody_in_and_five_of_them_have_to_wait(desk: str) -> None:
    somebody = Somebody(desk)
    somebody.get("/login")
    codes = [somebody.post("/login", name="Wim Worker", password="wrong").status_code for _ in range(6)]
    assert codes == [403] * 5 + [429]
    page = somebody.post("/login", name="Wim Worker", password=PASSWORD)
    assert page.status_code == 429
    assert int(page.headers["retry-after"]) > 200


@pytest.mark.parametrize("name", ["Nobody", "", "Wim Worker\n", "<script>"])
def test_an_unknown_name_is_told_the_same_as_a_wrong_password(desk: str, name: str) -> None:
    somebody = Somebody(desk)
    somebody.get("/login")
    page = somebody.post("/login", name=name or "x", password="wrong")
    assert page.status_code == 403
    assert "Name and password do not fit." in text_of(page)


@pytest.mark.parametrize(
    ("aim", "lands"),
    [("/customers", "/customers"), ("//evil.example", "/todo"), ("https://evil.example", "/todo"),
     ("/\\evil.example", "/todo"), ("", "/todo")],
)  # fmt: skip
def test_signing_in_leads_to_a_page_of_the_desk_only(desk: str, aim: str, lands: str) -> None:
    somebody = Somebody(desk)
    somebody.session.get(f"{desk}/login", params={"next": aim}, timeout=20)
    somebody.get("/login")
    sent = somebody.session.post(
        f"{desk}/login",
        params={"next": aim},
        data={"token": somebody.token, "name": "Wim Worker", "password": PASSWORD},
        allow_redirects=False,
        timeout=60,
    )
    assert sent.headers["location"] == lands


def test_signing_out_ends_the_session(worker: Somebody) -> None:
    worker.get("/todo")
    worker.post("/logout")
    assert "Sign in" in text_of(worker.get("/todo"))


def test_a_user_who_was_removed_or_has_a_new_password_is_out_at_once(worker: Somebody, worked_home: Path) -> None:
    users = users_of(worked_home)
    users.put("Wim Worker", Role.WORK, "another password")
    assert "Sign in" in text_of(worker.get("/todo"))
    again = Somebody(worker.address, "Wim Worker", "another password")
    users.remove("Wim Worker")
    assert "Sign in" in text_of(again.get("/todo"))


def test_a_forged_or_changed_cookie_is_nobodys(worker: Somebody) -> None:
    value = worker.session.cookies["chasing_desk"]
    for forged in (value[:-2] + "xx", "eyJ1c2VyIjoiUmV4In0.x.y", value[5:]):
        page = requests.get(f"{worker.address}/todo", cookies={"chasing_desk": forged}, timeout=20)
        assert "Sign in" in text_of(page)


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(desk: str) -> None:
    cookie = requests.get(f"{desk}/login", timeout=20).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))


def test_every_answer_carries_the_headers_that_protect(worker: Somebody) -> None:
    for path in ("/todo", "/login", "/static/desk.css", "/nothing"):
        headers = worker.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
    assert worker.get("/todo").headers["cache-control"] == "no-store"


def test_a_form_that_is_too_large_is_refused(worker: Somebody) -> None:
    worker.get("/todo/1")
    assert worker.post("/todo/1", outcome="other", note="x" * 70_000).status_code == 413


def test_a_proxy_that_is_trusted_says_who_it_is(worked_home: Path) -> None:
    users_of(worked_home).put("Pia Proxied", Role.WORK, None)
    with served(
        worked_home, SAMPLE_DAY, Door(users_of(worked_home), "X-Forwarded-User", frozenset({"127.0.0.1"}))
    ) as to:
        known = requests.get(f"{to}/todo", headers={"X-Forwarded-User": "Pia Proxied"}, timeout=20)
        unknown = requests.get(f"{to}/todo", headers={"X-Forwarded-User": "Eve"}, timeout=20)
        nobody = requests.get(f"{to}/todo", timeout=20)
        behind_tls = requests.get(f"{to}/todo", headers={"X-Forwarded-Proto": "https"}, timeout=20)
    assert known.status_code == 200
    assert "Pia Proxied" in known.text
    assert unknown.status_code == nobody.status_code == 403
    assert "Secure" in behind_tls.headers["set-cookie"].split("; ")


def test_a_header_from_anywhere_else_is_not_believed(worked_home: Path) -> None:
    with served(
        worked_home, SAMPLE_DAY, Door(users_of(worked_home), "X-Forwarded-User", frozenset({"10.0.0.1"}))
    ) as to:
        page = requests.get(f"{to}/todo", headers={"X-Forwarded-User": "Rex Releaser"}, timeout=20)
    assert page.status_code == 403


def test_who_has_no_password_cannot_sign_in_with_one(worked_home: Path) -> None:
    users = users_of(worked_home)
    users.put("Pia Proxied", Role.WORK, None)
    assert users.check("Pia Proxied", "nobody has this password") is None


def test_the_file_of_users_holds_no_password_and_is_its_owners(tmp_path: Path) -> None:
    users = Users(tmp_path / "users.yaml")
    users.put("Jane Doe", Role.WORK, "a long password")
    content = users.path.read_text()
    assert "a long password" not in content
    assert "$argon2id$" in content
    assert users.path.stat().st_mode & 0o777 == 0o600
    assert users.check("Jane Doe", "a long password")


@pytest.mark.parametrize(
    ("name", "password"),
    [("Jane", "short"), ("", "a long password"), (" Jane", "a long password"), ("Ja\nne", "a long password")],
)
def test_a_poor_name_or_password_is_refused(tmp_path: Path, name: str, password: str) -> None:
    with pytest.raises(ChasingError):
        Users(tmp_path / "users.yaml").put(name, Role.WORK, password)


def test_the_log_names_no_customer(worker: Somebody, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        worker.get("/customer?number=C1009")
        worker.get("/customers?search=Pelican")
    assert not re.search("C1009|Pelican", "\n".join(r.getMessage() for r in caplog.records if "urllib3" not in r.name))


def test_who_guesses_behind_a_proxy_makes_nobody_else_wait(worked_home: Path) -> None:
    def attempt(address: str, name: str, password: str) -> int:
        page = requests.get(f"{to}/login", timeout=20)
        token = re.search(r'name="token" value="([^"]+)"', page.text)
        assert token
        fields = {"token": token[1], "name": name, "password": password}
        headers = {"X-Forwarded-For": f"10.9.9.9, {address}"}
        return requests.post(
            f"{to}/login", data=fields, headers=headers, cookies=page.cookies, timeout=60, allow_redirects=False
        ).status_code

    door = Door(users_of(worked_home), trusted_proxies=frozenset({"127.0.0.1"}), of_address=Attempts(2, 300))
    with served(worked_home, SAMPLE_DAY, door) as to:
        guesses = [attempt("10.0.0.1", f"name {number}", "wrong") for number in range(3)]
        assert guesses == [403, 403, 429]
        assert attempt("10.0.0.2", "Wim Worker", PASSWORD) == 303

"""A member of staff at a browser, without a browser: signs in, follows forms, sends what is typed."""

import re
from dataclasses import dataclass

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.flows import accounts
from tests.world import Person, World

PASSWORD = "correct horse battery"
HTML = {"Accept": "text/html,application/xhtml+xml"}


def hash_quickly(patch: pytest.MonkeyPatch) -> None:
    """Passwords that nobody has to guess need no second of work each."""
    patch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@dataclass(frozen=True, slots=True)
class StaffBrowser:
    client: FlaskClient

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers={**HTML, **headers})

    def post(self, path: str, *, token_from: str = "/sign-in", **form: str | int) -> TestResponse:
        """With the token of a page that this person may open."""
        page = self.client.get(token_from, headers=HTML, follow_redirects=True).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found is not None, f"no form on {token_from}"
        return self.client.post(path, data={"csrf_token": found[1], **form}, headers=HTML)

    def sign_in(self, email: str, password: str = PASSWORD, **more: str) -> TestResponse:
        return self.post("/sign-in", email=email, password=password, **more)


def email_of(member: Person, role: str) -> str:
    """As the world makes them up."""
    return f"{role}{member.phone[-3:]}@example.org"


def signed_in(app: Flask, world: World, role: str = "coordinator", *, site_id: int | None = None) -> StaffBrowser:
    """Somebody new with this role, at a browser, signed in."""
    member = world.add_staff(role, on_call=False, site_id=site_id)
    accounts.set_password(world.services, member.id, PASSWORD, world.now)
    browser = StaffBrowser(app.test_client())
    answer = browser.sign_in(email_of(member, role))
    assert answer.status_code == 302, answer.text
    return browser

"""The numbers that patients are told to call."""

from datetime import timedelta

import pytest
from flask import Flask

from service.flows import enrolment
from service.flows.texting import site_values
from service.store import sites
from tests.web.staff_browser import StaffBrowser, signed_in
from tests.world import World

GIVEN = {"phone": "+1 212 555 0100", "emergency_number": "112", "crisis_line": "988"}


@pytest.fixture
def admin(app: Flask, world: World) -> StaffBrowser:
    return signed_in(app, world, "admin")


def values(world: World) -> dict[str, object]:
    with world.services.read_work() as work:
        return dict(site_values(sites.get(work.session, world.site_id)))


def test_without_a_crisis_line_the_emergency_number_is_given(admin: StaffBrowser, world: World) -> None:
    assert values(world)["CRISIS"] == "911"
    assert admin.post("/numbers", token_from="/account", **GIVEN).status_code == 303
    assert values(world) | {"CLINIC": ""} == {"TEAM": "+12125550100", "EMERG": "112", "CRISIS": "988", "CLINIC": ""}
    admin.post("/numbers", token_from="/account", **{**GIVEN, "crisis_line": "+49 800 1110111"})
    assert values(world)["CRISIS"] == "+498001110111"
    admin.post("/numbers", token_from="/account", **{**GIVEN, "crisis_line": " "})
    assert values(world)["CRISIS"] == "112"


@pytest.mark.parametrize(
    ("field", "given"),
    [("phone", "12"), ("emergency_number", "help"), ("emergency_number", "٩١١"), ("crisis_line", "988 or 911")],
)
def test_a_wrong_number_is_named_kept_and_changes_nothing(
    admin: StaffBrowser, world: World, field: str, given: str
) -> None:
    before = values(world)
    answer = admin.post("/numbers", token_from="/account", **{**GIVEN, field: given})
    assert answer.status_code == 422
    assert f'id="wrong-{field}"' in answer.text
    assert f'value="{given}"' in answer.text
    assert values(world) == before


def test_only_administrators_change_them(app: Flask, world: World) -> None:
    nurse = signed_in(app, world)
    assert nurse.get("/numbers").status_code == 403
    assert nurse.post("/numbers", token_from="/account", **GIVEN).status_code == 403


def test_a_new_site_may_bring_its_crisis_line(world: World) -> None:
    site = enrolment.add_site(
        world.services,
        name="Lakeside",
        timezone="America/Chicago",
        emergency_number="911",
        phone="+13125550100",
        language="en",
        now=world.now + timedelta(days=1),
        crisis_line="988",
    )
    with world.services.read_work() as work:
        assert site_values(sites.get(work.session, site))["CRISIS"] == "988"

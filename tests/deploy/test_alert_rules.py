"""The example rules for Prometheus name metrics that there are, and the operations page explains every one."""

import re
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine

from service.flows import upkeep
from service.store.base import Vault
from service.web.metrics import Metrics
from tests.world import make_world

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "alert-rules.yaml"
OPERATIONS = ROOT / "docs" / "operations.md"


@pytest.fixture
def exposed(engine: Engine, vault: Vault) -> str:
    world = make_world(engine, vault)
    upkeep.beat(world.services, "worker", world.now)
    return Metrics(world.services, world.clock).exposition().decode()


def test_every_rule_asks_for_metrics_that_are_exposed(exposed: str) -> None:
    names = set(re.findall(r"^(aftercell_\w+)", exposed, re.MULTILINE))
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    for rule in group["rules"]:
        wanted = set(re.findall(r"aftercell_\w+", rule["expr"]))
        assert wanted, rule["alert"]
        assert wanted <= names, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]


def test_the_operations_page_explains_every_metric_and_no_other(exposed: str) -> None:
    samples = set(re.findall(r"^(aftercell_\w+)", exposed, re.MULTILINE))
    # When each counter was made is of no interest to anybody.
    samples = {name for name in samples if not name.endswith("_created")}
    explained = set(re.findall(r"^\|.*", OPERATIONS.read_text(), re.MULTILINE))
    named = {name for row in explained for name in re.findall(r"`(aftercell_\w+)", row)}
    assert named == samples
    labels = set(re.findall(r"^(aftercell_\w+\{\w+)=", exposed, re.MULTILINE))
    labels = {label for label in labels if not label.partition("{")[0].endswith("_created")}
    shown = {label for row in explained for label in re.findall(r"`(aftercell_\w+\{\w+)\}", row)}
    assert shown == labels


def test_the_operations_page_names_every_alert_rule() -> None:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    page = OPERATIONS.read_text()
    assert [rule["alert"] for rule in group["rules"] if f"`{rule['alert']}`" not in page] == []

"""The example rules for Prometheus name metrics that there are."""

import re
from pathlib import Path

import yaml
from sqlalchemy import Engine

from service.flows import upkeep
from service.store.base import Vault
from service.web.metrics import Metrics
from tests.world import make_world

RULES = Path(__file__).parents[2] / "deploy" / "alert-rules.yaml"


def test_every_rule_asks_for_metrics_that_are_exposed(engine: Engine, vault: Vault) -> None:
    world = make_world(engine, vault)
    upkeep.beat(world.services, "worker", world.now)
    exposed = Metrics(world.services, world.clock).exposition().decode()
    names = set(re.findall(r"^(aftercell_\w+)", exposed, re.MULTILINE))
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    for rule in group["rules"]:
        wanted = set(re.findall(r"aftercell_\w+", rule["expr"]))
        assert wanted, rule["alert"]
        assert wanted <= names, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]

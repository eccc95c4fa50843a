"""Phones in the browser and a time machine, only with the simulated gateway."""

from service.web.simulator.views import simulator

__all__ = ["simulator"]

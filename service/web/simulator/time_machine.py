"""Moves a shifted clock forward the way time really passes: whatever falls due on the way happens at its own time.

A bare jump would look like an outage to the service: check-ins would open late and alerts page all at once.
"""

from datetime import datetime

from service.clock import ShiftedClock
from service.flows import overview, upkeep
from service.flows.services import Services


def travel(services: Services, clock: ShiftedClock, until: datetime) -> None:
    """Do all that is due, event by event, until the clock shows `until`. Safe beside a running worker."""
    upkeep.tick(services, clock.now())
    while (due := overview.next_due(services, clock.now())) is not None and due <= until:
        clock.jump_to(due)
        upkeep.tick(services, clock.now())
    clock.jump_to(until)
    upkeep.tick(services, clock.now())

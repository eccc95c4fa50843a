"""Read models: what is going on, for people and machines that look on. Nothing here changes anything."""

from datetime import datetime

from sqlalchemy import func, select

from service.core.delivery import State
from service.flows.services import Services
from service.store.alerts import Alert, AlertState
from service.store.checkins import CheckIn, CheckInState
from service.store.messages import Message
from service.store.patients import Enrolment, EnrolmentState


def next_due(services: Services, after: datetime) -> datetime | None:
    """The earliest instant after `after` at which a tick will find something to do; None when nothing is planned."""
    columns = (
        (Enrolment.next_checkin_at, Enrolment.state == EnrolmentState.ACTIVE),
        (CheckIn.next_action_at, CheckIn.state == CheckInState.OPEN),
        (Alert.next_page_at, Alert.state == AlertState.OPEN),
        (Alert.acknowledgement_expires_at, Alert.state == AlertState.ACKNOWLEDGED),
        (Message.due_at, Message.state == State.QUEUED),
        (Message.lease_until, Message.state == State.SENDING),
        (Message.look_at, Message.look_at.is_not(None)),
    )
    with services.read_work() as work:
        found = [
            work.session.scalar(select(func.min(column)).where(column > after, waits)) for column, waits in columns
        ]
    return min((moment for moment in found if moment is not None), default=None)

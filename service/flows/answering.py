"""What follows when a called phone is answered, or is not. Only a key is an acknowledgement: voicemail answers too."""

from dataclasses import dataclass
from datetime import datetime

from service.core.delivery import Receipt as ProviderReceipt
from service.core.delivery import State
from service.core.twilio_codes import call_receipt
from service.errors import NotFound
from service.flows.alerts import acknowledge
from service.flows.outcomes import apply_receipt
from service.flows.services import Services
from service.store import alerts, messages
from service.store.alerts import Alert, AlertState, Page
from service.store.messages import Receipt
from service.store.uow import UnitOfWork

ACKNOWLEDGE_KEY = "1"

# English, as in `calling`. Digits are spaced so that they are read one by one.
TAKEN = "Thank you. Case {case} is yours. When handled, text {code}, the word DONE and what was done. Goodbye."
TAKEN_BY_OTHERS = "A colleague has taken this case. You need do nothing. Goodbye."
ASK_AGAIN = "To take the case, press 1."
OVER = "This case is closed. You need do nothing. Goodbye."


@dataclass(frozen=True, slots=True)
class Said:
    """What the phone says next; `ask`: and then waits for a key once more."""

    text: str
    ask: bool = False


def hear_key(services: Services, token: str, key: str, now: datetime) -> Said:
    """A key was pressed in the call about this page. The same key twice says the same. Raises NotFound."""
    with services.work() as work:
        page, alert = _page_of(work, token)
        if alert.state == AlertState.RESOLVED:
            return Said(OVER)
        if alert.state == AlertState.OPEN:
            if key != ACKNOWLEDGE_KEY:
                return Said(ASK_AGAIN, ask=True)
            acknowledge(work, services, alert, page.staff_id, now)
            page.acknowledged_at = now
            work.commit()
        elif alert.acknowledged_by != page.staff_id:
            return Said(TAKEN_BY_OTHERS)
        return Said(TAKEN.format(case=" ".join(alert.case_number), code=" ".join(alert.code)))


def hear_call_status(services: Services, token: str, provider_id: str, status: str, now: datetime) -> None:
    """What became of a call. One that ended without a key reached nobody. Raises NotFound."""
    with services.work() as work:
        page, alert = _page_of(work, token)
        message = messages.for_update(work.session, page.message_id)
        if message is None:
            raise NotFound("there is no such page")
        if not messages.receipt_known(work.session, message.id, provider_id, status, ""):
            work.session.add(Receipt(message_id=message.id, provider_id=provider_id, status=status, code="", at=now))
            found = judged(call_receipt(provider_id, status), alert)
            apply_receipt(work, services, message, found, now)
        work.commit()


def judged(found: ProviderReceipt, alert: Alert) -> ProviderReceipt:
    """A completed call has done its work only if somebody has taken the alert."""
    if found.state is State.DELIVERED and alert.state == AlertState.OPEN:
        return ProviderReceipt(found.provider_id, State.UNDELIVERED)
    return found


def _page_of(work: UnitOfWork, token: str) -> tuple[Page, Alert]:
    page = alerts.page_of_token(work.session, token)
    alert = alerts.for_update(work.session, page.alert_id) if page else None
    if page is None or alert is None:
        raise NotFound("there is no such page")
    return page, alert

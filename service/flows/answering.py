"""What follows when a called phone is answered, or is not. Only a key is an acknowledgement: voicemail answers too."""

from dataclasses import dataclass
from datetime import datetime

from service.core.delivery import Receipt as ProviderReceipt
from service.core.delivery import State
from service.core.twilio_codes import call_receipt
from service.errors import NotFound
from service.flows import calling
from service.flows.alerts import acknowledge
from service.flows.outcomes import apply_receipt
from service.flows.services import Services
from service.gateways.base import Speech
from service.store import alerts, messages, sites
from service.store.alerts import Alert, AlertState, Page
from service.store.messages import Receipt
from service.store.uow import UnitOfWork

ACKNOWLEDGE_KEY = "1"


@dataclass(frozen=True, slots=True)
class Said:
    """What the phone says next; `ask`: and then waits for a key once more."""

    speech: Speech
    ask: bool = False


def hear_key(services: Services, token: str, key: str, now: datetime) -> Said:
    """A key was pressed in the call about this page. The same key twice says the same. Raises NotFound."""
    with services.work() as work:
        page, alert = _page_of(work, token)
        language = sites.get(work.session, alert.site_id).language
        if alert.state == AlertState.RESOLVED:
            return _said(services, "voice_closed", language)
        if alert.state == AlertState.OPEN:
            if key != ACKNOWLEDGE_KEY:
                return _said(services, "voice_press_1", language, ask=True)
            acknowledge(work, services, alert, page.staff_id, now)
            page.acknowledged_at = now
            work.commit()
        elif alert.acknowledged_by != page.staff_id:
            return _said(services, "voice_taken_by_other", language)
        spelt = {"CASE": alert.case_number, "CODE": alert.code}
        return Said(calling.say(services.catalog, "voice_taken", language, spelt).speech)


def _said(services: Services, text_id: str, language: str, *, ask: bool = False) -> Said:
    return Said(calling.say(services.catalog, text_id, language).speech, ask)


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

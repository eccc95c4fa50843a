"""The REST resources that aftercell uses, with Twilio's rules about what they accept."""

import re
import threading
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import urlencode, urlsplit

from tests.fake_twilio.account import Account
from tests.fake_twilio.faults import Fault, Manner
from tests.fake_twilio.records import ApiError, Call, Message, new_sid
from tests.fake_twilio.server import Broken

_E164 = re.compile(r"\+[1-9]\d{6,14}")
Answered = tuple[int, dict[str, object]]


class Api:
    """Answers requests for one account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def respond(self, method: str, path: str, params: dict[str, str], login: tuple[str, str]) -> Answered:
        """Twilio's answer to one request."""
        account = self._account
        with account.lock:
            account.requests.append((method, path))
        if account.latency:
            # Not a sleep for timing's sake: a benchmark measures against it.
            threading.Event().wait(account.latency)
        if login not in account.logins:
            raise ApiError(401, 20003, "Authenticate")
        if method == "GET" and (fault := account.script.take("GET", "")):
            _misbehave(fault)
        root = f"/2010-04-01/Accounts/{account.account_sid}/"
        service = f"/v1/Services/{account.messaging_service_sid}"
        if path == service and method == "GET":
            return 200, account.service
        if path == f"{service}/PhoneNumbers" and method == "GET":
            return 200, self._service_numbers(service)
        if not path.startswith(root):
            raise ApiError(404, 20404, f"The requested resource {path} was not found")
        return self._account_resource(method, path.removeprefix(root), params)

    def _account_resource(self, method: str, resource: str, params: dict[str, str]) -> Answered:
        match method, resource.removesuffix(".json").split("/"):
            case "POST", ["Messages"]:
                return self._create(params)
            case "GET", ["Messages"]:
                return self._list(params)
            case "GET", ["Messages", sid] if sid in self._account.messages:
                return 200, self._account.messages[sid].as_json()
            case "POST", ["Calls"]:
                return self._call(params)
            case "GET", ["Calls"]:
                return self._list_calls(params)
            case "GET", ["Calls", sid]:
                return self._fetch_call(sid)
            case "GET", ["IncomingPhoneNumbers"]:
                return self._numbers(params)
            case _:
                raise ApiError(404, 20404, f"The requested resource {resource} was not found")

    def _service_numbers(self, service: str) -> dict[str, object]:
        number = self._account.service_number
        shown = {"sid": "PN" + number.strip("+").zfill(32), "phone_number": number}
        meta = {"key": "phone_numbers", "page": 0, "page_size": 50, "next_page_url": None, "url": service}
        return {"phone_numbers": [shown], "meta": meta}

    def _create(self, params: dict[str, str]) -> Answered:
        account = self._account
        fault = account.script.take("POST", params.get("To", ""))
        if fault and not fault.accepted:
            _misbehave(fault)
        self._refuse_bad(params)
        service_sid = params.get("MessagingServiceSid")
        message = Message(
            new_sid("SM"), account.account_sid, params["To"], params.get("From"), params["Body"],
            "accepted" if service_sid else "queued", "outbound-api", account.now(), service_sid=service_sid,
            callback_url=params.get("StatusCallback", ""), validity=int(params.get("ValidityPeriod", "36000")),
        )  # fmt: skip
        account.meter(message)
        if (message.sender, message.to) in account.opted_out:
            if not (service_sid and account.opt_out_in_callback):
                raise ApiError(400, 21610, "Attempt to send to unsubscribed recipient")
            message.steps = [("failed", 21610)]
        shown = message.as_json()
        account.accept(message)
        if fault:
            _misbehave(fault)
        return 201, shown

    def _refuse_bad(self, params: dict[str, str]) -> None:
        account = self._account
        to, from_, service_sid = params.get("To", ""), params.get("From"), params.get("MessagingServiceSid")
        if not to:
            raise ApiError(400, 21604, "A 'To' phone number is required.")
        if not _E164.fullmatch(to):
            raise ApiError(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if from_ is None and service_sid is None:
            raise ApiError(400, 21603, "A 'From' phone number is required.")
        if service_sid not in (None, account.messaging_service_sid):
            raise ApiError(400, 21705, "The Messaging Service SID is invalid.")
        if from_ is not None and not _E164.fullmatch(from_):
            raise ApiError(400, 21212, f"Invalid 'From' Phone Number: {from_}")
        if from_ is not None and from_ not in account.numbers:
            raise ApiError(400, 21606, f"The 'From' phone number {from_} is not yours.")
        if to == from_:
            raise ApiError(400, 21266, "'To' and 'From' number cannot be the same")
        _refuse_bad_content(params)

    def _list(self, params: dict[str, str]) -> Answered:
        with self._account.lock:
            found = list(self._account.messages.values())
        found = [one for one in found if _is_wanted(one, params)]
        found.sort(key=lambda one: one.created_at, reverse=True)
        size, page = int(params.get("PageSize", "50")), int(params.get("Page", "0"))
        if not 1 <= size <= 1000:
            raise ApiError(400, 20006, "PageSize must be between 1 and 1000")
        shown = found[page * size : (page + 1) * size]
        query = urlencode({name: value for name, value in params.items() if name != "Page"})
        uri = f"/2010-04-01/Accounts/{self._account.account_sid}/Messages.json?{query}"
        return 200, {
            "messages": [one.as_json() for one in shown],
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + len(shown),
            "uri": f"{uri}&Page={page}",
            "first_page_uri": f"{uri}&Page=0",
            "next_page_uri": None if (page + 1) * size >= len(found) else f"{uri}&Page={page + 1}",
            "previous_page_uri": None if page == 0 else f"{uri}&Page={page - 1}",
        }

    def _call(self, params: dict[str, str]) -> Answered:
        account = self._account
        if not _E164.fullmatch(params.get("To", "")):
            raise ApiError(400, 21211, "Invalid 'To' Phone Number")
        if params.get("From") not in account.numbers:
            raise ApiError(400, 21210, "'From' phone number not verified")
        twiml = params.get("Twiml") or params.get("Url")
        if not twiml:
            raise ApiError(400, 21205, "Url parameter is required")
        fault = account.script.take("POST", params["To"])
        if fault and not fault.accepted:
            _misbehave(fault)
        sid, status_url = new_sid("CA"), params.get("StatusCallback", "")
        call = Call(params["To"], params["From"], twiml, sid, account.now(), status_url)
        with account.lock:
            account.calls.append(call)
        if fault:
            _misbehave(fault)
        return 201, self._shown(call)

    def _list_calls(self, params: dict[str, str]) -> Answered:
        with self._account.lock:
            found = [call for call in self._account.calls if params.get("To") in (None, call.to)]
        shown = [self._shown(call) for call in reversed(found)][: int(params.get("PageSize", "50"))]
        return 200, {"calls": shown, "page": 0, "page_size": 50, "next_page_uri": None}

    def _shown(self, call: Call) -> dict[str, object]:
        shown = {"sid": call.sid, "account_sid": self._account.account_sid, "to": call.to, "from": call.from_}
        dated = {"date_created": format_datetime(call.at), "direction": "outbound-api", "api_version": "2010-04-01"}
        return {**shown, **dated, "status": call.status}

    def _fetch_call(self, sid: str) -> Answered:
        found = next((call for call in self._account.calls if call.sid == sid), None)
        if found is None:
            raise ApiError(404, 20404, f"The requested resource Calls/{sid} was not found")
        return 200, self._shown(found)

    def _numbers(self, params: dict[str, str]) -> Answered:
        wanted = params.get("PhoneNumber")
        found = [
            {"sid": "PN" + number.strip("+").zfill(32), "phone_number": number, "sms_url": url, "sms_method": "POST"}
            for number, url in self._account.numbers.items()
            if wanted in (None, number)
        ]
        return 200, {"incoming_phone_numbers": found, "page": 0, "page_size": 50, "next_page_uri": None}


def _refuse_bad_content(params: dict[str, str]) -> None:
    if not params.get("Body"):
        raise ApiError(400, 21602, "Message body is required.")
    if len(params["Body"]) > 1600:
        raise ApiError(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
    validity = params.get("ValidityPeriod", "36000")
    if not validity.isdecimal() or not 1 <= int(validity) <= 36_000:
        raise ApiError(400, 21624, "Invalid validity period value")
    callback = urlsplit(params.get("StatusCallback") or "http://localhost/")
    if callback.scheme not in ("http", "https") or not callback.hostname or "_" in callback.hostname:
        raise ApiError(400, 21609, "The 'StatusCallback' URL is not a valid fully qualified URL.")


def _is_wanted(message: Message, params: dict[str, str]) -> bool:
    if params.get("To") not in (None, message.to) or params.get("From") not in (None, message.from_):
        return False
    after, before = params.get("DateSent>"), params.get("DateSent<")
    if not after and not before:
        return True
    sent_at = message.sent_at
    return (
        sent_at is not None
        and (not after or sent_at >= datetime.fromisoformat(after))
        and (not before or sent_at <= datetime.fromisoformat(before))
    )


def _misbehave(fault: Fault) -> None:
    if fault.manner is Manner.ANSWER:
        raise ApiError(fault.status, fault.code, "scripted", fault.retry_after)
    raise Broken(fault)

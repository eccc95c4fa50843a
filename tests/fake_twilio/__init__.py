"""A Twilio that runs on your own machine, speaks the real wire format, and misbehaves on request.

It takes what the twilio SDK sends (point the SDK's client, or AFTERCELL_TWILIO_API_BASE, at `fake.base_url`), answers
as Twilio's published description says, signs webhooks with the account's token, keeps the opt-out list that carriers
keep, and never sleeps: everything that takes time at the real Twilio happens when a test says so.

    with FakeTwilio(inbound_url="http://127.0.0.1:8000/hooks/twilio/message") as fake:
        ...                                        # the application sends
        fake.sent                                  # every text Twilio accepted: to, from_, body, sid, our_id, at
        fake.deliver_all()                         # status callbacks: sent, then delivered
        fake.text("+15005551234", "38.5")          # a phone texts; returns what the webhook answered

Faults, for the next requests or for one number until taken back:

    fake.next(too_many_requests(retry_after=3))    # 429
    fake.next(server_error(accepted=True), 2)      # 500, although the text was taken
    fake.next(hang()); ...; fake.release()         # no answer until released
    fake.next(drop(accepted=True))                 # connection closed without an answer
    fake.next(nonsense(accepted=True))             # 201 and an HTML page
    fake.always("+15005551234", refused(21211))    # any error code
    fake.next(refused(20003, 401), method="GET")   # on a lookup

Receipts, per number: `fake.plan("+15005551234", "sent", ("undelivered", 30003))`; no step at all means that no
callback ever comes. `deliver_all` can repeat and reorder, and calling it late is a late callback. `callback(sid, ...)`
sends one by hand.

Opting out: a text that is nothing but STOP (or another default keyword) blocks the sender it was sent to and is
answered by Twilio (`fake.auto_replies`); the webhook is called all the same, and sending fails with 21610 from then on.
START lifts the block. With `advanced_opt_out=True` the webhook carries OptOutType.

Calls: `fake.calls` are those that were asked for. `fake.pick_up(call, "1")` answers one, presses a key at each question
and returns what was said; without keys it is voicemail. `fake.hang_up(call, "no-answer")` ends one that nobody took.

Rates: `fake.limit(fake.alert_number, 1.0, queue=60)` lets a sender send one segment a second and queue 60; what comes
on top is refused with 21611, or, by a service, taken and failed with 30001. `fake.longest_wait(sender)` tells how many
seconds its queue was long at worst.

Messaging configuration, as `check` reads it: `fake.service`, `fake.numbers`. URLs of webhooks may end in connection
overrides (`#rc=2&rp=all`); they are obeyed. Where the application believes in another public address than the one it
listens on, `public_urls={"https://sms.example.org": "http://127.0.0.1:8000"}` signs the first and calls the second.

As a program: `python -m tests.fake_twilio --port 4010 --token secret --inbound-url http://127.0.0.1:8000/hooks/twilio/message`
delivers at once, prints what is sent, and reads `+15005551234 the text` from standard input.
"""

from tests.fake_twilio.fake import FakeTwilio
from tests.fake_twilio.faults import Fault, drop, hang, nonsense, refused, server_error, too_many_requests
from tests.fake_twilio.records import Call, Sent
from tests.fake_twilio.webhooks import Answer, sign

__all__ = [
    "Answer",
    "Call",
    "FakeTwilio",
    "Fault",
    "Sent",
    "drop",
    "hang",
    "nonsense",
    "refused",
    "server_error",
    "sign",
    "too_many_requests",
]

"""`python -m tests.fake_twilio`: a Twilio to develop against by hand."""

import argparse
import sys
import threading

from tests.fake_twilio.fake import FakeTwilio


def main() -> None:
    """Serve until end of input; each line of it is a number and a text that its phone sends."""
    parser = argparse.ArgumentParser(description="A Twilio on your own machine.")
    parser.add_argument("--port", type=int, default=4010)
    parser.add_argument("--token", default="fake-auth-token", help="signs webhooks and signs in")
    parser.add_argument("--account-sid", default="AC" + "a" * 32)
    parser.add_argument("--messaging-service-sid", default="MG" + "a" * 32)
    parser.add_argument("--inbound-url", default="", help="where texts of the phones are posted")
    wanted = parser.parse_args()
    with FakeTwilio(
        port=wanted.port,
        auth_token=wanted.token,
        account_sid=wanted.account_sid,
        messaging_service_sid=wanted.messaging_service_sid,
        inbound_url=wanted.inbound_url,
        auto_deliver=True,
    ) as fake:
        sys.stdout.write(f"Twilio at {fake.base_url}, account {fake.account_sid}\n")
        threading.Thread(target=_show, args=(fake,), daemon=True).start()
        for line in sys.stdin:
            number, _, body = line.strip().partition(" ")
            answer = fake.text(number, body)
            sys.stdout.write(f"webhook answered {answer.status}\n")


def _show(fake: FakeTwilio) -> None:
    shown = 0
    while True:
        for sent in fake.wait_for_sent(shown + 1, timeout=threading.TIMEOUT_MAX)[shown:]:
            sys.stdout.write(f"{sent.from_ or 'service'} -> {sent.to}: {sent.body}\n")
            sys.stdout.flush()
            shown += 1


if __name__ == "__main__":
    main()

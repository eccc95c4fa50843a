"""Answers of people who are well, so that a story only tells what matters to it."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from service.simulation.answers import well
from service.store.messages import Message
from tests.journeys.story import Phone

MOST_TURNS = 20


def answers_all_well(phone: Phone, instead: Mapping[str, str] | None = None) -> list[str]:
    """Answer whatever is asked, in the language of the question, until nothing is asked any more.

    `instead`: other answers, by the text id of the question. Returns the ids of all texts that came.
    """
    story, came = phone.story, []
    catalog = story.world.services.catalog
    asking = {text for protocol in catalog.protocols.values() for q in protocol.questions.values() for text in q.text}
    asking |= {"T6"}
    for _ in range(MOST_TURNS):
        new = phone.unread()
        phone.seen += len(new)
        came += [story.text_id(sent.our_id) or "" for sent in new]
        if not new or came[-1].split("+")[-1] not in asking:
            return came
        with story.world.services.read_work() as work:
            language = work.session.get_one(Message, int(new[-1].our_id or 0)).language
        question = came[-1].split("+")[-1]
        today = story.world.now.astimezone(ZoneInfo(phone.zone)).date()
        reply = (instead or {}).get(question) or well(catalog.language(language or "en"), question, today)
        phone.texts(reply)
        story.a_moment_later()
    raise AssertionError(f"still asked after {MOST_TURNS} answers: {came}")

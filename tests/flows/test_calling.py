"""What a phone says to staff: in a language that somebody can read out, and spelt so that it can be written down."""

import pytest

from service.flows.calling import say
from tests.world import the_catalog

SPOKEN = ["voice_page", "voice_press_1", "voice_unanswered", "voice_taken", "voice_taken_by_other", "voice_closed"]
SPELT = {"CASE": "BCDFGH", "CODE": "4711"}

# What Twilio's <Say> reads out, of the languages that we write: its own voices, and others by name.
# https://www.twilio.com/docs/voice/twiml/say
OWN = frozenset("en-US es-MX fr-FR de-DE it-IT ja-JP ko-KR pl-PL pt-BR ru-RU".split())
BY_NAME = {
    "ar-XA": "Google.ar-XA-Standard-A",
    "cmn-CN": "Polly.Zhiyu",
    "fil-PH": "Google.fil-PH-Standard-A",
    "vi-VN": "Google.vi-VN-Standard-A",
}
UNSPOKEN = {"ht", "fa"}


@pytest.mark.parametrize("language", sorted(the_catalog().languages))
@pytest.mark.parametrize("text_id", SPOKEN)
def test_every_spoken_text_is_read_by_a_voice_of_its_own_language(language: str, text_id: str) -> None:
    spoken = say(the_catalog(), text_id, language, SPELT)
    speech = spoken.speech
    assert speech.language in OWN if speech.voice is None else BY_NAME[speech.language] == speech.voice
    assert spoken.fallback == (language in UNSPOKEN)
    if language in UNSPOKEN:
        assert speech == say(the_catalog(), text_id, "en", SPELT).speech, "sentence and voice are both English"
    elif language != "en":
        assert speech.text != say(the_catalog(), text_id, "en", SPELT).speech.text


@pytest.mark.parametrize("language", sorted(the_catalog().languages))
def test_case_and_code_are_read_out_sign_by_sign(language: str) -> None:
    text = say(the_catalog(), "voice_taken", language, SPELT).speech.text
    assert "B C D F G H" in text
    assert "4 7 1 1" in text
    assert text.isprintable(), "marks that only a screen needs"

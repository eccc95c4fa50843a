"""Words compare equal however they are typed, and every word knows where in the original it stood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.reading.text import Break, Kind, Normaliser, collapsed

NORMALISER = Normaliser(["頭头", "燒烧"])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("FEVER", ("fever",)),
        ("ｆｅｖｅｒ", ("fever",)),
        ("fe\u200bver", ("fever",)),
        ("Fièvre", ("fievre",)),
        ("fie\u0300vre", ("fievre",)),
        ("łzy đau", ("lzy", "dau")),
        ("حُمّى", ("حمي",)),
        ("حمـــى", ("حمي",)),
        ("أيوة إسهال", ("ايوه", "اسهال")),
        ("می\u200cشه", ("ميشه",)),
        ("頭痛", ("头", "痛")),
        ("ﾈﾂ ガ", ("ね", "つ", "が")),
        ("\u1112\u1161\u11ab", ("한",)),
        ("٣٨ ३८ ３８", ("38", "38", "38")),
        ("38c", ("38", "c")),
        ("can't", ("can", "t")),
        ("👍🏽ok", ("👍", "ok")),
    ],
)
def test_letters_are_folded(typed: str, words: tuple[str, ...]) -> None:
    assert NORMALISER.words(typed) == words


def test_clauses_are_told_by_punctuation_of_any_script() -> None:
    gaps = [token.gap for token in NORMALISER.tokens("no, yes. لا، نعم؟ 有。没 有 38.5")]
    assert gaps[1:4] == [Break.COMMA, Break.STOP, Break.COMMA]
    assert [token.plain for token in NORMALISER.tokens("有。没") if token.gap is Break.STOP] == ["没"]
    assert NORMALISER.tokens("38.5")[1].gap is Break.NONE


def test_drawn_out_letters() -> None:
    assert "fever" in collapsed("feverrrr")
    assert "siii" not in collapsed("siii")
    assert "si" in collapsed("siii")


@given(st.text())
def test_every_token_points_at_what_was_typed(text: str) -> None:
    end = 0
    for token in NORMALISER.tokens(text):
        assert end <= token.start < token.end <= len(text)
        end = token.end
        if token.kind is Kind.NUMBER:
            assert token.plain.isdecimal()

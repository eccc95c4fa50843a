import pytest

from service.core.reading.pattern import PatternError, parse
from service.core.reading.text import Normaliser

NORMALISER = Normaliser()


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "empty"),
        ("^ $", "empty"),
        ("& pain", "one side"),
        ("a & b & c & d", "more than three"),
        ("{chest pain", "open brace"),
        ("called the *", "no letters"),
    ],
)
def test_a_wrong_phrase_says_why(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason):
        parse(pattern, NORMALISER)


def test_both_orders_of_an_ampersand() -> None:
    orders = {tuple(e.choices[0].text for e in s.elements) for s in parse("{chest} & {tight}", NORMALISER)}
    assert orders == {("chest", "tight"), ("tight", "chest")}


def test_characters_of_a_word_follow_each_other_and_a_space_lets_particles_in() -> None:
    (sequence,) = parse("目头 疼", NORMALISER)
    assert [element.tight for element in sequence.elements] == [False, True, False]

"""What was and what is, in one breath and without a comma, as people type; and who in the house is ill."""

import pytest

from service.core.reading.model import Context, Status, When, Whose
from service.core.reading.reader import Reader


@pytest.mark.parametrize(
    ("language", "text", "celsius"),
    [
        ("en", "in the night it was 38.9 now 37.1", 37.1),
        ("en", "38.9 last night 37.1 now", 37.1),
        ("en", "this morning it was 37.1 now its 38.9", 38.9),
        ("pl", "w nocy było 38,9 teraz 37,1", 37.1),
        ("ru", "ночью была 38,6 сейчас 36,9", 36.9),
        ("ar", "بالليل كانت 38.7 وهلق 37", 37.0),
        ("vi", "hồi hôm 38.6 giờ còn 37", 37.0),
        ("de", "gestern hatte ich 38,7 heute 36,9", 36.9),
    ],
)
def test_the_temperature_of_now_counts_and_not_the_one_of_the_night(
    reader: Reader, language: str, text: str, celsius: float
) -> None:
    assert reader.read(text, language=language, context=Context.TEMPERATURE).temperature_c == celsius


def test_a_fever_of_last_night_that_is_measured_gone_is_told_as_past(reader: Reader) -> None:
    found = reader.read("last night I was burning up with fever but now 36.8", language="en", context=Context.OPEN)
    assert ("fever", When.PAST) in {(finding.code, finding.when) for finding in found.findings}
    assert not any(finding.code == "fever" and finding.is_now for finding in found.findings)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "my granddaughter has chickenpox, I am fine"),
        ("en", "everyone in the house has covid but not me"),
        ("pt_BR", "minha neta tá com catapora, eu tô bem"),
        ("de", "enkelin hat windpocken, ich nichts"),
        ("zh_Hans", "孙子感冒了，我没事"),
    ],
)
def test_what_the_patient_may_catch_at_home_is_told_as_somebody_elses(reader: Reader, language: str, text: str) -> None:
    found = reader.read(text, language=language, context=Context.INFECTION).findings
    assert any(finding.whose is Whose.OTHER and finding.status is Status.PRESENT for finding in found)

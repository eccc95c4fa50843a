"""A blood pressure is read as people of every language write it; what is none is asked for again."""

import pytest

from service.core.pressure import read_systolic


@pytest.mark.parametrize(
    ("text", "systolic"),
    [
        ("118/74", 118),
        ("118 / 74", 118),
        ("118 74", 118),
        ("118-74", 118),
        ("118,74", 118),
        ("it was 118 over 74", 118),
        ("118 por 74", 118),
        ("118 su 74", 118),
        ("120 sobre 80", 120),
        ("120 auf 80", 120),
        ("120 zu 80", 120),
        ("120 na 80", 120),
        ("120 на 80", 120),
        ("120 sur 80", 120),
        ("120 trên 80", 120),
        ("120 sou 80", 120),
        ("120 على 80", 120),
        ("١٢٠/٨٠", 120),
        ("۱۲۰ روی ۸۰", 120),
        ("１２０／８０", 120),
        ("上120下80", 120),
        ("上が120、下が80です", 120),
        ("高压120 低压80", 120),
        ("위 120 아래 80", 120),
        ("120에 80", 120),
        ("sys 120 dia 80 pulse 72", 120),
        ("pulse 72, bp 118/74", 118),
        ("at 10 it was 118/74", 118),
        ("at 10:30 it was 118/74", 118),
        ("12 por 8", 120),
        ("12x8", 120),
        ("14 por 9", 140),
        ("12/8", 120),
        ("12 8", 120),
        ("8 por 5", 80),
        ("13,5/8", 135),
        ("pressão 9 por 6, pulso 110", 90),
    ],
)
def test_the_upper_value_is_in_millimetres(text: str, systolic: int) -> None:
    assert read_systolic(text) == systolic


@pytest.mark.parametrize(
    "text",
    ["", "no", "118", "80/120", "12:05", "10/6/2027", "2 pills", "2 or 3", "37.5", "8 hours and 5 minutes"],
)
def test_what_is_no_pressure_is_not_made_one(text: str) -> None:
    assert read_systolic(text) is None

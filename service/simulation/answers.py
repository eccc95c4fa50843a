"""What a patient who is well types in answer to each text, in the words of their language."""

from datetime import date

from babel.dates import format_date

from service.content.languages import Language

ANSWERED_WITH_YES = frozenset(
    {"consent", "caregiver_consent", "A8", "E6", "E7", "F1", "K1", "K3", "L2", "M1", "help_reached"}
)
"""To all other questions it is the no that is good news."""

COUNTDOWN = "100 90 80 70 60 50 40 30 20 10"
WELL_C = "36.7"

SENTENCES = {
    "en": "I had a quiet day and went for a walk",
    "es": "Hoy tuve un día tranquilo y salí a caminar",
    "zh_Hans": "我今天很好，出去散步了",
    "vi": "Hôm nay tôi đi dạo và nghỉ ở nhà",
    "ko": "나는 오늘 집에서 쉬고 산책을 했어요",
    "tl": "Ako ay naglakad at nagpahinga ngayon sa bahay",
    "ru": "Я сегодня был дома и ходил гулять",
    "ar": "أنا اليوم في البيت وخرجت قليلا",
    "ht": "Mwen te pase yon bon jounen lakay mwen",
    "fr": "Je suis resté à la maison et je vais bien",
    "pl": "Ja dziś byłem w domu i dużo czytałem",
    "pt_BR": "Eu fiquei em casa e fui caminhar hoje",
    "it": "Oggi sono stato a casa e ho letto",
    "de": "Ich war heute zu Hause und habe gelesen",
    "ja": "私は今日は家で本を読みました",
    "fa": "من امروز در خانه بودم و کتاب خواندم",
}


def well(language: Language, text_id: str, today: date) -> str:
    """A good answer. `text_id` is that of the question; `today` is the patient's date, which the self-test asks for."""
    if text_id in ("T1", "T2", "T6"):
        return WELL_C
    if text_id == "E1":
        return f"{today.year} {format_date(today, 'MMMM', locale=language.style.locale)} Springfield Riverside"
    if text_id in language.selftest:
        return " ".join(words[0] for words in language.selftest[text_id])
    fixed = {"E4": SENTENCES.get(language.code, SENTENCES["en"]), "E5": COUNTDOWN, "C4": "118/74", "G5": "1"}
    if text_id in fixed:
        return fixed[text_id]
    return language.answers.yes if text_id in ANSWERED_WITH_YES else language.answers.no

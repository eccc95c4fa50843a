"""How long a reply takes to be understood, with the lexicons of every language loaded."""

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.measuring import Figure, median, percentile, timed
from service.content.lexicons import load_lexicons
from service.core.reading.model import Context
from service.core.reading.reader import Reader
from service.readers import ROOT
from tests.processes import AFTERCELL

NAME = "read"
WANTED_MS = 1.0
REPLIES = (
    ("en", "37.1"), ("en", "no"), ("en", "101.4 and chills"), ("en", "no fever but my head hurts"),
    ("en", "i feel ok today, took my meds, temp was 98.6 this morning and 99.1 now"), ("en", "STOP"),
    ("en", "my husband is confused and cant find his words, please call me"), ("en", "cant breath"),
    ("es", "38,4 y escalofríos"), ("es", "no tengo fiebre"), ("es", "me siento mareado desde ayer"),
    ("zh_Hans", "发烧三十八度五"), ("zh_Hans", "没有发烧，但是头很痛"), ("vi", "tôi bị sốt 38,5"), ("vi", "không"),
    ("ko", "열이 38.7도예요"), ("ko", "아니요"), ("tl", "may lagnat ako"), ("tl", "wala naman po"),
    ("ru", "температура 38,6 и озноб"), ("ru", "нет"), ("ar", "عندي حرارة ٣٨٫٥"), ("ar", "لا"),
    ("ht", "mwen gen lafyèv"), ("ht", "non"), ("fr", "j'ai 38,5 de fièvre"), ("fr", "pas de fièvre"),
    ("pl", "mam gorączkę 38,5"), ("pl", "nie"), ("pt_BR", "estou com febre 38,7"), ("pt_BR", "não"),
    ("it", "ho la febbre a 38 e mezzo"), ("it", "tutto bene"), ("de", "ich habe 38,9 fieber"), ("de", "nein"),
    ("ja", "熱が38.6度あります"), ("ja", "いいえ"), ("fa", "تب دارم ۳۸٫۵"), ("fa", "نه"),
)  # fmt: skip
# Microsoft's recognizers are the nearest thing that can be installed: numbers and units in a dozen languages.
OTHERS = (("recognizers_number", "recognize_number"), ("recognizers_number_with_unit", "recognize_temperature"))


def run(*, quick: bool) -> Iterator[Figure]:
    rounds = 5 if quick else 100
    with timed() as loading:
        reader = Reader(load_lexicons(ROOT / "locales"))
    languages = len({path.parent.name for path in (ROOT / "locales").glob("*/replies.yaml")})
    yield Figure(NAME, f"lexicons of {languages} languages loaded in", loading.seconds, "s")
    reading = [partial(reader.read, text, language=language, context=Context.OPEN) for language, text in REPLIES]
    times = [_milliseconds(read) for _ in range(rounds) for read in reading]
    yield Figure(NAME, "a reply, median", median(times), "ms", f"under {WANTED_MS}", median(times) < WANTED_MS)
    yield Figure(NAME, "a reply, 99th percentile", percentile(times, 99), "ms")
    yield Figure(NAME, "`aftercell read`, from start to the first answer", _start_up(), "s")
    yield from _others(rounds)


def _milliseconds(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return (time.perf_counter() - start) * 1000


def _start_up() -> float:
    line = json.dumps({"id": "1", "lang": "en", "context": "open", "text": "101.4 and chills"})
    with timed() as watch:
        done = subprocess.run(
            [*AFTERCELL, "read"], input=line + "\n", capture_output=True, text=True, check=True, cwd=ROOT
        )
    assert json.loads(done.stdout)["temperature_c"] == 38.6
    return watch.seconds


def _others(rounds: int) -> Iterator[Figure]:
    """Beside the recognizers, where somebody has installed them; they find numbers only."""
    for module_name, function in OTHERS:
        try:
            recognize = getattr(importlib.import_module(module_name), function)
        except ImportError:
            sys.stderr.write(f"{module_name}: not installed\n")
            continue
        recognizing = [partial(recognize, text, "en-us") for language, text in REPLIES if language == "en"]
        times = [_milliseconds(find) for _ in range(max(1, rounds // 10)) for find in recognizing]
        yield Figure(NAME, f"{module_name}, English only, median", median(times), "ms")

"""Numbers in a text: digits of any script, number words, Chinese numerals, decimals however marked or spoken."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from service.core.reading.lexicon import Cue
from service.core.reading.scene import Scene
from service.core.reading.text import Break, Kind, Token

_DECIMAL_MARKS = frozenset({".", ",", "'", "°", "·", "*", "/", "-", "_", ":", "°,", "°.", ". ", ", "})
_BODY = range(34, 44)
_TENS = 10
_HUNDRED = 100
_LOWEST_UPPER = 60


@dataclass(frozen=True, slots=True)
class Number:
    """A number said by tokens `first` to `last`. `tenths`: its decimal digits; `digits`: how a whole one was typed."""

    first: int
    last: int
    whole: int
    tenths: str | None = None
    digits: str = ""
    second: int | None = None

    @property
    def value(self) -> float:
        """The number itself."""
        return float(f"{self.whole}.{self.tenths}") if self.tenths else float(self.whole)

    @property
    def is_pair(self) -> bool:
        """Two numbers as a pressure is written, 120/80; `second` is the other one."""
        return self.second is not None


@dataclass(frozen=True, slots=True)
class _Word:
    """A number word or numeral at one place: its value, and how many tokens it takes."""

    value: int
    last: int


class NumberReader:
    """Reads the numbers of one scene. `add_units`: "forty and one" is 41 in the languages spoken. `choosing`: numbers
    from a list were asked for, so every typed one counts by itself, and none is made up from what stands beside it."""

    def __init__(self, scene: Scene, *, add_units: bool, thirty_dropped: bool, choosing: bool = False) -> None:
        self._scene = scene
        self._tokens: Sequence[Token] = scene.tokens
        self._add_units = add_units
        self._thirty_dropped = thirty_dropped
        self._choosing = choosing
        self._words: dict[int, _Word] = {}
        for cue in scene.cues.get(Cue.NUMBER, ()):
            self._enter(cue.first, cue.last, cue.phrase.value or 0)
        for cue in scene.cues.get(Cue.HUNDRED, ()):
            self._enter(cue.first, cue.last, _HUNDRED)
        self._taken = scene.said | {
            place
            for kind, cues in scene.cues.items()
            for cue in cues
            if len(cue.tokens) > 1 and not kind.value.startswith("numbers.")
            for place in cue.tokens
        }
        if choosing:
            self._only_choices()

    def _only_choices(self) -> None:
        """A choice that is lost is a symptom lost, one made up a false one: "1번" is 1 though it also means "once", and
        "3이요" is 3 alone though its 이 also means 2; Persian نه is "no" before it is nine."""
        typed = {place for place, token in enumerate(self._tokens) if token.kind is Kind.NUMBER}
        self._taken -= typed - self._scene.said
        for place, word in list(self._words.items()):
            answers = self._is(place, Cue.YES) or (word.value > 0 and self._is(place, Cue.NO, Cue.NOTHING))
            if answers or self._is_ending(place, word, typed):
                del self._words[place]

    def _is_ending(self, place: int, word: _Word, typed: set[int]) -> bool:
        """Beside typed numbers, a single syllable is a particle (이, に) unless it is a numeral (三)."""
        token, after = self._tokens[place], word.last + 1
        if place - 1 in typed and token.gap is Break.NONE:
            return True
        if after in typed and self._tokens[after].gap is Break.NONE:
            return True
        alone = token.kind is Kind.CHAR and word.last == place and len(token.plain) == 1
        return alone and bool(typed) and unicodedata.numeric(token.plain, -1.0) < 0

    def _enter(self, first: int, last: int, value: int) -> None:
        known = self._words.get(first)
        if known is None or last > known.last:
            self._words[first] = _Word(value, last)

    def read(self) -> list[Number]:
        """All numbers, in the order typed."""
        found: list[Number] = []
        place = 0
        while place < len(self._tokens):
            number = self._at(place)
            if number is None:
                place += 1
                continue
            found.append(number)
            place = number.last + 1
        return found

    def _at(self, place: int) -> Number | None:
        token = self._tokens[place]
        if token.kind is Kind.NUMBER:
            if place in self._taken or len(token.plain) > 9:
                return None
            return self._with_decimals(Number(place, place, int(token.plain), digits=token.plain))
        whole = self._whole_in_words(place)
        return self._with_decimals(whole) if whole else None

    def _word(self, place: int) -> _Word | None:
        if place >= len(self._tokens):
            return None
        word = self._words.get(place)
        if word is not None or place in self._taken:
            return word
        token = self._tokens[place]
        if token.kind is Kind.CHAR and len(token.plain) == 1:
            value = unicodedata.numeric(token.plain, -1.0)
            if value >= 0 and value == int(value) and value <= _HUNDRED:
                return _Word(int(value), place)
        return None

    def _whole_in_words(self, place: int) -> Number | None:
        word = self._word(place)
        if word is None:
            return None
        total, last, digits = word.value, word.last, str(word.value) if word.value < _TENS else ""
        state = total
        while True:
            step = self._next_part(last, state, total, digits)
            if step is None:
                return Number(place, last, total, digits=digits if len(digits) > 1 else "")
            total, last, state, digits = step

    def _next_part(self, last: int, state: int, total: int, digits: str) -> tuple[int, int, int, str] | None:
        """Adds the next number word to what is read so far: (total, last token, size of the last part, digits)."""
        joined = self._is(last + 1, Cue.NUMBER_AND)
        word = self._word(last + 2 if joined else last + 1)
        if word is None or self._far(word.last if not joined else last + 1):
            return None
        value = word.value
        if value == _HUNDRED and 0 < total < _TENS:
            return total * _HUNDRED, word.last, _HUNDRED, ""
        if total >= _HUNDRED and total % _HUNDRED == 0 and value < _HUNDRED:
            return total + value, word.last, value, ""
        if value == _TENS and 1 < state < _TENS and not joined:
            return total - state + state * _TENS, word.last, state * _TENS, ""
        round_tens = state < _HUNDRED and state % _TENS == 0
        round_tens = round_tens and (state > _TENS or (state == _TENS and self._tokens[word.last].kind is Kind.CHAR))
        if round_tens and 0 < value < _TENS and (not joined or self._add_units):
            return total + value, word.last, value, ""
        if digits and value < _TENS and not joined and len(digits) < 4 and not self._choosing:
            return int(digits + str(value)), word.last, value, digits + str(value)
        if total < _TENS and value > _TENS and value % _TENS == 0 and value < _HUNDRED:
            return total + value, word.last, total, ""
        return None

    def _far(self, place: int) -> bool:
        return self._tokens[place].gap > 1

    def _is(self, place: int, *cues: Cue) -> bool:
        return place < len(self._tokens) and any(cue in self._scene.held[place] for cue in cues)

    def _with_decimals(self, number: Number) -> Number:
        for way in (self._pair, self._marked, self._spoken, self._half, self._spaced):
            read = way(number)
            if read is not None:
                return self._thirty_added(read)
        return number

    def _pair(self, number: Number) -> Number | None:
        """120/80, "85 over 50", "8 por 5" (centimetres)."""
        at = number.last + 1
        if at >= len(self._tokens):
            return None
        if self._tokens[at].kind is Kind.NUMBER:
            return self._pair_by_sign(number, at)
        joiner = next((cue for cue in self._scene.cues.get(Cue.OVER_PRESSURE, ()) if cue.first == at), None)
        if joiner is None:
            return None
        after = self._plain_number(joiner.last + 1)
        if after is None or not self._looks_like_pressure(number.whole, after.whole):
            return None
        return Number(number.first, after.last, number.whole, second=after.whole)

    def _pair_by_sign(self, number: Number, at: int) -> Number | None:
        """A slash makes a pair, unless it marks tenths (37/5), parts choices (1/3) or gives a scale (7/10); a hyphen
        makes one only beside a word for pressure."""
        sign, other = self._tokens[at].before.strip(), int(self._tokens[at].plain[:6])
        pair = Number(number.first, at, number.whole, second=other)
        if sign == "-":
            said = self._scene.has(Cue.PRESSURE) and self._looks_like_pressure(number.whole, other)
            return pair if said else None
        tenths = number.whole in _BODY and other < _TENS
        chosen = self._choosing and number.whole < _LOWEST_UPPER
        return pair if sign in ("/", "\\") and not tenths and not chosen else None

    def _looks_like_pressure(self, upper: int, lower: int) -> bool:
        if _LOWEST_UPPER <= upper <= 260 and 30 <= lower < upper:
            return True
        return self._scene.has(Cue.PRESSURE) and 5 <= upper <= 25 and 3 <= lower < upper

    def _plain_number(self, place: int) -> Number | None:
        if place < len(self._tokens) and self._tokens[place].kind is Kind.NUMBER and len(self._tokens[place].plain) < 7:
            return Number(place, place, int(self._tokens[place].plain), digits=self._tokens[place].plain)
        return self._whole_in_words(place)

    def _marked(self, number: Number) -> Number | None:
        """38.5  38,5  38'5  38°5  38·5, and 38/5 where the parts are a body temperature."""
        at = number.last + 1
        if at >= len(self._tokens) or self._tokens[at].kind is not Kind.NUMBER:
            return None
        before, typed = self._tokens[at].before, self._tokens[at].plain
        if before not in _DECIMAL_MARKS or len(typed) > 2:
            return None
        body = number.whole in _BODY or 93 <= number.whole <= 109
        if before in (".", ",", "·", "'", "°"):
            if self._choosing and not body:
                return None
            return Number(number.first, at, number.whole, typed)
        if body and len(typed) == 1:
            return Number(number.first, at, number.whole, typed)
        return None

    def _spoken(self, number: Number) -> Number | None:
        """ "38 point 5", "38 y 5", "38 degrees 5", "37 and two tenths"."""
        at = number.last + 1
        tick = self._tick(at, number)
        if tick:
            return tick
        pointed = joined = degree = False
        while at < len(self._tokens) and self._tokens[at].gap < 3:
            if self._is(at, Cue.POINT):
                pointed = True
            elif self._is(at, Cue.DEGREE) and not degree:
                degree = True
            elif self._is(at, Cue.NUMBER_AND, Cue.AND) and not joined:
                joined = True
            else:
                break
            at += 1
        if at == number.last + 1:
            return None
        return self._tick(at, number) or self._tenths_at(at, number, pointed, degree)

    def _tick(self, at: int, number: Number) -> Number | None:
        """A word that by itself means some tenths, such as the Arabic dual "two ticks"."""
        tick = next((cue for cue in self._scene.cues.get(Cue.TENTHS, ()) if cue.first == at and cue.phrase.value), None)
        return Number(number.first, tick.last, number.whole, str(tick.phrase.value)) if tick else None

    def _tenths_at(self, at: int, number: Number, pointed: bool, degree: bool) -> Number | None:
        after = self._plain_number(at)
        if after is None:
            return None
        marked = self._is(after.last + 1, Cue.TENTHS)
        sure = pointed or marked
        body = number.whole in _BODY or 93 <= number.whole <= 109 or (self._thirty_dropped and 5 <= number.whole <= 9)
        if after.whole > 99 or (not sure and (after.whole >= _TENS or not body)):
            return None
        if not sure and (self._is(after.last + 1, Cue.THINGS) or (not degree and self._tokens[at].gap > 1)):
            return None
        last = after.last + 1 if marked else after.last
        return Number(number.first, last, number.whole, after.digits or str(after.whole))

    def _half(self, number: Number) -> Number | None:
        halves = {cue.first: cue.last for cue in self._scene.cues.get(Cue.HALF, ())}
        at = number.last + 1
        for _ in range(3):
            if at in halves:
                return Number(number.first, halves[at], number.whole, "5")
            if not self._is(at, Cue.DEGREE, Cue.NUMBER_AND, Cue.AND):
                return None
            at += 1
        return None

    def _spaced(self, number: Number) -> Number | None:
        """ "38 5" and "trente-huit cinq": one further digit, when the first part is a body temperature."""
        at = number.last + 1
        body = number.whole in _BODY or 96 <= number.whole <= 106
        if not body or at >= len(self._tokens) or self._choosing or self._tokens[at].gap > 1:
            return None
        after = self._plain_number(at)
        if after is None or after.whole >= _TENS or self._is(after.last + 1, Cue.THINGS, Cue.CLOCK):
            return None
        typed_both = bool(number.digits) == (self._tokens[at].kind is Kind.NUMBER)
        follows = after.last + 1
        more = follows < len(self._tokens) and self._tokens[follows].kind is Kind.NUMBER
        return Number(number.first, after.last, number.whole, str(after.whole)) if typed_both and not more else None

    def _thirty_added(self, number: Number) -> Number:
        dropped = self._thirty_dropped and 5 <= number.whole <= 9 and number.tenths and not number.is_pair
        if dropped and self._is(number.first + 1, Cue.DEGREE):
            return Number(number.first, number.last, number.whole + 30, number.tenths)
        return number

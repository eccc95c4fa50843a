"""Which language the writer asks to be texted in.

Names may be written in any language that is read. A name counts where a word begins with it ("английск" is in "на
английском"); one that begins with * also inside a word ("بالعربي").
"""

from collections.abc import Sequence

from service.core.reading.lexicon import Lexicon
from service.core.reading.scene import Scene
from service.core.reading.text import Normaliser

INSIDE = "*"


class Tongues:
    """Knows the names of languages, as the lexicons give them. Languages are base codes, such as `pt`."""

    def __init__(self, lexicons: Sequence[Lexicon], normaliser: Normaliser) -> None:
        self._names = {
            (INSIDE if name.startswith(INSIDE) else " ")
            + " ".join(token.plain for token in normaliser.tokens(name.lstrip(INSIDE))): code
            for lexicon in lexicons
            for code, names in lexicon.tongues.items()
            for name in names
        }

    def wanted(self, scene: Scene, enrolled: str, written_in: str) -> str | None:
        """The other language that is asked for, None when it cannot be told. `enrolled`: the one they are texted in;
        `written_in`: that of this text, which is meant by whoever only says that they do not understand the other."""
        present = base(enrolled)
        named, denied = self._named(scene)
        others = named - denied - {present}
        if not others and present in denied:
            others = denied - {present} or {base(written_in)} - {present}
        return next(iter(others)) if len(others) == 1 else None

    def _named(self, scene: Scene) -> tuple[set[str], set[str]]:
        """The languages that are named, and of these the ones in a clause that denies ("I do not speak ...")."""
        named: set[str] = set()
        denied: set[str] = set()
        denying = {scene.clause[min(negative)] for negative in scene.negative}
        for clause in sorted(set(scene.clause)):
            words = [token.plain for token, of in zip(scene.tokens, scene.clause, strict=True) if of == clause]
            said = " " + " ".join(words)
            here = {
                code
                for name, code in self._names.items()
                if (name[1:] in said if name.startswith(INSIDE) else name in said)
            }
            named |= here
            if clause in denying:
                denied |= here
        return named, denied


def base(language: str) -> str:
    """The language of a locale id: `pt` of `pt_BR`."""
    return language.replace("-", "_").split("_")[0].lower()

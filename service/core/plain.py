"""Letters without what people leave out when they type: case, accents, the script of digits."""

import unicodedata


def plain(text: str) -> str:
    """Lower case, no accents, digits of any script as 0 to 9."""
    parted = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    letters = "".join(letter for letter in parted if unicodedata.category(letter) != "Mn")
    return "".join(str(unicodedata.digit(letter, letter)) for letter in unicodedata.normalize("NFC", letters))

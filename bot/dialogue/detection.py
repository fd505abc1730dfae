"""Which language a message is in, by its words; few words say nothing, and then it stays as it was.

The words are those of the files that a served language has anyway (small words, products, answers), and for all other
languages spaCy's lists of stop words. A message changes the language of a conversation by words that the language before
doesn't have: "ok", "43", a number or a name never do.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from runpy import run_path
from typing import Any

from ruamel.yaml import YAML

from bot.answers import words as answers
from bot.reading import lexicon
from bot.settings.languages import SPOKEN
from recommender.language import concepts
from recommender.language.english import spacy
from recommender.search.titles import TOKEN

MOST_CHARACTERS = 600  # of a text that are looked at
MOST_WORDS = 60
SURE = 2  # words that are enough to change the language in mid-conversation
OTHERS_SURE = 2  # words that are enough for a language that has no files
NO_WORDS = re.compile(r"[!-~]*[@/\d][!-~]*")  # addresses, numbers, skus
# Scripts that tell the language, or the commonest of those that are written in it.
SCRIPTS = (
    ("ja", r"[\u3040-\u30ff]"), ("ko", r"[\uac00-\ud7af]"), ("zh", r"[\u3400-\u9fff]"), ("ru", r"[\u0400-\u04ff]"),
    ("el", r"[\u0370-\u03ff]"), ("he", r"[\u0590-\u05ff]"), ("ar", r"[\u0600-\u06ff]"), ("hi", r"[\u0900-\u097f]"),
    ("th", r"[\u0e00-\u0e7f]"),
)  # fmt: skip
SIGNS_FOR_SCRIPT = 0.4  # the share of letters from which a script tells
# Languages in Latin letters that are told from those that are served; spaCy has their stop words.
OTHERS = ("it", "pt", "pl", "cs", "sv", "da", "nb", "fi", "hu", "ro", "tr", "hr")


def detect(text: str, before: str, served: Sequence[str], first: bool = False) -> str:
    """The language of a message, which may be one that isn't served; "" when its words tell none.

    `before` is the conversation's; with `first` nothing was said yet, and a single word is enough for another one.
    Reads at most `MOST_CHARACTERS`.
    """
    text = NO_WORDS.sub(" ", text[:MOST_CHARACTERS])
    if script := _by_script(text):
        return script
    said = [known for word in list(_words(text))[:MOST_WORDS] if (known := _known(word))]
    new = [known for known in said if before not in known]  # what the language before hasn't
    stays = before if len(new) < len(said) else ""
    if not new:
        return stays
    points = Counter(language for known in new for language in known)
    against = {one: sum(before in known and one not in known for known in said) for one in points}
    ours = {*served, *lexicon.languages()}
    language, *others = sorted(
        points, key=lambda one: (against[one] - points[one], one not in served, one not in ours)
    )
    found, more = points[language], points[language] - against[language]
    if more <= 0 or (
        language in ours
        and any(one in ours and points[one] - against[one] == more for one in others)
    ):
        return stays
    if language not in ours:
        return language if found >= OTHERS_SURE else stays
    return language if found >= (1 if first else SURE) or found == len(said) else stays


def warm_up() -> None:
    """Read the words of all languages now, and not at the first message."""
    _index()


def _by_script(text: str) -> str:
    """The language that the signs of a text are of; "" for Latin ones."""
    letters = sum(sign.isalpha() for sign in text)
    for language, signs in SCRIPTS:
        found = len(re.findall(signs, text))
        if found and found >= SIGNS_FOR_SCRIPT * letters:
            return language
    return ""


def _words(text: str) -> Iterator[str]:
    for match in TOKEN.finditer(text.casefold()):
        yield match[0]


def _folded(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def _known(word: str) -> frozenset[str]:
    """The languages that have a word, as it is written or without its accents."""
    exact, folded = _index()
    return exact.get(word) or folded.get(_folded(word)) or frozenset()


@cache
def _index() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """Words -> languages: as they are written, and without accents."""
    exact: dict[str, set[str]] = defaultdict(set)
    folded: dict[str, set[str]] = defaultdict(set)
    for language, words in _listed():
        for word in words:
            exact[word].add(language)
            folded[_folded(word)].add(language)
    # what is written without accents may be meant with them
    for word in exact:
        if word in folded:
            exact[word] |= folded[word]
    return (
        {word: frozenset(found) for word, found in exact.items()},
        {word: frozenset(found) for word, found in folded.items()},
    )


def _listed() -> Iterator[tuple[str, set[str]]]:
    for folder in (lexicon.FOLDER, answers.FOLDER, concepts.FOLDER, SPOKEN):
        for file in sorted(folder.glob("*.yml")):
            if re.fullmatch(r"[a-z]{2}", file.stem):
                phrases = _phrases(YAML(typ="safe").load(file))
                yield (
                    file.stem,
                    {word for phrase in phrases for word in _words(phrase) if not word.isdigit()},
                )
    for language in OTHERS:
        # read by itself: importing the language would load all that spaCy knows of it
        stop_words = run_path(
            str(Path(spacy.__file__).parent / "lang" / language / "stop_words.py")
        )
        yield language, {word for phrase in stop_words["STOP_WORDS"] for word in _words(phrase)}


def _phrases(tree: Any) -> Iterable[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        for value in tree.values():
            yield from _phrases(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _phrases(value)

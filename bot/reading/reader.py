"""What a message says by composition, read once and without context: sets, sums, numbers, references."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

from bot.reading.lexicon import MOST_TOKENS, Sign, lexicon
from bot.spoken import spoken
from recommender.search.titles import STEM, stem, tokens

LOW, HIGH = "low", "high"
CLAUSES = re.compile(r"[^.,;!?。，；！？\n]+")
DECIMALS = re.compile(r"(?<![\d.,])\d{1,6}[.,]\d{1,2}(?!\d|[.,]\d)")
# "x3" and "3x", but not the "20 x30" of a size.
TIMES = re.compile(
    r"(?<![\w×])(?<!\d )[x×](\d{1,4})(?![\w×]|[.,]\d)"
    r"|(?<![\w×.,])(\d{1,4})[x×](?![\w×]|\s*\d)",
    re.I,
)
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")  # of scripts that part no words
MOST_PERCENT = 90  # that a discount may be


# Lists that say something of orders and pages: what they name counts as named, where products are asked about.
OF_SUPPORT = {
    "of_order", "of_order_told", "never_paid", "in_time", "if_ordered", "asks_to_do", "of_a_part", "address_part", "went_wrong",
    "had_it", "never_came", "sorrow", "opening", "tasks", "negates", "negates_after", "negates_first", "opens_refusal", "between_negation",
    "not_here", "not_so", "not_it", "no_order", "no_number", "bought", "does_not_fit", "pieces", "of_request", "others_of", "container", "per", "worth", "big_or_small", "by_same", "between_requests",
}  # fmt: skip
READINGS = 64  # the last ones, that are kept
SHORTEST = 3  # letters of a word by which a title is named; signs of Chinese are words of one
ENDING = 2  # letters by which a word may be longer than the same in a title


@dataclass(frozen=True)
class Order:
    """By which attribute, and which end of it: "price low" is the cheapest first."""

    attribute: str
    end: str


@dataclass(frozen=True)
class Number:
    """A number in digits or a word, with where it stands among the characters."""

    value: float
    start: int
    end: int

    @property
    def whole(self) -> bool:
        """Whether it may count things."""
        return self.value == int(self.value)


@dataclass(frozen=True)
class Reading:
    """A message with its small words; the lists are those of bot/reading/words.

    `signs` are those that name nothing where products are asked about, `of_support` those of OF_SUPPORT.
    """

    text: str
    signs: tuple[Sign, ...]
    language: str = "en"
    of_support: tuple[Sign, ...] = ()

    def has(self, *kinds: str) -> bool:
        """Whether it has a word of one of these lists."""
        return any(sign.kind in kinds for sign in (*self.signs, *self.of_support))

    def of(self, kind: str) -> list[Sign]:
        """Its words of a list."""
        return [sign for sign in (*self.signs, *self.of_support) if sign.kind == kind]

    @property
    def superlative(self) -> Order | None:
        """ "the cheapest", "the lightest"; of several the one that names what it is by."""
        hedges = self.of("hedge")  # "at least"
        found = [
            sign.value.split()
            for sign in self.of("highest_or_lowest")
            if not any(one.first <= sign.first <= one.last for one in hedges)
        ]
        named = [(attribute, end) for attribute, end in found if attribute != "any"]
        if named and self.has("ordered", "ordered_down"):
            return Order(named[0][0], HIGH if self.has("ordered_down") else LOW)
        attribute, end = (named or found or [("", "")])[0]
        return Order(attribute, end) if attribute else None

    def begins_with(self, kind: str) -> bool:
        """Whether its first word is one of a list."""
        return any(sign.first == 0 for sign in self.of(kind))

    def begins_a_clause(self, kind: str) -> bool:
        """Whether a word of a list begins a clause, behind small words at most ("and how …"), and begins nothing that
        only goes on ("how about …"); in Chinese it may stand anywhere."""
        return bool(self.clauses_begun(kind))

    def clauses_begun(self, kind: str) -> list[tuple[int, int]]:
        """Where the clauses stand that a word of a list begins so."""
        goes_on = {sign.first: sign.last for sign in self.of("goes_on")}
        return [
            self._clause(sign)
            for sign in self.of(kind)
            if goes_on.get(sign.first, sign.last) <= sign.last
            and (
                UNSPACED.match(self.text[sign.start :])
                or not lexicon(self.language).content(self.text[self._clause(sign)[0] : sign.start])
            )
        ]

    def _clause(self, sign: Sign) -> tuple[int, int]:
        """Where the clause stands in which a sign begins."""
        whole = (0, len(self.text))
        return next((one for one in self._clauses if one[0] <= sign.start < one[1]), whole)

    @cached_property
    def _clauses(self) -> list[tuple[int, int]]:
        return [match.span() for match in CLAUSES.finditer(self.text)]

    @property
    def one_so(self) -> list[str]:
        """The words by which a clause says which one is meant: "velvet" in "the velvet one, how much?"; none where it is
        said by its place among others, or where any one will do."""
        signs = [(sign.start, sign.end) for sign in self.signs if sign.kind != "values"]
        for sign in self.of("one"):
            start, end = self._clause(sign)
            fronts = (one for kind in ("here", "this", "these", "the_one") for one in self.of(kind))
            if any(start <= one.start <= sign.start for one in fronts):
                outside = [(0, start), (end, len(self.text))]
                return lexicon(self.language).content(blanked(self.text, [*signs, *outside]))
        return []

    @property
    def ruled_out(self) -> list[tuple[int, int]]:
        """The spans of what is not meant: "the arc one" in "not the arc one, the wooden legs"; none in a question that
        begins so: "isn't the oak one heavier?"."""
        spans = []
        for sign in self.of("not_it"):
            if sign.first == 0 and self.text.rstrip().endswith(("?", "？")):
                continue
            _, end = self._clause(sign)
            ones = [one.end for one in self.of("one") if sign.end <= one.start and one.end <= end]
            spans.append((sign.end, min([end, *ones])))
        return spans

    @property
    def units(self) -> list[str]:
        """The units in which an amount is asked for: "how many litres", but not "20 litres"."""
        ends = {one.end for one in self._numbers}
        asked = (s for s in self.of("units") if len(self.text[: s.start].rstrip()) not in ends)
        return list(dict.fromkeys(sign.value for sign in asked))

    @property
    def options(self) -> tuple[str, ...]:
        """The two words of which one may be so: "matt or gloss"; none where a number is one of them."""
        spoken = lexicon(self.language)
        for sign in self.of("either"):
            start, end = self._clause(sign)
            before = spoken.content(self.text[start : sign.start])[-1:]
            two = (*before, *spoken.content(self.text[sign.end : end])[:1])
            if len(two) == 2 and not any(one.isdigit() for one in two):
                return two
        return ()

    def word_behind(self, sign: Sign) -> str:
        """The word behind a sign: "screw" in "per screw"; "" at the end."""
        return next((word for word, start, _ in tokens(self.text) if start >= sign.end), "")

    def begins_a_clause_with(self, kind: str) -> bool:
        """Whether the first word of one of its clauses is one of a list: "good God. and one bag?"."""
        starts = {match.end() - len(match[0].lstrip()) for match in CLAUSES.finditer(self.text)}
        return any(sign.start in starts for sign in self.of(kind))

    @property
    def cheapest(self) -> bool:
        """Whether the lowest price is wanted, of several or of all in that order."""
        by_price = self.has("ordered") and "price" in self.attributes
        return self.superlative == Order("price", LOW) or by_price

    @property
    def comparative(self) -> Order | None:
        """ "cheaper", "lighter"; the "less" of "less than 80" is a limit."""
        limits = {place for one in self.of("limit") for place in range(one.first, one.last + 1)}
        for sign in self.of("more_or_less"):
            if sign.first not in limits:
                return Order(*sign.value.split())
        return None

    @property
    def attributes(self) -> list[str]:
        """The attributes that it names, in its order; "how much" at the end of a clause asks for the price."""
        beside = self.of("comes_with")  # "are mattresses in the price?"
        named = [
            sign.value
            for sign in self.of("attributes")
            if not any(one.start <= sign.start and sign.end <= one.end for one in beside)
        ]
        alone = self._ends_a_clause("how_much_alone", more=1)
        return list(dict.fromkeys([*named, *(["price"] if alone else [])]))

    @property
    def takes_out(self) -> bool:
        """Whether it takes something out of a sum: "remove the mug", "take the mug out"."""
        return self.has("sum_less") or self._ends_a_clause("sum_less_behind")

    def _ends_a_clause(self, kind: str, more: int = 0) -> bool:
        """Whether a word of a list ends a clause, or so many words that name nothing stand behind it there."""
        ends = {match.end() for match in CLAUSES.finditer(self.text)}
        return any(
            self._says_nothing(self.text[sign.end : end], more) and sign.end <= end
            for sign in self.of(kind)
            for end in ends
        )

    def _says_nothing(self, text: str, words: int) -> bool:
        few = sum(1 for _ in islice(tokens(text), words + 1)) <= words
        return few and not lexicon(self.language).content(text)

    @property
    def whole_shop(self) -> bool:
        """Whether it asks what the shop sells at all: "what do you sell then?", but not "… for dogs"."""
        return any(
            start <= sign.start < end and not self._content_between(start, end, sign)
            for sign in self.of("whole_shop")
            for start, end in (match.span() for match in CLAUSES.finditer(self.text))
        )

    def _content_between(self, start: int, end: int, sign: Sign) -> list[str]:
        """The words of a part of the text that name something, beside a sign."""
        return lexicon(self.language).content(
            f"{self.text[start : sign.start]} {self.text[sign.end : max(end, sign.end)]}"
        )

    @property
    def adds_up(self) -> bool:
        """Whether it asks what several things come to: "together" alone may be said of anything."""
        return self.has("sum") or (
            self.has("together") and ("price" in self.attributes or self.has("both"))
        )

    @property
    def numbers(self) -> list[Number]:
        """Its numbers up to six digits, in its order, without a share; of words only those in `numbers`. "9.50" is one,
        and counts nothing."""
        share = self._share
        return [one for one in self._numbers if one is not share]

    @cached_property
    def _numbers(self) -> list[Number]:
        found = [
            Number(float(match[0].replace(",", ".")), *match.span())
            for match in DECIMALS.finditer(self.text)
        ]
        found += [
            Number(float(match[match.lastindex or 0]), *match.span(match.lastindex or 0))
            for match in TIMES.finditer(self.text)
        ]
        inside = {place for one in found for place in range(one.start, one.end)}
        found += [
            Number(float(word), start, end)
            for word, start, end in tokens(self.text)
            if word.isdigit() and len(word) <= 6 and start not in inside
        ]
        found += [Number(float(sign.value), sign.start, sign.end) for sign in self.of("numbers")]
        return sorted(found, key=lambda one: one.start)

    @property
    def percent(self) -> float | None:
        """The share that it takes off a price, in percent: "with 10% off", "20 percent"; None where it names none."""
        return self._share.value if self._share else None

    @cached_property
    def _share(self) -> Number | None:
        signs = {one.start for one in self.of("percent")}
        for number in self._numbers:
            behind = self.text[number.end :]
            place = number.end + len(behind) - len(behind.lstrip())
            of_hundred = behind.lstrip()[:1] in ("%", "％") or place in signs
            if of_hundred and 0 < number.value <= MOST_PERCENT:
                return number
        return None

    def names(self, title: str) -> bool:
        """Whether one of its words that name something stands in a title, in one number or the other."""
        known = [word for word, _, _ in tokens(title)]
        said = [word for word in self.content() if len(word) >= SHORTEST and not word.isdigit()]
        return any(_alike(word, other) for word in said for other in known)

    def in_digits(self, words: Iterable[str]) -> list[str]:
        """Some words with its numbers in digits: "eight" is "8"."""
        digits = {self.text[one.start : one.end].lower(): one.value for one in self.of("numbers")}
        return [digits.get(word, word) for word in words]

    def content_of(self, word: str) -> bool:
        """Whether a word names something."""
        return bool(lexicon(self.language).content(word))

    def content(self, without: Iterable[tuple[int, int]] = ()) -> list[str]:
        """The words that name something, without those in some spans of characters."""
        return lexicon(self.language).content(blanked(self.text, without))


def blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """A text with spaces in the place of some of its parts, so that the others stand where they stood."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _in_an_attribute(sign: Sign, signs: Iterable[Sign]) -> bool:
    """Whether a word for sums is part of an attribute's name: the "all in" of "all in stock"."""
    return sign.kind == "sum" and any(
        one.kind == "attributes" and one.start <= sign.start and sign.end < one.end for one in signs
    )


def _alike(word: str, other: str) -> bool:
    """Whether one is the other, or with an ending: "mugs" and "mug"."""
    short, long = sorted((word, other), key=len)
    same = len(short) >= SHORTEST and long.startswith(short) and len(long) - len(short) <= ENDING
    return same or (len(short) > STEM and stem(word) == stem(other))


def read(text: str, language: str = "") -> Reading:
    """A message as its small words put it together, in the turn's language where none is named; of a long one the first
    MOST_TOKENS words. All that ask for it in a turn get the same reading."""
    return _read(text, language or spoken())


@lru_cache(maxsize=READINGS)
def _read(text: str, language: str) -> Reading:
    beyond = next(islice(tokens(text), MOST_TOKENS, None), None)
    text = text[: beyond[1]] if beyond else text
    found = lexicon(language).signs(text)
    found = [one for one in found if not _in_an_attribute(one, found)]
    small = tuple(sign for sign in found if sign.kind not in OF_SUPPORT)
    return Reading(text, small, language, tuple(one for one in found if one.kind in OF_SUPPORT))

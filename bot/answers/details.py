"""What a customer says that a task has to know: an address, a reason, what is broken."""

import re
from collections.abc import Iterator
from functools import cache

from bot.answers.consent import CALLS_OFF, Consent, read_consent, says_something
from bot.answers.order_numbers import order_numbers
from bot.answers.words import languages, of_all_languages, words
from bot.emails import SAID

CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
ADDRESS_WORDS = 3  # a street, its number and a place
ADDRESS_PARTS = 8  # between commas, at most
VALUE = "\0"  # stands for one that was taken out
PARTS = re.compile(r"[,;:：\n，；。?!]+|\.\s+(?=[A-Z])|(?<=\0)")
CLAUSES = re.compile(r"(?<=[?？])|[,.;!\n，。；！]")
LONGEST = 1000  # characters that a person reads


def without_values(text: str, instead: str = " ") -> str:
    """The text without order numbers and email addresses."""
    for found in reversed(order_numbers().find(text)):
        text = f"{text[: found.start]}{instead}{text[found.end :]}"
    return SAID.sub(instead, text)


def is_plausible(kind: str, text: str) -> bool:
    """Whether a text can be what a task of this kind has to know: "yes" is no address, nor a reason."""
    if kind == "change_address":
        return _is_address(text)
    said = without_values(text)
    return says_something(said, kind) and not _only_requests(said)


def asks_something(text: str) -> bool:
    """Whether it is a question, by its sign or its first word."""
    begins = _any_of("asks").match(text.lstrip(" ¿"))
    return bool(begins) or ends_asking(text)


def ends_asking(text: str) -> bool:
    """Whether the sign of a question ends it."""
    return text.rstrip().endswith(("?", "？"))


def asks_somewhere(text: str) -> bool:
    """The same of any of its parts between commas and full stops: "she lives in Lyon, what does it cost her"."""
    return any(asks_something(part) for part in CLAUSES.split(text) if part.strip())


def calls_off(text: str) -> bool:
    """Whether it takes back what is going on, and says nothing else: "cancel that"."""
    whole = read_consent(text, CALLS_OFF).consent is Consent.YES
    return whole and read_consent(text).consent is not Consent.YES


def _only_requests(text: str) -> bool:
    """Whether it states that something is to be done, and nothing of what or why."""
    said = re.findall(r"[^\W_]+(?:'[^\W_]+)*", text.lower().replace("’", "'"))
    return any({*said} <= {*words(language)["only_a_request"]} for language in languages())


def data_scope_in(text: str) -> str:
    """Which data is meant: "here" (this conversation), "all", or "" when that isn't plain.

    What is ruled out, or asked, is chosen by nobody: "but not this chat".
    """
    if rules_out(text) or re.search("[?？]", text):
        return ""
    return next((name for name in ("all", "here") if _has_word(f"scope_{name}", text)), "")


def rules_out(text: str) -> bool:
    """Whether a word in it excludes, refuses or asks: "not", "except", "which"."""
    return _has_word("rules_out", text)


def _has_word(name: str, text: str) -> bool:
    """Whether a word of the list of this name, in any language, stands in the text."""
    return bool(_any_of(name).search(text.replace("’", "'")))


@cache
def _any_of(name: str) -> re.Pattern[str]:
    listed = of_all_languages(name)
    signs = [re.escape(word) for word in listed if CJK.match(word)]
    others = "|".join(re.escape(word) for word in listed if not CJK.match(word))
    return re.compile("|".join([rf"(?<!\w)(?:{others})(?!\w)", *signs]), re.I)


def address_in(text: str) -> str:
    """The postal address that a message names beside other things, or "".

    It begins after a word such as "to", and goes on while parts between commas have digits or few
    words. It is shown before anything is done with it, so that a word too many is seen.
    """
    kept: list[str] = []
    cue = False
    for part in _parts(without_values(text, VALUE)):
        before_value = part.endswith(VALUE)
        part = part.strip(VALUE + " ")
        has_digits = re.search(r"\d", part)
        if kept and not has_digits and (len(part.split()) > ADDRESS_WORDS or before_value):
            break
        if kept and (len(kept) == ADDRESS_PARTS or not says_something(part)):
            break
        if not kept and has_digits:
            cue, part = _after_a_word(part, has_digits.start())
        if kept or has_digits:
            kept.append(_without_a_tail(part) if before_value else part)
    found = ", ".join(kept)
    sure = len(kept) > 1 or (kept and (cue or len(re.findall(r"\d+", found)) > 1))
    return found[:LONGEST] if sure and _is_address(found) else ""


def _parts(text: str) -> Iterator[str]:
    """Between commas, sentences and values, each with the sign of the value that ends it."""
    for part in PARTS.split(text):
        if part.strip(VALUE + " "):
            yield " ".join(part.split())


def _is_address(text: str) -> bool:
    """A number and some words; postcodes are numbers nearly everywhere, and so are houses."""
    said = without_values(text)
    words = len(re.findall(r"[^\W\d_]{2,}", said)) + len(CJK.findall(said)) // 2
    return (
        bool(re.search(r"\d", said))
        and words + len(re.findall(r"\d+", said)) >= ADDRESS_WORDS
        and words > 0
    )


def _after_a_word(part: str, digit: int) -> tuple[bool, str]:
    """What stands after the last "to" (in any language) before the first digit; and if there is one."""
    begins = 0
    for word in of_all_languages("address_after"):
        border, end = ("", "") if CJK.match(word) else (r"(?<!\w)", r"(?!\w)")
        for match in re.finditer(border + re.escape(word) + end + r"\W*", part[:digit], re.I):
            begins = max(begins, match.end())
    return begins > 0, part[begins:]


def _without_a_tail(part: str) -> str:
    """Without the words that introduce what follows: "… Amsterdam my mail is"."""
    last = [match.end() for match in re.finditer(r"\b[A-Z\d]\w*|[\u3400-\u9fff]", part)]
    return part[: last[-1]] if last else part

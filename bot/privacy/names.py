"""Names of people, where the words around them or a list of given names tell.

Strong cues ("my name is …") take any word that isn't one of everyday English; weak ones ("I'm …",
"this is …") and signatures need a given name of the list or two capitalised words.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import regex

from bot.privacy.spans import Span, union

CAP = r"\p{Lu}[\p{L}'’.-]{0,40}+"
SMALL = (
    r"(?:van|von|vom|de|der|den|del|della|di|da|do|dos|das|la|le|el|al|bin|ibn|af|zu|zum|ter|ten|y|"
    r"'t|(?i:freiherr))"
)
NAME = rf"{CAP}(?:\s(?:(?:{SMALL}\s){{1,3}})?{CAP}){{0,4}}"
LOWER = r"[\p{L}'’-]{2,30}(?:\s[\p{L}'’-]{2,30}){0,2}"
TITLE = r"(?i:mr|mrs|ms|miss|mister|dr|prof|mevr|mevrouw|dhr|herr|frau|mme|monsieur|madame|sr|sra)"
KIN = (
    r"(?i:wife|husband|son|daughter|mother|mum|mom|father|dad|brother|sister|friend|neighbou?r"
    r"|partner|"
    r"girlfriend|boyfriend|grandma|grandpa|uncle|aunt|boss|colleague)"
)

# What introduces a name, whichever it is.
STRONG = regex.compile(
    r"(?i:\b(?:my\s(?:\w+\s)?name(?:\sis|'s|\s?:|:)|(?:^|\b)name's|i(?:'|’)?m\scalled|i\sam\scalled"
    r"|(?:last|first|family|full|sur)\s?name(?:\sis|\s?:)?|the\sname(?:\son\s\w+\s\w+)?\sis"
    r"|mijn\snaam\sis|ik\sheet|ich\shei(?:ß|ss)e|mein\sname\sist|je\sm['’]appelle|me\sllamo"
    r"|mi\schiamo"
    r"|jag\sheter|jeg\s(?:heter|hedder)|nazywam\ssię|(?:o\s)?meu\snome\sé|chamo-me|benim\sadım))"
    r"(?!['’\p{L}])\s?"
    rf"(?P<name>(?:{NAME})|{LOWER})"
)
# What introduces a name that has a capital.
CAPITAL = regex.compile(
    r"(?i:\b(?:name\s?:|^name\s|(?:under|in|on)\sthe\sname(?:\sof)?|recipient\s?:?"
    r"|account\sholder\s?:?"
    r"|cardholder\s?:?|registered\s(?:on|to|under)|ordered\sas|address(?:ed)?\s(?:it\s)?to"
    r"|parcel\sfor"
    rf"|invoice\sto|addressee\s?:?)(?:\sis)?)\s?(?P<name>(?:{TITLE}\.?\s)?{NAME})"
)
TITLED = regex.compile(rf"\b(?:{TITLE}\.?)\s(?P<name>{NAME})")
TITLED_LOWER = regex.compile(r"(?i:\b(?:mr|mrs|ms|miss)\.?\s)(?P<name>\p{Ll}{2,20})\s*$")
RELATED = regex.compile(
    rf"(?i:\bmy\s){KIN},?\s(?P<name>{NAME})|\b(?P<name>(?:Grandma|Grandpa|Uncle|Aunt)\s{CAP})"
)
WEAK = regex.compile(
    r"(?i:\b(?:i(?:'|’)?m|i\sam|this\sis|it(?:'|’)?s|call\sme|here\sis|hi,?|hello,?|hey,?))\s"
    rf"(?P<name>(?:{NAME})|\p{{Ll}}[\p{{L}}'’-]{{1,30}})(?P<after>\s(?i:here|speaking|again"
    rf"|calling|from)\b)?"
)
HERE = regex.compile(rf"(?P<name>{NAME}|\b\p{{Ll}}{{2,20}})(?=,?\s(?i:here|speaking)\b)")
SIGNED = regex.compile(
    r"(?i:\b(?:regards|wishes|best|sincerely|cheers|thanks|thank\syou|greetings|groet(?:en|jes)"
    r"|grüße|"
    r"gruß|cordialement|saludos|love|yours|thx|xx+)\b)[,.!\s]{1,4}[-–]?\s?"
    rf"(?P<name>{NAME}|\p{{Ll}}{{2,20}})\s*[.!x]*\s*$"
)
DASHED = regex.compile(rf"(?:^|\s)[-–]\s?(?P<name>{NAME})\s*$|^(?P<name>{NAME})\s[-–]\s")
LISTED = regex.compile(rf"(?:^|[,;:\n]\s?|\bto\s)(?P<name>{NAME})(?=\s*(?:[,;\n(\0]|$))")
FULL = regex.compile(NAME)

# After "my name is": the name is the matter, and isn't told.
NOT_NAMES = frozenset(
    """a an the not no on in at is was are isn't wrong right correct incorrect spelled spelt
    misspelled printed shown missing different changed also already still too very important private none same
    there here your my our his her their this that what and but so or if because i you we they it he
    she who which with without for from of to by please pls thanks thank can could would will need
    want have had has do did don't doesn't didn't now just where when how order orders email mail
    phone number address never nobody unknown secret""".split()
)
# With a capital at the head of a phrase, and yet no name.
EVERYDAY = NOT_NAMES | frozenset(
    """very so sorry happy sad angry back sure good great fine ok okay done bored looking waiting
    interested amazing awesome terrible broken urgent black white red blue green ready new old
    late early sick tired monday tuesday wednesday thursday friday saturday sunday january february
    march april may june july august september october november december christmas easter best worst
    order dear all everyone team support sir madam guys there again still only big small too size
    i'm im it's its german dutch french english spanish italian american british really
    extremely disappointed upset storm city stoneware leather gift free super going trying customer kind""".split()
)


def names(text: str) -> Iterator[Span]:
    """Names of people, each with its given and family names."""
    shouting = text.isupper()
    spans: list[Span] = []
    for found in STRONG.finditer(text):
        spans += _until_everyday(text, found.span("name"))
    for pattern in (CAPITAL, TITLED, TITLED_LOWER, RELATED):
        spans += [
            found.span("name")
            for found in pattern.finditer(text)
            if not shouting and _first(found["name"]) not in EVERYDAY
        ]
    for pattern in (WEAK, HERE, SIGNED, DASHED):
        for found in pattern.finditer(text, overlapped=True):
            sure = pattern is HERE or bool(found.groupdict().get("after"))
            if _is_name(found["name"], shouting, sure):
                spans.append(found.span("name"))
    for found in LISTED.finditer(text):
        given = _first(found["name"]) in given_names()[0]
        if given and (" " in found["name"] or "\0" in text or "," in text):
            spans.append(found.span("name"))
    if not shouting:
        spans += _full_names(text)
    trimmed = [(start, start + len(text[start:end].rstrip(" .-'"))) for start, end in spans]
    yield from union(trimmed)


def _until_everyday(text: str, span: Span) -> Iterator[Span]:
    """The words of a span up to the first that is no name."""
    end = span[0]
    for word in regex.finditer(r"\S+", text[span[0] : span[1]]):
        plain = word[0].strip(".,'’").lower()
        initial = regex.fullmatch(r"\p{Lu}\.", word[0])
        if not initial and (plain in NOT_NAMES or (plain in EVERYDAY and word[0][0].islower())):
            break
        end = span[0] + word.end()
    if end > span[0]:
        yield span[0], end


def _is_name(words: str, shouting: bool, sure: bool) -> bool:
    sure_names, doubtful = given_names()
    first = _first(words)
    if first in EVERYDAY:
        return False
    if first in sure_names:
        return True
    if not words[0].isupper() or shouting:
        return False
    if first in doubtful:
        return True
    several = " " in words and not any(part.lower() in EVERYDAY for part in words.split())
    return (sure and len(first) > 2) or (several and not words.isupper())


def _full_names(text: str) -> Iterator[Span]:
    """A given name with a family name, wherever they stand."""
    for found in FULL.finditer(text):
        words = list(regex.finditer(r"\S+", found[0]))
        for _number, word in enumerate(words[:-1]):
            if _first(word[0]) in given_names()[0]:
                yield found.start() + word.start(), found.end()
                break


def _first(words: str) -> str:
    """The first word, lower case; of Jean-Pierre, the first part."""
    return regex.split(r"[\s-]", words, maxsplit=1)[0].strip(".,'’").lower()


@lru_cache(maxsize=1)
def given_names() -> tuple[frozenset[str], frozenset[str]]:
    """Given names, lower case: those that are nothing else, and those that are words, too."""
    text = (Path(__file__).parent / "given_names.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    split = lines.index("")
    return (
        frozenset(" ".join(lines[:split]).lower().split()),
        frozenset(" ".join(lines[split:]).lower().split()),
    )

"""What a mail says: Markdown with safe variables, made into HTML and into plain text.

    Hello {first_name|there}, …        a person's value, or what stands there without one
    {products}                         alone on its line: products picked for the person
    {offer}                            alone on its line: the offer that is theirs

There is no code in it: a variable is one of VARIABLES, what it says is escaped, and it stands in no
address. A letter is read once and filled for each person, so that many can be made quickly.
"""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

VARIABLES = ("first_name", "name", "shop", "offer")
PERSONAL = ("first_name", "name", "offer")  # that somebody may have none of
PRODUCTS, OFFER = "{products}", "{offer}"
PLACE = re.compile(r"\{([a-z_]+)(?:\|([^{}|]{0,100}))?\}")
# Signs that no text has (Unicode's private ones) around what is filled in for each person.
OPEN, CLOSE, BAR = "\ue000", "\ue001", "\ue002"
OFFERED = re.compile(r"\{offer[|}]")  # a text that says the offer
FILLED = re.compile(f"{OPEN}([a-z_]+)(?:{BAR}([^{CLOSE}]*))?{CLOSE}")
LINK = re.compile(f"{OPEN}link:(.*?){CLOSE}")
BLOCK, OFFER_BLOCK = "\ue003", "\ue004"  # where the products and the offer stand
NO_SIGNS = dict.fromkeys(
    map(ord, (OPEN, CLOSE, BAR, BLOCK, OFFER_BLOCK))
)  # a person's value has none
STYLES = {
    "p": "margin:0 0 16px", "h1": "margin:0 0 16px;font-size:24px;line-height:1.25",
    "h2": "margin:24px 0 12px;font-size:19px", "h3": "margin:20px 0 8px;font-size:16px",
    "ul": "margin:0 0 16px;padding-left:22px", "ol": "margin:0 0 16px;padding-left:22px",
    "a": "color:{colour}", "hr": "border:0;border-top:1px solid #ddd;margin:24px 0",
}  # fmt: skip
_markdown = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True)
class Letter:
    """A mail's text, read: HTML and plain text with signs where something is filled in."""

    html: str
    text: str


def faults(text: str) -> list[str]:
    """What is wrong with the variables of a text."""
    found = []
    for match in PLACE.finditer(text.replace(PRODUCTS, "").replace(OFFER, "")):
        name, otherwise = match[1], match[2]
        if name not in VARIABLES:
            found.append(f"{{{name}}} is no variable: use one of {', '.join(VARIABLES)}.")
        elif name in PERSONAL and otherwise is None:
            found.append(f"{{{name}}} may be unknown: say what stands there then, {{{name}|…}}.")
    if "{{" in text or "{%" in text:
        found.append("there is no code in a mail: a variable is written {first_name|there}.")
    return found


def read_letter(text: str, colour: str) -> Letter:
    """The letter of a Markdown text; `colour` is that of its links."""
    signed = PLACE.sub(_sign, text.replace(PRODUCTS, BLOCK).replace(OFFER, OFFER_BLOCK))
    tokens = _markdown.parse(signed)
    for token in tokens:
        _style(token, colour)
    return Letter(_markdown.renderer.render(tokens, _markdown.options, {}), _plain(tokens))


def read_line(text: str) -> str:
    """A subject, with signs where something is filled in."""
    return PLACE.sub(_sign, " ".join(text.split()))


def fill(text: str, values: Mapping[str, str], escape: bool) -> str:
    """A read text with a person's values."""

    def value(match: re.Match[str]) -> str:
        said = " ".join((values.get(match[1]) or match[2] or "").translate(NO_SIGNS).split())
        return html.escape(said) if escape else said

    return FILLED.sub(value, text)


def follow_links(text: str, link: Callable[[str], str], escape: bool) -> str:
    """A read text whose links lead where `link` says."""

    def value(match: re.Match[str]) -> str:
        url = link(html.unescape(match[1]) if escape else match[1])
        return html.escape(url) if escape else url

    return LINK.sub(value, text)


def _sign(match: re.Match[str]) -> str:
    otherwise = f"{BAR}{match[2]}" if match[2] is not None else ""
    return f"{OPEN}{match[1]}{otherwise}{CLOSE}"


def _style(token: Token, colour: str) -> None:
    for one in (token, *(token.children or ())):
        if (one.nesting == 1 and one.tag in STYLES) or one.tag == "hr":
            one.attrSet("style", STYLES[one.tag].format(colour=colour))
        if one.type == "link_open":
            one.attrSet("href", f"{OPEN}link:{one.attrGet('href')}{CLOSE}")
        if one.type == "image":
            one.type, one.tag, one.children = "text", "", None  # pictures are those of products


def _plain(tokens: list[Token]) -> str:
    """The text of a mail for who reads no HTML: paragraphs, lists with dashes, addresses in brackets."""
    lines: list[str] = []
    for number, token in enumerate(tokens):
        if token.type == "inline":
            mark = "- " if number > 1 and tokens[number - 2].type == "list_item_open" else ""
            lines.append(mark + _inline(token.children or []))
        elif token.type == "hr":
            lines.append("---")
        elif token.type in ("code_block", "fence"):
            lines.append(token.content.rstrip())
    return "\n\n".join(lines)


def _inline(children: list[Token]) -> str:
    parts: list[str] = []
    hrefs: list[Any] = []
    for one in children:
        if one.type == "link_open":
            hrefs.append(one.attrGet("href"))
        elif one.type == "link_close":
            parts.append(f" <{hrefs.pop()}>")
        elif one.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        else:
            parts.append(one.content)
    return "".join(parts)

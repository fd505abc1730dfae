"""Personal data in what customers write, masked for the pages of staff.

The patterns are those of the market research; order numbers and links stay, since staff work with
them.
"""

from bot.insights.masking import EMAIL, NAME, RULES

KEPT = ("[number]", "[link]")


def mask(text: str) -> str:
    """The text with personal data replaced by what it is: "write to [email]"."""
    for pattern, kind in RULES:
        if kind not in KEPT:
            text = pattern.sub(kind, text)
    return NAME.sub(lambda found: f"{found['lead']} [name]", text)


def emails_in(text: str) -> list[str]:
    """Email addresses in a text, lower case, each once and in order."""
    return list(dict.fromkeys(found.lower() for found in EMAIL.findall(text)))

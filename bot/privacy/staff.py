"""What staff see of a text: personal data masked, what they work with left to who needs it."""

from bot.privacy.finding import mask

KEPT = ("number", "link")  # orders, and pages of the shop
WITH_NAMES = ("link", "name")  # of what the shop says: its pages, its staff


def mask_for_anyone(text: str, by_customer: bool = True) -> str:
    """The text as it is stored, and shown to staff who don't look after its conversation."""
    return mask(text, keep=() if by_customer else WITH_NAMES)


def mask_for_staff(text: str, by_customer: bool = True) -> str:
    """The text with personal data masked, except order numbers and links.

    In what the shop itself writes names stay too: they are those of staff and the assistant.
    """
    return mask(text, keep=KEPT if by_customer else (*KEPT, "name"))

"""What staff see of a customer's text: personal data masked, what they work with left."""

from bot.privacy.finding import mask

KEPT = ("number", "link")  # orders, and pages of the shop


def mask_for_staff(text: str, by_customer: bool = True) -> str:
    """The text with personal data masked, except order numbers and links.

    In what the shop itself writes names stay too: they are those of staff and the assistant.
    """
    return mask(text, keep=KEPT if by_customer else (*KEPT, "name"))

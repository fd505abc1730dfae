"""Colours that can be read: contrast as WCAG 2.2 defines it (success criterion 1.4.3)."""

BLACK, DARK, LIGHT = "#000000", "#1b1f1d", "#ffffff"
ENOUGH = 4.5  # contrast of normal text


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours "#rrggbb", from 1 to 21 (WCAG 2.2, contrast ratio)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable_on(colour: str) -> str:
    """White, near-black or black: the mildest that can be read on a colour."""
    if contrast(LIGHT, colour) >= contrast(BLACK, colour):
        return LIGHT
    return DARK if contrast(DARK, colour) >= ENOUGH else BLACK


def readable_as_text(colour: str, paper: str) -> str:
    """The colour itself, or as near to it as can be read as text on `paper`."""
    goal = 0 if _luminance(paper) > 0.18 else 255
    channels = _channels(colour)
    for step in range(21):
        mixed = "#" + "".join(f"{round(c + (goal - c) * step / 20):02x}" for c in channels)
        if contrast(mixed, paper) >= ENOUGH:
            return mixed
    return LIGHT if goal else BLACK


# The backgrounds of both themes on which coloured text has the least contrast; see widget.css.
PAPER = {"light": "#f4f6f4", "dark": "#202623"}


def palette(colour: str) -> dict[str, str]:
    """A shop's colour, what is written on it, and the same colour as text in both themes."""
    return {
        "colour": colour,
        "on-colour": readable_on(colour),
        "ink": readable_as_text(colour, PAPER["light"]),
        "ink-dark": readable_as_text(colour, PAPER["dark"]),
    }


def _channels(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def _luminance(colour: str) -> float:
    shares = [channel / 255 for channel in _channels(colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

"""Amounts with their currency, as people read them."""

import re
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.numbers import format_currency

OWN_SIGN = ("EUR", "GBP", "USD")  # ¥, kr or A$ may be several currencies: those go by their code
ANY_CENTS = -1


def format_money(
    amount: Decimal | float | str | None,
    currency: str,
    cents: int = ANY_CENTS,
    language: str = "en",
) -> str:
    """An amount with its currency (ISO 4217): "€39.95", "€1,299", "CHF 12", in German "39,95 €"; empty when it isn't known.

    `cents` is how many digits stand after the point; without it two, and none when the amount is whole.
    `language` is that of the text in which it stands, as CLDR calls it.
    """
    if amount is None or amount == "":
        return ""
    value = Decimal(str(amount))
    if cents == ANY_CENTS:
        cents = 0 if value == value.to_integral() else 2
    # A pattern of our own: CLDR's would have cents by the currency and ¥ for yen.
    front, back = _places(language)
    number = f"#,##0.{'0' * cents}".removesuffix(".")
    if currency not in OWN_SIGN:
        front, back = (front and "¤¤ ", back and " ¤¤")
    pattern = f"{front}{number}{back}"
    return format_currency(value, currency, pattern, language, currency_digits=False).strip()


@cache
def _places(language: str) -> tuple[str, str]:
    """What stands before and behind a number in a language, of which one is the sign: CLDR's, with its space."""
    standard = Locale.parse(language, sep="-").currency_formats["standard"].pattern.split(";")[0]
    places = [re.sub(r"[^¤\s]", "", part) for part in re.split(r"[#,.0]+", standard)]
    return places[0], places[-1]

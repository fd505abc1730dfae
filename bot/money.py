"""Amounts with their currency, as people read them."""

from decimal import Decimal

from babel.numbers import format_currency

OWN_SIGN = ("EUR", "GBP", "USD")  # ¥, kr or A$ may be several currencies: those go by their code
ANY_CENTS = -1


def format_money(
    amount: Decimal | float | str | None,
    currency: str,
    cents: int = ANY_CENTS,
    language: str = "en",
) -> str:
    """An amount with its currency (ISO 4217): "€39.95", "€1,299", "CHF 12"; empty when it isn't known.

    `cents` is how many digits stand after the point; without it two, and none when the amount is whole.
    `language` is that of the text in which it stands, as CLDR calls it.
    """
    if amount is None or amount == "":
        return ""
    value = Decimal(str(amount))
    if cents == ANY_CENTS:
        cents = 0 if value == value.to_integral() else 2
    # A pattern of our own: CLDR's would have cents by the currency, ¥ for yen and a space that doesn't break.
    sign = "¤" if currency in OWN_SIGN else "¤¤ "
    pattern = f"{sign}#,##0.{'0' * cents}".removesuffix(".")
    return format_currency(value, currency, pattern, language, currency_digits=False).strip()

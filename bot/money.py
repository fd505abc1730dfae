"""Amounts with their currency, as people read them."""

SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}


def with_currency(amount: str, currency: str) -> str:
    """An amount in digits with its currency (ISO 4217): "€39.95", "CHF 12"."""
    if currency in SYMBOLS:
        return f"{SYMBOLS[currency]}{amount}"
    return f"{currency} {amount}".strip()

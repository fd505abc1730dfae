"""One offer as a variant: its price today, what is in stock, its numbers and options."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from recommender.catalogue.importers.offer import Offer, Reading
from recommender.catalogue.importers.rows import BadRow, Figure, RowError, name_text, safe_link
from recommender.catalogue.importers.words import (
    IN_STOCK,
    SOLD_OUT,
    currencies_of,
    is_on_request,
    option_name,
    state,
    yes_or_no,
)
from recommender.product import BACKORDER, COLOUR, PREORDER, SIZE, Variant

GTIN = re.compile(r"\d{8}|\d{12,14}")


def variant_of(offer: Offer, reading: Reading) -> tuple[Variant, str]:
    """A row as a variant, and the currency of its price, empty where it names none."""
    price, compare_at, currency = _prices(offer, reading)
    stock, availability, from_day = _stock(offer, reading)
    gtin = re.sub(r"[\s'’-]", "", offer.text("gtin"))
    if gtin and not GTIN.fullmatch(gtin):
        reading.lost["GTINs that are none (8, 12, 13 or 14 digits)"] += 1
        gtin = ""
    options = {
        option_name(name): name_text(text) for name, text in offer.options.items() if text.strip()
    }
    for name in (COLOUR, SIZE):
        if offer.group and name not in options and offer.text(name):
            options[name] = name_text(offer.text(name))
    variant = Variant(
        sku=name_text(offer.text("sku") or offer.text("id")),
        options=options,
        price=price,
        compare_at=compare_at,
        stock=stock,
        availability=availability,
        available_from=from_day,
        gtin=gtin,
        mpn=name_text(offer.text("mpn")),
        image=safe_link(offer.text("variant_image")),
        url=safe_link(offer.text("url")) if offer.group else "",
    )
    return variant, currency


def with_skus(forms: list[Variant], sku: str) -> Iterator[Variant]:
    """The variants, each with a sku of its own: one without has the product's, and its number."""
    taken: set[str] = set()
    for number, form in enumerate(forms, start=1):
        own = form.sku if form.sku and form.sku not in taken else f"{sku}#{number}"
        taken.add(own)
        yield form if own == form.sku else replace(form, sku=own)


def _prices(offer: Offer, reading: Reading) -> tuple[Decimal | None, Decimal | None, str]:
    """The price now, the one before where that was higher, and the currency that is named."""
    signs: list[str] = []

    def amount(name: str) -> Decimal | None:
        found, may_be = reading.amounts.read(offer.text(name))
        signs.extend(_one_of(may_be, reading))
        return found

    price = amount("price")
    regular = amount("regular_price")
    price = regular if price is None else price
    sale, before = amount("sale_price"), amount("compare_at")
    if sale is None and price is not None:
        sale = _discounted(price, amount("discount_amount"), offer.text("discount_percent"))
    if before is None and regular is not None and price is not None and regular > price:
        before = regular
    if sale is not None and (price is None or sale < price) and _is_on(offer, reading):
        price, before = sale, price if price is not None else before
    if price is None or (before is not None and before <= price):
        before = None
    told = offer.text("price") or offer.text("regular_price")
    if price is None and is_on_request(told):
        said = f"the price {told.strip()[:40]!r} is no amount, so that there is none"
        reading.doubts.append(RowError(offer.line, said))
    return (
        price,
        before,
        currency_in(offer.text("currency"), reading) or (signs[0] if signs else ""),
    )


def currency_in(text: str, reading: Reading) -> str:
    """The currency that a cell names; empty for an empty one, and for one that isn't known."""
    known = currencies_of(text)
    if known is None:
        reading.notes[f"the currency {text.strip()[:20]!r} isn't known"] += 1
    return next(iter(_one_of(known or [], reading)), "")


def _one_of(may_be: list[str], reading: Reading) -> list[str]:
    """The currency that a sign stands for in this shop; the likeliest one, and that is said."""
    if len(may_be) < 2 or reading.currency in may_be:
        return [reading.currency] if reading.currency in may_be else may_be
    reading.notes[f"a sign of {', '.join(may_be)} was read as {may_be[0]}"] += 1
    return may_be[:1]


def _discounted(price: Decimal, amount: Decimal | None, percent: str) -> Decimal | None:
    if amount:
        return max(Decimal(0), price - amount)
    if percent.strip():
        try:
            share = Decimal(percent.replace("%", "").replace(",", ".").strip()) / 100
        except InvalidOperation as error:
            raise BadRow(f"the discount {percent[:40]!r} is not a number") from error
        return (price * (1 - share)).quantize(Decimal("0.01")) if 0 < share < 1 else None
    return None


def _is_on(offer: Offer, reading: Reading) -> bool:
    """Whether a sale is on today; one whose dates can't be read isn't, and that is said."""
    both = offer.text("sale_dates")
    begin, _, end = both.partition("/") if both.count("/") == 1 else (both, "", "")
    days = []
    for text in (offer.text("sale_from") or begin, offer.text("sale_to") or end):
        day = day_in(text)
        if text.strip() and day is None:
            reading.notes["sale prices whose dates can't be read were left out"] += 1
            return False
        days.append(day)
    first, last = days
    reading.changes_on(first)
    reading.changes_on(last + timedelta(days=1) if last else None)
    if last and last < reading.today:
        reading.notes["sale prices that are over were left out"] += 1
        return False
    if first and first > reading.today:
        reading.notes["sale prices that begin later were left out until then"] += 1
        return False
    return True


def day_in(text: str) -> date | None:
    """The day of a date: ISO 8601 with or without a time, or a day of Excel's count."""
    text = text.strip()
    if re.fullmatch(r"[2-7]\d{4}(?:\.\d+)?", text):
        return date(1899, 12, 30) + timedelta(days=int(text.split(".")[0]))
    if not re.match(r"\d{4}-\d\d-\d\d", text) or text.startswith("0000"):
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text))
    except ValueError:
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            return None
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()


def _stock(offer: Offer, reading: Reading) -> tuple[int | None, str, str]:
    """Stock, availability, and the day from which a pre-order is there."""
    told = offer.text("availability")
    said = state(told)
    if said is None:
        reading.notes[
            f"words about the stock that aren't known, such as {told[:30]!r}, were left alone"
        ] += 1
        said = ""
    cell = offer.text("stock")
    words = state(cell) if cell and not re.search(r"\d", cell) else None
    stock = None if words else count_in(cell, "stock", reading.amounts.mark)
    said = said or words or ""
    flag = state(offer.text("in_stock")) or ""
    day = day_in(offer.text("available_from"))
    if yes_or_no(offer.text("manages_stock")) is False:
        stock = None
    if flag in (SOLD_OUT, BACKORDER, PREORDER) and not said:
        said = flag
    if flag == IN_STOCK and stock is not None and stock <= 0 and not offer.text("backorders"):
        stock = None
    if offer.text("untracked"):
        return None, "", ""
    if said in (PREORDER, BACKORDER):
        return 0, said, day.isoformat() if day and day > reading.today else ""
    if said == SOLD_OUT or (stock is not None and stock <= 0):
        more = offer.text("backorders").strip().lower()
        if state(more) == BACKORDER or more in ("1", "2", "yes"):
            return 0, BACKORDER, ""
        return 0, "", ""
    return stock, "", ""


def count_in(text: str, name: str, mark: str = ".") -> int | None:
    """A count: "12", "1 000", ">10", "10+"; None for an empty cell. Negative counts are none at all.

    `mark` stands before decimals in this file. Where nobody knows which sign does, "1.000" is no count.
    """
    text = text.strip()
    if not text:
        return None
    bare = re.sub(r"^[>≥~]=?\s*|\+$|[\s\u00a0\u202f'’]", "", text)
    if not isinstance(text, Figure) and re.fullmatch(r"-?[1-9]\d{0,2}[.,]\d{3}", bare):
        if not mark:
            return None
        bare = bare if mark in bare else re.sub(r"[.,]", "", bare)
    try:
        count = Decimal(bare.replace(",", "."))
        if not count.is_finite() or count.adjusted() > 9 or re.search(r"[eE]", bare):
            raise InvalidOperation
    except InvalidOperation as error:
        raise BadRow(f"the {name} {text[:40]!r} is not a number") from error
    return max(0, int(count))


def stars_in(text: str) -> float | None:
    """How many of five stars: "4.6", "4,6/5"; None for anything else."""
    match = re.fullmatch(r"\s*(\d(?:[.,]\d{1,6})?)\s*(?:/\s*5)?\s*", text)
    stars = float(match[1].replace(",", ".")) if match else 0
    return round(stars, 2) if 0 < stars <= 5 else None

"""Offers to products: whatever the platform, a product is made of the rows that are offered as one."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import takewhile

from recommender.catalogue.importers.amounts import Amounts
from recommender.catalogue.importers.rows import (
    BadRow,
    Figure,
    RowError,
    name_text,
    plain_text,
    safe_link,
    split_list,
)
from recommender.catalogue.importers.words import (
    IN_STOCK,
    SOLD_OUT,
    audience_of,
    currencies_of,
    is_no_category,
    is_on_request,
    is_option,
    is_published,
    is_root,
    option_name,
    state,
    yes_or_no,
)
from recommender.product import (
    BACKORDER,
    COLOUR,
    PATH_SEPARATOR,
    PREORDER,
    SIZE,
    Product,
    Variant,
    cheapest,
    joined,
    parts_of,
)

PRICES = ("price", "regular_price", "sale_price", "compare_at", "discount_amount")
ADDRESSES = re.compile(r"\s*[|;]\s*|\s*,\s+|,(?=https?:|//)")
MOST_IMAGES = 8
SEVERAL = re.compile(r"[|;/]|,(?!5(?!\d))")  # between colours or sizes: "37,5" is one
GTIN = re.compile(r"\d{8}|\d{12,14}")


@dataclass
class Offer:
    """One row as a platform's reader understands it: texts by our names of fields (docs/importing.md).

    Offers of one `group` are one product. A `parent` describes it and can't be bought itself.
    """

    line: int
    fields: dict[str, str]
    group: str = ""
    parent: bool = False
    options: dict[str, str] = field(default_factory=dict[str, str])
    attributes: dict[str, str] = field(default_factory=dict[str, str])

    def text(self, name: str) -> str:
        """What it says for a field; empty when it doesn't."""
        return self.fields.get(name) or ""


@dataclass
class Reading:
    """How the cells of one file are read, and what is to be said of it."""

    amounts: Amounts
    currency: str = ""
    today: date = field(default_factory=date.today)
    categories_are_slugs: bool = False
    notes: Counter[str] = field(default_factory=Counter[str])
    lost: Counter[str] = field(default_factory=Counter[str])
    left_out: Counter[str] = field(default_factory=Counter[str])
    doubts: list[RowError] = field(default_factory=list[RowError])  # rows that are kept
    next_change: date | None = None  # the next day on which a sale begins or is over

    def changes_on(self, day: date | None) -> None:
        """Remember a day on which prices change by themselves."""
        if day and day > self.today and (self.next_change is None or day < self.next_change):
            self.next_change = day


def prices_in(offers: Iterable[Offer]) -> Iterator[str]:
    """All cells that are prices."""
    return (cell for offer in offers for name in PRICES if (cell := offer.text(name)))


def are_slugs(categories: Iterable[str]) -> bool:
    """Whether a file writes categories as addresses do: "womens-bags" and never "Women's bags"."""
    known = {one for one in categories if one}
    slugs = [one for one in known if re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", one)]
    return len(slugs) == len(known) and any("-" in one for one in slugs)


def products(offers: Iterable[Offer], reading: Reading) -> Iterator[tuple[int, Product] | RowError]:
    """The products that offers make, each with the line of its first row; bad ones as RowErrors."""
    groups: dict[str, list[Offer]] = {}
    for number, offer in enumerate(offers):
        groups.setdefault(offer.group or f"\n{number}", []).append(offer)
    for group in groups.values():
        try:
            product = _product(group, reading)
        except BadRow as error:
            whole = f"; the product of {len(group)} rows is left out" if len(group) > 1 else ""
            yield RowError(error.line or group[0].line, f"{error}{whole}")
            continue
        if product:
            yield group[0].line, product


def _product(group: list[Offer], reading: Reading) -> Product | None:
    parents = [offer for offer in group if offer.parent]
    published = [offer for offer in group if offer.parent or _is_published(offer)]
    if not all(map(_is_published, parents)) or not published:
        reading.left_out["not published"] += 1
        return None
    sold = [offer for offer in published if not offer.parent] or parents
    group = [*parents, *(offer for offer in sold if offer not in parents)]

    def first(*names: str) -> str:
        return next((text for name in names for offer in group if (text := offer.text(name))), "")

    title = name_text(first("title")) if parents else _common_title(group)
    sku = name_text(first("group_sku") or group[0].group or first("sku", "id"))
    if not sku or not title:
        raise BadRow(f"the {'title' if sku else 'sku'} is empty")
    forms, currencies = [], []
    for offer in sold:
        try:
            form, currency = _variant(offer, reading)
        except BadRow as error:
            error.line = offer.line
            raise
        forms.append(form)
        currencies.append(currency)
    simple = len(forms) == 1 and not forms[0].options and forms[0].sku in ("", sku)
    first_price = cheapest(forms)
    if first_price.price is not None:
        reading.doubts += [
            RowError(
                offer.line,
                f"the variant {form.sku or form.name!r} has no price, and is shown with {first_price.price}, that "
                f"of another one of {sku}",
            )
            for offer, form in zip(sold, forms, strict=True)
            if form.price is None
        ]
    category, others = _category(first("category"), reading)
    if not category:
        category, others = _category(first("categories"), reading, True, bool(first("rooted")))
    tags = dict.fromkeys([*split_list(first("tags"), r"[,|;]"), *others])
    stock, availability = joined(forms)
    images = [safe_link(one) for offer in group for one in _images(offer)]
    images = list(dict.fromkeys(one for one in images if one))
    attributes: dict[str, str] = {}
    for offer in group:
        attributes = offer.attributes | attributes
    varying = {name for one in forms for name in one.options}
    attributes = {
        name: said
        for name, text in attributes.items()
        if option_name(name) not in varying and (said := name_text(text))
    }
    if tags:
        attributes["tags"] = ", ".join(tags)
    colours = _values(forms, COLOUR) or _own(COLOUR, first("colours", "colour"), attributes)
    sizes = _values(forms, SIZE) or _own(SIZE, first("sizes", "size"), attributes)
    _lost(group, images, reading)
    return Product(
        sku=sku,
        title=title,
        description=plain_text(_description(first("short_description"), first("description"))),
        brand=name_text(first("brand")),
        category=category or _category(first("category_path"), reading)[0],
        price=first_price.price,
        currency=currencies[forms.index(first_price)]
        or _currency(first("currency"), reading)
        or reading.currency,
        colours=colours,
        sizes=sizes,
        audience=audience_of(first("audience"), first("gender"), first("age_group"))
        or audience_of(*tags),
        stock=stock,
        image=images[0] if images else "",
        url=safe_link(first("url")),
        attributes=attributes,
        compare_at=first_price.compare_at,
        availability=availability,
        available_from=min((one.available_from for one in forms if one.available_from), default="")
        if availability
        else "",
        gtin=forms[0].gtin if simple else "",
        mpn=forms[0].mpn if simple else name_text(first("mpn")) if len(forms) == 1 else "",
        images=tuple(images[1 : MOST_IMAGES + 1]),
        rating=stars_in(first("rating")),
        ratings=count_in(first("ratings"), "number of ratings") or 0,
        variants=() if simple else tuple(_with_skus(forms, sku)),
    )


def _is_published(offer: Offer) -> bool:
    """A cell that says no to being sold; one that says nothing clear doesn't."""
    said = [is_published(offer.text(name)) for name in ("published", "status", "visibility")]
    return False not in said


def _common_title(group: list[Offer]) -> str:
    """What the titles of variants have in common, where that is most of the shortest; else the first."""
    titles = list(dict.fromkeys(one for offer in group if (one := name_text(offer.text("title")))))
    bare = {_without_options(offer) for offer in group if offer.text("title")}
    if len(titles) > 1 and len(bare) == 1 and (one := bare.pop()):
        return one
    if len(titles) < 2:
        return titles[0] if titles else ""
    words = takewhile(lambda ones: len(set(ones)) == 1, zip(*map(str.split, titles), strict=False))
    common = " ".join(ones[0] for ones in words).rstrip(" -–—,/|(:")
    return common if len(common) * 2 >= min(map(len, titles)) else titles[0]


def _without_options(offer: Offer) -> str:
    """A title without the colour and size that it ends in: "Tee - Red - S"."""
    title = name_text(offer.text("title"))
    values = [*offer.options.values(), offer.text("colour"), offer.text("size")]
    for value in sorted(map(name_text, values), key=len, reverse=True):
        if value:
            title = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "", title, flags=re.I)
    return " ".join(title.split()).rstrip(" -–—,/|(:)")


def _description(short: str, long: str) -> str:
    return long if short in long else f"{short} {long}".strip()


def _variant(offer: Offer, reading: Reading) -> tuple[Variant, str]:
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


def _with_skus(forms: list[Variant], sku: str) -> Iterator[Variant]:
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
    return price, before, _currency(offer.text("currency"), reading) or (signs[0] if signs else "")


def _currency(text: str, reading: Reading) -> str:
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


def _category(
    text: str, reading: Reading, commas: bool = False, rooted: bool = False
) -> tuple[str, list[str]]:
    """The longest of the paths that a cell names, and the others' last parts.

    With `commas` they stand between paths, and slashes between the parts of one. The first part of
    `rooted` paths is the root of the platform's tree, which says nothing.
    """
    if not text.strip() or text.strip().isdigit():
        return "", []
    between = r"[|;]|(?<!\\)," if commas else r"[|;]"
    within = r">|»|›|/" if commas else r">|»|›|\s/\s"
    paths = []
    for one in re.split(between, text):
        parts = [part for part in map(name_text, re.split(within, one.replace("\\,", ","))) if part]
        if rooted and parts and is_root(parts[0]):
            parts = parts[1:]
        if len(parts) == 1 and is_no_category(parts[0]):
            continue
        if reading.categories_are_slugs:
            parts = [re.sub(r"(?<=\w\w)-", " ", part).capitalize() for part in parts]
        if parts and parts not in paths:
            paths.append(parts)
    if not paths:
        return "", []
    best = max(paths, key=len)
    others = [one[-1] for one in paths if one is not best and one[-1] not in best]
    return PATH_SEPARATOR.join(best), others


def _images(offer: Offer) -> list[str]:
    cells = [offer.text("image"), offer.text("variant_image"), offer.text("images")]
    return [one for cell in cells if cell for one in ADDRESSES.split(cell)]


def _values(forms: list[Variant], option: str) -> tuple[str, ...]:
    parts = (part for one in forms for part in parts_of(one.options.get(option, "")))
    return tuple(dict.fromkeys(name_text(part) for part in parts))


def _own(option: str, told: str, attributes: dict[str, str]) -> tuple[str, ...]:
    """The colours or sizes of a product without variants: of its column, else of an attribute."""
    if not told:
        name = next((one for one in attributes if is_option(one, option)), "")
        told = attributes.pop(name, "")
    return split_list(told, SEVERAL)


def _lost(group: list[Offer], images: list[str], reading: Reading) -> None:
    if not images and any(map(_images, group)):
        reading.lost["pictures without an address"] += 1
    if len(images) > MOST_IMAGES + 1:
        reading.lost[f"pictures beyond the first {MOST_IMAGES + 1} of a product"] += (
            len(images) - MOST_IMAGES - 1
        )

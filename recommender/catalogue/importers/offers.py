"""Offers to products: whatever the platform, a product is made of the rows that are offered as one."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile

from recommender.catalogue.importers.offer import Offer, Reading
from recommender.catalogue.importers.rows import (
    BadRow,
    RowError,
    name_text,
    plain_text,
    safe_link,
    split_list,
)
from recommender.catalogue.importers.variants import (
    count_in,
    currency_in,
    stars_in,
    variant_of,
    with_skus,
)
from recommender.catalogue.importers.words import (
    audience_of,
    is_no_category,
    is_option,
    is_published,
    is_root,
    option_name,
)
from recommender.product import (
    COLOUR,
    PATH_SEPARATOR,
    SIZE,
    Product,
    Variant,
    cheapest,
    joined,
    parts_of,
)

ADDRESSES = re.compile(r"\s*[|;]\s*|\s*,\s+|,(?=https?:|//)")
MOST_IMAGES = 8
SEVERAL = re.compile(r"[|;/]|,(?!5(?!\d))")  # between colours or sizes: "37,5" is one


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
    forms, currency = _forms(sold, sku, reading)
    simple = len(forms) == 1 and not forms[0].options and forms[0].sku in ("", sku)
    first_price = cheapest(forms)
    category, tags = _placed(first, reading)
    stock, availability = joined(forms)
    images = [safe_link(one) for offer in group for one in _images(offer)]
    images = list(dict.fromkeys(one for one in images if one))
    attributes = _attributes(group, forms, tags)
    colours = _values(forms, COLOUR) or _own(COLOUR, first("colours", "colour"), attributes)
    sizes = _values(forms, SIZE) or _own(SIZE, first("sizes", "size"), attributes)
    _lost(group, images, reading)
    return Product(
        sku=sku,
        title=title,
        description=plain_text(_description(first("short_description"), first("description"))),
        brand=name_text(first("brand")),
        category=category,
        price=first_price.price,
        currency=currency or currency_in(first("currency"), reading) or reading.currency,
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
        available_from=_first_day(forms) if availability else "",
        gtin=forms[0].gtin if simple else "",
        mpn=forms[0].mpn if simple else name_text(first("mpn")) if len(forms) == 1 else "",
        images=tuple(images[1 : MOST_IMAGES + 1]),
        rating=stars_in(first("rating")),
        ratings=count_in(first("ratings"), "number of ratings") or 0,
        variants=() if simple else tuple(with_skus(forms, sku)),
    )


def _forms(sold: list[Offer], sku: str, reading: Reading) -> tuple[list[Variant], str]:
    """The variants that are sold, and the currency of the cheapest one's price."""
    forms, currencies = [], []
    for offer in sold:
        try:
            form, currency = variant_of(offer, reading)
        except BadRow as error:
            error.line = offer.line
            raise
        forms.append(form)
        currencies.append(currency)
    least = cheapest(forms)
    if least.price is not None:
        reading.doubts += [
            RowError(
                offer.line,
                f"the variant {form.sku or form.name!r} has no price, and is shown with {least.price}, that "
                f"of another one of {sku}",
            )
            for offer, form in zip(sold, forms, strict=True)
            if form.price is None
        ]
    return forms, currencies[forms.index(least)]


def _placed(first: Callable[..., str], reading: Reading) -> tuple[str, list[str]]:
    """The category, and the tags, with what other categories are called."""
    category, others = _category(first("category"), reading)
    if not category:
        category, others = _category(first("categories"), reading, True, bool(first("rooted")))
    tags = list(dict.fromkeys([*split_list(first("tags"), r"[,|;]"), *others]))
    return category or _category(first("category_path"), reading)[0], tags


def _attributes(group: list[Offer], forms: list[Variant], tags: list[str]) -> dict[str, str]:
    """What holds for all variants alike; where offers differ, as the first says."""
    attributes: dict[str, str] = {}
    for offer in group:
        attributes = offer.attributes | attributes
    varying = {name for one in forms for name in one.options}
    attributes = {
        name: said
        for name, text in attributes.items()
        if option_name(name) not in varying and (said := name_text(text))
    }
    return attributes | {"tags": ", ".join(tags)} if tags else attributes


def _first_day(forms: list[Variant]) -> str:
    return min((one.available_from for one in forms if one.available_from), default="")


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

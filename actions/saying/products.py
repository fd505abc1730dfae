"""What is said of products that were chosen, counted, asked about or added up."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from rasa_sdk import Tracker

from actions.catalogue_words import colour_said, name_said, value_said
from actions.doing.facts import Fact, Verdict
from actions.doing.selection import Ordered, own_values
from actions.doing.totals import Total, missing_to_free
from actions.doing.unit_prices import UnitPrice
from actions.language import word
from actions.saying.heavy import heavy, of_heavy
from actions.shop.delivery import called, ways_to
from actions.texts import choice, phrase, plural
from actions.wording import card, label, listed, money, price_of, stock_note
from bot.money import format_money
from bot.settings.shop import Shop
from bot.spoken import spoken
from recommender.product import Product

SHOWN = 5  # cards
KINDS = 4  # of a department, that are named as examples
LISTED = 12  # values or titles in a sentence
SHORT = 60  # characters of a value that is listed
LONG = 160  # characters of a value that is said


@dataclass(frozen=True)
class Answer:
    """A text with the cards and quick replies below it."""

    text: str
    products: tuple[Product, ...] = ()
    buttons: list[dict[str, str]] = field(default_factory=list)

    def custom(self, currency: str) -> dict[str, Any]:
        """The part of a message that shows cards."""
        return {"products": [card(one, currency) for one in self.products[:SHOWN]]}


def value_of(product: Product, attribute: str, shop: Shop) -> str:
    """What a product has of an attribute, as it is said."""
    if attribute == "price":
        return price_of(product, shop.currency)
    return ", ".join(said_of(attribute, one) for one in own_values(product, attribute))


def said_of(attribute: str, value: str) -> str:
    """A value of an attribute in the customer's language, where it is known what it is called."""
    if attribute != "colour":
        return value_said(value)
    return ", ".join(colour_said(one) for one in value.split(", "))


def first_ones(tracker: Tracker, found: Ordered, count: int, shop: Shop) -> Answer:
    """The one that is cheapest, lightest, …, or several in their order."""
    chosen = found.products[: max(1, count)]
    lines = [_with_value(one, found.attribute, shop) for one in chosen]
    if len(chosen) == 1:
        text = phrase("first_one", tracker, product=lines[0])
    else:
        text = "\n".join([phrase("first_ones", tracker), *(f"• {line}" for line in lines[:LISTED])])
    return Answer(text, chosen, [choice("show_more")] if len(chosen) < len(found.products) else [])


def _with_value(product: Product, attribute: str, shop: Shop) -> str:
    """ "Lake Tent 2 (2.1 kg, €219)"."""
    value = value_of(product, attribute, shop)
    price = price_of(product, shop.currency)
    known = ", ".join(dict.fromkeys(one for one in (value, price, stock_note(product)) if one))
    return f"{product.title} ({known})" if known else product.title


def with_prices(products: Sequence[Product], shop: Shop) -> str:
    """Each product on a line of its own with what it costs, and whether it is sold out."""
    return "\n".join(f"• {_with_value(one, 'price', shop)}" for one in products[:LISTED])


def count(
    tracker: Tracker, total: int, products: Sequence[Product], priced: Shop | None = None
) -> Answer:
    """How many there are, with some of them; with their prices where a shop is given to say them as."""
    if not total:
        return Answer(phrase("count_none", tracker))
    name = plural("count", total)
    titles = listed(
        [_with_value(one, "price", priced) if priced else one.title for one in products[:LISTED]]
    )
    return Answer(phrase(name, tracker, count=total, titles=titles), tuple(products))


def others_by(tracker: Tracker, maker: str, products: Sequence[Product]) -> Answer:
    """What else there is by somebody."""
    name = "others_by" if products else "no_others_by"
    more = [choice("show_more")] if len(products) > SHOWN else []
    return Answer(phrase(name, tracker, maker=maker), tuple(products), more)


def values(tracker: Tracker, found: Sequence[str], attribute: str) -> Answer:
    """The values that there are."""
    if not found:
        return Answer(phrase("values_none", tracker))
    shown = listed([said_of(attribute, str(one)) for one in found[:LISTED]])
    name = "values_more" if len(found) > LISTED else "values"
    return Answer(phrase(name, tracker, values=shown, count=len(found)))


def kinds(tracker: Tracker, found: Sequence[tuple[str, Sequence[str]]]) -> Answer:
    """What the shop sells: its departments, the largest first, with some of their kinds."""
    named = [
        f"{name} ({', '.join(below[:KINDS])}{', …' if len(below) > KINDS else ''})"
        if below
        else name
        for name, below in found[:LISTED]
    ]
    return Answer(
        phrase("range", tracker, kinds=listed(named)) if named else phrase("values_none", tracker)
    )


def told(tracker: Tracker, product: Product, facts: Sequence[Fact], shop: Shop) -> str:
    """What is known of one product to a question."""
    return " ".join(_said(tracker, product, one, shop) for one in facts)


def told_alone(tracker: Tracker, product: Product, facts: Sequence[Fact], shop: Shop) -> str:
    """The same where it is all that is asked: what isn't known is followed by what is."""
    said = told(tracker, product, facts, shop)
    if any(one.verdict is not Verdict.UNKNOWN for one in facts):
        return said
    lines = [
        f"{label(name)}: {value_said(value)}"
        for name, value in product.attributes.items()
        if len(value) <= SHORT
    ]
    lines = [product.description, *lines[:LISTED]]
    return "\n".join([said, *(f"• {line}" for line in lines if line)])


def _said(tracker: Tracker, product: Product, fact: Fact, shop: Shop) -> str:
    title = product.title
    if fact.told:
        return fact.told
    if fact.verdict is Verdict.UNKNOWN:
        return phrase("fact_unknown", tracker, title=title)
    if fact.name == "price":
        return phrase("fact_price", tracker, title=title, price=price_of(product, shop.currency))
    if fact.name == "stock":
        return stock(tracker, product)
    if fact.name in ("colour", "size"):
        had = [said_of(fact.name, one) for one in own_values(product, fact.name)]
        value = said_of(fact.name, fact.value)
        if fact.verdict is Verdict.SAID:
            return phrase("fact", tracker, title=title, fact=value)
        name = "comes_in" if fact.verdict is Verdict.YES else "comes_not_in"
        return phrase(name, tracker, title=title, value=value, choices=listed(had))
    if not fact.name:
        return phrase("fact_quoted", tracker, title=title, sentence=fact.value[:LONG])
    said = fact_text(fact)
    if fact.verdict is Verdict.SAID:
        return phrase("fact", tracker, title=title, fact=said)
    return phrase(f"fact_{fact.verdict.value}", tracker, title=title, fact=said)


def fact_text(fact: Fact) -> str:
    """ "waterproof", "not waterproof", "material: wool"."""
    plain, name = fact.value.strip().casefold(), name_said(fact.name)
    if plain in ("yes", "true"):
        return name
    if plain in ("no", "false"):
        return word("fact_not").format(name=name)
    return f"{name}: {value_said(fact.value[:LONG])}"


def stock(tracker: Tracker, product: Product) -> str:
    """Whether it can be had now."""
    note = stock_note(product)
    if not product.in_stock:
        return phrase("sold_out", tracker, title=product.title)
    left = f" ({note[:1].lower()}{note[1:]})" if note else ""
    return phrase("in_stock", tracker, title=product.title, wish="", left=left)


def several(
    tracker: Tracker, answers: Sequence[tuple[Product, Sequence[Fact]]], shop: Shop, which: bool
) -> Answer:
    """A question answered for several products; with `which` those that have it come first."""
    having = [
        one
        for one, facts in answers
        if any(fact.verdict in (Verdict.YES, Verdict.SAID) for fact in facts)
    ]
    yes = [one for one, facts in answers if any(fact.verdict is Verdict.YES for fact in facts)]
    if which and yes:
        titles = listed([one.title for one in yes])
        rest = [one for one, facts in answers if one not in yes]
        lines = [phrase("which_these", tracker, titles=titles)]
        no = [one for one, facts in answers if any(f.verdict is Verdict.NO for f in facts)]
        silent = [one for one in rest if one not in no]
        if silent:
            lines.append(
                phrase(
                    "which_silent", tracker, titles=listed([one.title for one in silent[:LISTED]])
                )
            )
        return Answer(" ".join(lines), tuple(yes))
    if not having and not any(fact.verdict is Verdict.NO for _, facts in answers for fact in facts):
        return Answer(phrase("facts_unknown", tracker), tuple(one for one, _ in answers))
    lines = [f"• {_line(tracker, one, facts, shop)}" for one, facts in answers]
    return Answer("\n".join(lines), tuple(one for one, _ in answers))


def _line(tracker: Tracker, product: Product, facts: Sequence[Fact], shop: Shop) -> str:
    if all(fact.verdict is Verdict.UNKNOWN for fact in facts):
        return phrase("fact_none", tracker, title=product.title)
    return told(tracker, product, facts, shop)


def total(
    tracker: Tracker,
    found: Total,
    delivery: bool,
    limit: float | None,
    shop: Shop,
    percent: float | None = None,
) -> Answer:
    """The sum with its items, what so many percent less make of it, what delivery adds, and whether it stays under an
    amount."""
    currency = shop.currency
    items = [
        f"{one.count} × {one.product.title} ({money(one.price, currency)})" for one in found.items
    ]
    goods = money(found.goods, currency)
    lines = [phrase("sum", tracker, items=listed(items), total=goods)]
    if percent:
        less = found.goods * (100 - Decimal(str(percent))) / 100
        amount = money(less.quantize(Decimal("0.01"), ROUND_HALF_UP), currency)
        lines.append(phrase("sum_less", tracker, percent=f"{percent:g}", total=amount))
    if delivery or found.ways:
        lines += _delivery(tracker, found, delivery, shop)
    if limit is not None:
        over = found.goods - Decimal(str(limit))
        name = "sum_over" if over > 0 else "sum_under"
        lines.append(
            phrase(name, tracker, limit=money(limit, currency), rest=money(abs(over), currency))
        )
    sold_out = [one.product.title for one in found.items if not one.product.in_stock]
    if sold_out:
        lines.append(phrase("sum_sold_out", tracker, titles=listed(sold_out)))
    return Answer("\n".join(lines), tuple(one.product for one in found.items))


def _delivery(tracker: Tracker, found: Total, asked: bool, shop: Shop) -> list[str]:
    currency = shop.currency
    if found.country and not ways_to(found.country, shop):
        return [phrase("no_delivery_to", tracker, country=called(found.country))]
    if not found.ways:
        return []
    way, cost = found.ways[0]
    if cost and not asked:
        return []
    exception = heavy(found.items)
    if exception and (exception.surely or (exception.together and not cost)):
        return of_heavy(tracker, exception, asked)
    if not cost:
        name = way.called(spoken())
        said = [phrase("sum_delivery_free", tracker, way=name, where=_where(found, way))]
        return [*said, *(of_heavy(tracker, exception, False) if exception else [])]
    with_it = money(found.goods + cost, currency)
    said = phrase(
        "sum_delivery",
        tracker,
        way=way.called(spoken()),
        where=_where(found, way),
        cost=money(cost, currency),
        total=with_it,
    )
    more = missing_to_free(way, found.goods)
    if more and more < found.goods:
        said += " " + phrase("sum_to_free", tracker, more=money(more, currency))
    return [said, *(of_heavy(tracker, exception, True) if exception and exception.together else [])]


def delivered(tracker: Tracker, found: Total, shop: Shop) -> list[str]:
    """What goods come to by each way of delivery, and how much more makes it free, or what holds for heavy goods."""
    if not found.ways or not found.items:
        return []
    exception = heavy(found.items)
    if exception and exception.surely:
        return of_heavy(tracker, exception, True)
    goods, currency = money(found.goods, shop.currency), shop.currency
    named = [
        f"{money(found.goods + cost, currency)} ({way.called(spoken())})"
        for way, cost in found.ways
    ]
    lines = [phrase("goods_delivered", tracker, goods=goods, ways="; ".join(named))]
    way, cost = found.ways[0]
    more = missing_to_free(way, found.goods)
    if more:
        lines.append(phrase("sum_to_free", tracker, more=money(more, currency)))
    if not cost:
        lines.append(
            phrase("sum_delivery_free", tracker, way=way.called(spoken()), where=_where(found, way))
        )
    if exception and (exception.together or not cost):
        lines += of_heavy(tracker, exception, exception.together)
    return lines


def _where(found: Total, way: Any) -> str:
    return (
        called(found.country) if found.country else listed([called(one) for one in way.countries])
    )


def difference(
    tracker: Tracker,
    one: Product,
    other: Product,
    attribute: str,
    shop: Shop,
    by: Decimal,
    unit: str,
) -> Answer:
    """How much more the dearer, heavier, … one has."""
    said = (
        money(by, shop.currency) if attribute == "price" else f"{by.normalize():f} {unit}".strip()
    )
    text = phrase(
        "difference", tracker,
        one=_with_value(one, attribute, shop), other=_with_value(other, attribute, shop), by=said,
    )  # fmt: skip
    return Answer(text, (one, other))


def per_unit(
    tracker: Tracker, found: Sequence[UnitPrice], silent: Sequence[Product], unit: str, shop: Shop
) -> Answer:
    """What a unit (as it is called) of some products costs, the cheapest first, and which of them don't say how much is
    in them."""
    lines = [
        phrase(
            "unit_price", tracker, title=one.product.title, price=unit_money(one.price, shop.currency),
            unit=unit, whole=price_of(one.product, shop.currency), amount=value_said(one.amount),
        )
        for one in found
    ]  # fmt: skip
    if silent:
        titles = listed([one.title for one in silent])
        lines.append(phrase("unit_price_unknown", tracker, titles=titles))
    if len(found) > 1:
        first = phrase("unit_price_first", tracker, title=found[0].product.title, unit=unit)
        lines = [first, *(f"• {line}" for line in lines)]
    return Answer("\n".join(lines), tuple(one.product for one in found) or tuple(silent))


def unit_money(amount: Decimal, currency: str) -> str:
    """The price of a unit, with as many digits as small ones need to differ: "€6.90", "€0.0249"."""
    cents = 2 if amount >= 1 else 3 if amount >= Decimal("0.1") else 4
    rounded = amount.quantize(Decimal(1).scaleb(-cents), ROUND_HALF_UP)
    return format_money(rounded, currency, cents, spoken())


def bundle(tracker: Tracker, products: Sequence[Product], budget: float, shop: Shop) -> Answer:
    """Things that go together under a budget."""
    goods = sum((one.price or Decimal(0) for one in products), Decimal(0))
    items = listed([f"{one.title} ({price_of(one, shop.currency)})" for one in products])
    text = phrase(
        "bundle",
        tracker,
        items=items,
        total=money(goods, shop.currency),
        budget=money(budget, shop.currency),
    )
    return Answer(text, tuple(products))

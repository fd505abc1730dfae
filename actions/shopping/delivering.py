"""How goods are delivered: the ways, when they would come, and what it makes of what the customer has in mind."""

from collections.abc import Sequence

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events
from actions.doing.totals import Item, total
from actions.language import word
from actions.pages import page_link
from actions.resolving.goods import goods_in_mind
from actions.saying import products as saying
from actions.shop.country import country_told
from actions.shop.delivery import called, country_in, ways_to
from actions.shop.delivery_dates import dates_told
from actions.shop.page_answers import asked_before
from actions.shop.policies import FixedAnswer, is_button
from actions.texts import person, phrase, plural
from actions.wording import listed, money
from bot.reading.reader import read
from bot.settings import get_settings
from bot.settings.selling import Delivery
from bot.spoken import spoken

FEW = 9  # words that ask on


class ActionDeliveryInfo(FixedAnswer):
    """Says how long delivery takes and what it costs, for the country that was named and the goods in mind."""

    topic = "delivery_info"

    def name(self) -> str:
        """The name in the domain."""
        return "action_delivery_info"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """When it would come, where a day is asked about; else as all fixed answers."""
        country = self._country(tracker)
        ways = ways_to(country, get_settings().shop) if country else get_settings().shop.delivery
        told = [] if is_button(tracker) else dates_told(tracker, ways)
        if told:
            dispatcher.utter_message(text="\n".join(told))
            return []
        free = read(tracker.latest_message.get("text") or "").has("never_paid")
        alone = country and (free or _asks_on(tracker))
        if alone or (free and goods_in_mind(tracker)):
            return self.fixed(dispatcher, tracker)
        return super().answer(dispatcher, tracker)

    def _country(self, tracker: Tracker) -> str | None:
        """The country that is named, or was before where the talk is of delivery."""
        text = tracker.latest_message.get("text") or ""
        return country_in(text, get_settings().shop) or country_told(tracker) or None

    def fixed(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """List the ways of delivery that there are, and say what they make of the goods in mind."""
        shop = get_settings().shop
        country = self._country(tracker)
        ways = ways_to(country, shop) if country else shop.delivery
        if not ways:
            text = phrase("no_delivery_to", tracker, country=called(country or ""))
            dispatcher.utter_message(text=text, buttons=[person()])
            return []
        goods = [] if is_button(tracker) else goods_in_mind(tracker)
        free = read(tracker.latest_message.get("text") or "").has("never_paid")
        name = "delivery_to" if country else "delivery"
        lines = [phrase(name, tracker, country=called(country or ""))]
        lines += [f"• {_way(way, shop.currency, country)}" for way in ways]
        told = saying.delivered(tracker, total(goods, shop, country or ""), shop) if goods else []
        if country and free and all(way.free_from is None for way in ways):
            lines.insert(0, phrase("delivery_never_free", tracker))
        lines = [*told, *lines] if free else [*lines, *told]
        if "shipping" in shop.policies:
            lines.append(phrase("all_details", tracker, link=page_link("shipping")))
        dispatcher.utter_message(text="\n".join(lines))
        return _remembered(goods, country or "")


def _remembered(goods: Sequence[Item], country: str) -> Events:
    """The goods that were spoken of, as what may be gone on with."""
    items = [{"sku": one.product.sku, "count": one.count} for one in goods]
    return [SlotSet("summed", {"items": items, "country": country})] if items else []


def _asks_on(tracker: Tracker) -> bool:
    """Whether a few words ask for the price, the days or another country, right after delivery was told of."""
    text = tracker.latest_message.get("text") or ""
    asked = read(text)
    named = {"price", "duration"} & {*asked.attributes} or asked.has("never_paid")
    named = named or country_in(text, get_settings().shop)
    return bool(named) and len(text.split()) <= FEW and bool(asked_before(tracker))


def _way(way: Delivery, currency: str, country: str | None) -> str:
    days = f"{way.days_min}–{way.days_max}" if way.days_min != way.days_max else f"{way.days_min}"
    unit = word(plural("way_days", way.days_max)).format(days=days)
    price = money(way.price, currency) if way.price else word("way_free")
    free = (
        word("way_free_from").format(price=money(way.free_from, currency))
        if way.free_from is not None
        else ""
    )
    where = (
        ""
        if country
        else word("way_to").format(countries=listed([called(one) for one in way.countries]))
    )
    return f"{way.called(spoken())}{where}: {unit}, {price}{free}"

"""Support: returns from shop.yml; everything else from the shop's pages. Of delivery tells actions/shopping/delivering.py."""

from abc import abstractmethod

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.backends import get_passages
from actions.base import Events, ShopAction
from actions.dates import clock
from actions.dates.days import names_long_time
from actions.pages import page_link
from actions.shop.delivery import called, country_in
from actions.shop.offers import offers_for
from actions.shop.opening_hours import open_now
from actions.shop.page_answers import (
    answers,
    asked_before,
    from_pages,
    general_question,
    goes_on,
    place_told,
)
from actions.texts import choice, person, phrase, texts
from actions.wording import listed, money
from bot.reading.reader import read
from bot.settings import get_settings
from bot.settings.part import in_some_language
from bot.spoken import spoken
from recommender.passages import quoted

# A passage and a fixed answer are compared by how near the question is to the one and to what the other answers.
OFFERED = ("newsletter_on", "return_item", "exchange_item")
LIKELY = 0.6  # the share from which what was asked about may be wanted
NEARER = 0.05  # so much better, a passage answers alone
AS_GOOD = 0.15  # so much worse at most, it is quoted before the fixed answer
BARE = 0.75  # a question so near to what the fixed answer answers asks for nothing else


class FixedAnswer(ShopAction):
    """An answer made from shop.yml, which competes with the passages of the pages.

    A passage that fits the question clearly better is the answer; one that fits about as well comes first, since
    it may be the exception that applies; a bare question gets the fixed answer alone.
    """

    topic = (
        ""  # the intent; the questions that the fixed answer answers are the texts `asked_<intent>`
    )

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Quote what fits, and say what shop.yml says unless that is beside the point."""
        question = "" if is_button(tracker) else tracker.latest_message["text"]
        before = asked_before(tracker) if question else ""
        bare = not before and _names_nothing(question)
        found = [] if bare else answers(question, "", before, place_told(tracker))
        asked = f"{before} {question}" if before and goes_on(question) else question
        lead = self._lead(asked, found[0].score) if found else -1.0
        if lead > NEARER or (found and names_long_time(question)):  # fixed answers speak of days
            dispatcher.utter_message(text=from_pages(found, tracker))
            return []
        if lead > -AS_GOOD:
            dispatcher.utter_message(text=from_pages(found[:1], tracker))
        return self.fixed(dispatcher, tracker)

    def _lead(self, question: str, score: float) -> float:
        """How much better a passage fits than the fixed answer; much worse when the question is bare."""
        country = country_in(question, get_settings().shop) or ""
        known = [text.format(country=country) for text in texts()[f"asked_{self.topic}"]]
        likeness = get_passages().likeness(question, known)
        return score - likeness if likeness < BARE else -1.0

    @abstractmethod
    def fixed(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Say what shop.yml says."""


def _names_nothing(question: str) -> bool:
    """Whether a question has small words alone, which many a passage has, too: "how long would that take?"."""
    reading = read(question)
    return not reading.content([(sign.start, sign.end) for sign in reading.signs])


class ActionReturnsPolicy(FixedAnswer):
    """Explains returns in two sentences, with the page for the rest."""

    topic = "returns_policy"

    def name(self) -> str:
        """The name in the domain."""
        return "action_returns_policy"

    def fixed(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Say how long, what it costs, and when the money is back."""
        shop = get_settings().shop
        returns = shop.returns
        parts = [
            self._from(country_in(tracker.latest_message.get("text") or "", shop), tracker),
            phrase("return_within", tracker, days=returns.days),
            in_some_language(returns.conditions, spoken()),
            self._cost(tracker),
            phrase("refund_within", tracker, days=returns.refund_days),
        ]
        if "returns" in shop.policies:
            parts.append(phrase("all_details", tracker, link=page_link("returns")))
        dispatcher.utter_message(text=" ".join(filter(None, parts)))
        return []

    def _from(self, country: str | None, tracker: Tracker) -> str:
        """What a return costs from a country; empty where none is named, or nobody said it."""
        shop = get_settings().shop
        free = shop.returns.price == 0 or country in shop.returns.free_in
        if not country or (shop.returns.price is None and not free):
            return ""
        price = money(shop.returns.price, shop.currency)
        name = "return_from_free" if free else "return_from_costs"
        return phrase(name, tracker, country=called(country), price=price)

    def _cost(self, tracker: Tracker) -> str:
        """What a return costs; empty where the shop doesn't say it."""
        shop = get_settings().shop
        if shop.returns.price is None:
            return ""
        if not shop.returns.price:
            return phrase("return_free", tracker)
        price = money(shop.returns.price, shop.currency)
        countries = listed([called(one) for one in shop.returns.free_in])
        name = "return_costs_free_in" if countries else "return_costs"
        return phrase(name, tracker, price=price, countries=countries)


class ActionAnswerPolicy(ShopAction):
    """Answers a question with the passage of the shop's pages that fits, or says that it doesn't know."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_answer_policy"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Quote the passage and link to it; two when they fit equally well. The shop's offers go before."""
        intent = (tracker.latest_message.get("intent") or {}).get("name") or ""
        asked = tracker.latest_message.get("text") or ""
        button = is_button(tracker)
        found = answers(
            general_question(intent) if button else asked,
            intent,
            "" if button else asked_before(tracker),
            place_told(tracker),
        )
        if intent == "discount_code" and (offered := offers_for(tracker)):
            dispatcher.utter_message(text=offered)
            if not found:
                return []
        if not found:
            email = get_settings().shop.contact.email
            dispatcher.utter_message(
                text=phrase("dont_know", tracker, email=email), buttons=[person()]
            )
            return []
        dispatcher.utter_message(text=from_pages(found, tracker), buttons=_done_about_it(tracker))
        return []


def _done_about_it(tracker: Tracker) -> list[dict[str, str]]:
    """The quick reply for what was only asked about: signing up for the newsletter, sending something back."""
    ranking = tracker.latest_message.get("intent_ranking") or []
    near = [one["name"] for one in ranking[1:2] if one["confidence"] >= LIKELY]
    return [choice(f"offer_{one}", f"/{one}") for one in near if one in OFFERED]


def is_button(tracker: Tracker) -> bool:
    """Whether a quick reply was chosen, which asks in general."""
    text = tracker.latest_message.get("text") or ""
    return not text.strip() or text.startswith("/")


class ActionContact(ShopAction):
    """How to reach the shop."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_contact"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Email, phone and when someone is there."""
        shop = get_settings().shop
        name = "contact_with_phone" if shop.contact.phone else "contact"
        asked = tracker.latest_message.get("text") or ""
        found = (
            []
            if asked.startswith("/")
            else answers(asked) or answers(asked, "", asked_before(tracker))
        )
        known = f"{quoted(found[0].passage, found[0].sentence)}\n" if found else ""
        dispatcher.utter_message(
            text=known
            + phrase(
                name, tracker,
                email=shop.contact.email,
                phone=shop.contact.phone,
                hours=open_now(shop, clock.now(), tracker),
            ),
            buttons=[person()],
        )  # fmt: skip
        return []

"""A person, please."""

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, ShopAction
from actions.dates import clock
from actions.language import word
from actions.shop.opening_hours import open_now
from actions.staff.grave import asked_for_person
from actions.texts import phrase
from bot.settings import get_settings
from bot.staff.accounts import on_duty
from bot.wording import time_of_day


class ActionTalkToHuman(ShopAction):
    """Asks staff to come; with nobody at the console it takes an email address for a ticket."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_talk_to_human"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Note the request, and say what happens next."""
        settings = get_settings()
        shop = settings.shop
        asked = asked_for_person(tracker)
        if on_duty(settings.staff_db):
            dispatcher.utter_message(text=phrase("person_comes", tracker))
            return [asked]
        phone = shop.contact.phone
        reached = {
            "email": shop.contact.email,
            "phone": word("or_call").format(phone=phone) if phone else "",
        }
        now = clock.now()
        closes = shop.hours.open_until(now)
        if closes:  # at work, and not at the console
            text = phrase("nobody_free", tracker, time=time_of_day(closes), **reached)
        else:
            text = phrase("nobody_there", tracker, hours=open_now(shop, now, tracker), **reached)
        dispatcher.utter_message(text=text)
        form = [
            SlotSet("contact_task", "ticket"),
            SlotSet("contact_sku", None),
            SlotSet("confirmed", None),
            SlotSet("form_failures", 0),
        ]
        return [asked, *form, FollowupAction("contact_form")]

"""The shop's offers, told to who asks for a discount; never to who is upset.

Whoever proved an address has one offer at a time, the same as in their mails; the choice is kept with its
chances. Strangers hear of what is for everybody.
"""

from datetime import datetime

from rasa_sdk import Tracker

from actions.backends import get_offers
from actions.dates import clock
from actions.proof import proven_email
from bot.campaigns.texts import of_offer, say
from bot.settings import get_settings
from bot.settings.offers import Offer
from bot.spoken import spoken


def offers_for(tracker: Tracker) -> str:
    """What the customer may use now, a paragraph for each; "" where there is nothing to tell."""
    known = get_offers()
    if known is None or tracker.get_slot("mood") == "upset":
        return ""
    now, email = clock.now().timestamp(), proven_email(tracker)
    person = known.person_of(email) if email else None
    if person is None:
        told = [_told(one) for one in known.listed(None, now)]
    else:
        given = known.give(person, "chat", now)
        told = [_told(given.offer, given.until)] if given else []
    return "\n\n".join([say(spoken(), "offers_now"), *told]) if told else ""


def _told(offer: Offer, until: float | None = None) -> str:
    """An offer as the chat shows it, and until when it is theirs (Unix seconds)."""
    day = datetime.fromtimestamp(until, get_settings().shop.zone).date() if until else None
    return "\n".join(filter(None, [*of_offer(offer, spoken(), day), offer.url]))

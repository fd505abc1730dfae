"""One customer's data for whoever may have it: the command line, and customers in the chat.

`python -m bot.custody` does it for the web process in a process of its own, since it reads all
that there is: a JSON object comes on stdin, {"do": "export" or "erase", "conversation", "email"},
and one goes out on stdout.
"""

import json
import sys
from dataclasses import replace
from typing import Any

from bot.custody.erasure import erase_person
from bot.custody.export import export_person
from bot.custody.holdings import Person
from bot.custody.persons import find_person, of_conversations
from bot.settings import Settings, get_settings
from bot.surveys.links import Links
from bot.system.private_file import keep_private
from bot.system.processes import die_with_parent

NOT_FOR_CUSTOMERS = ("staff",)  # what staff noted among themselves; erased all the same


def person_of(settings: Settings, who: str) -> Person:
    """Who has an address or a conversation, also under the key by which surveys know an address.

    Raises NotFound.
    """
    return find_person(settings, who, Links(settings.secrets).pseudonyms(who))


def customer(settings: Settings, conversation: str, email: str) -> Person:
    """The customer of a conversation, and of those under an address that is proven to be theirs; of
    this one, where another address was proven in it, too, their own part."""
    if not email:
        return of_conversations(settings, [conversation])
    found = person_of(settings, email)
    if conversation in found.parts:
        return found
    everything = sorted({conversation, *found.conversations})
    known = of_conversations(settings, everything)
    messages = tuple(dict.fromkeys([*found.messages, *known.messages]))
    return replace(found, conversations=known.conversations, messages=messages)


def export(settings: Settings, conversation: str, email: str) -> dict[str, Any]:
    """A customer's own copy of their data."""
    data = export_person(settings, customer(settings, conversation, email))
    for name in NOT_FOR_CUSTOMERS:
        data["data"].pop(name, None)
    return data


def erase(settings: Settings, conversation: str, email: str) -> dict[str, Any]:
    """Erase a customer's data; returns the receipt, and the conversations that are gone."""
    person = customer(settings, conversation, email)
    # Written anew are files only for what was deleted before pages were overwritten.
    receipt = erase_person(settings, person, "the customer", vacuum=False)
    return {
        "receipt": receipt.number, "left": receipt.left, "unread": receipt.unread,
        "conversations": sorted({conversation, *person.conversations}),
    }  # fmt: skip


def main() -> None:
    """See above."""
    keep_private()
    die_with_parent()  # who asked does it again
    asked = json.load(sys.stdin)
    work = {"export": export, "erase": erase}[asked["do"]]
    done = work(get_settings(), asked["conversation"], asked["email"])
    json.dump(done, sys.stdout, ensure_ascii=True)


if __name__ == "__main__":
    main()

"""Whose conversations are whose, told to campaigns: only by what `own_addresses` takes for proof."""

import json
from collections.abc import Callable, Collection

from bot.campaigns.gathering import (
    Done,
    Proof,
    Sources,
    changed_conversations,
    gather_conversations,
)
from bot.campaigns.people import People
from bot.custody.files import database_files
from bot.custody.holdings import Person, opened
from bot.custody.own_addresses import own_addresses
from bot.settings import Settings
from bot.store.columns import clear

SOURCE = "conversations"
OVERLAP = (
    60.0  # seconds that are read again: what happened last may be written after what came later
)
BATCH = 5_000  # conversations at once


def read_conversations(
    settings: Settings, people: People, category_of: Callable[[str], str]
) -> Done:
    """Read all conversations in which something happened since the last time."""
    since = people.read_until(SOURCE) - OVERLAP
    changed = changed_conversations(settings.transcripts_db, since)
    done = Done()
    for start in range(0, len(changed), BATCH):
        some = changed[start : start + BATCH]
        ids = [conversation for conversation, _ in some]
        sources = Sources(
            settings.transcripts_db, settings.staff_db, proofs(settings, ids), category_of,
            settings.shop.assistant.upset_below,
        )  # fmt: skip
        read = gather_conversations(people, sources, ids)
        done.people |= read.people
        done.conversations += read.conversations
        people.note_read(SOURCE, some[-1][1])
    return done


def proofs(settings: Settings, conversations: Collection[str]) -> dict[str, Proof]:
    """What was proven in each of these conversations, where anything was."""
    files = [one for one in database_files(settings) if one.name in ("web", "tracker")]
    with opened(files, Person("", ())) as databases:
        own = own_addresses(databases, conversations)
        body = clear("web", "customers", "body")
        signed = {
            conversation: json.loads(text).get("name", "") if text else ""
            for one, db in databases
            if one.name == "web"
            for conversation, text in db.execute(f"SELECT conversation, {body} FROM customers")
        }
    found = {}
    for conversation, one in own.items():
        if one.proofs:
            how = (
                "the shop's server signed for it"
                if conversation in signed
                else "an order or a mailed code in a conversation"
            )
            emails = tuple(sorted(one.addresses))
            since = max(0.0, min(at for at, _ in one.proofs))
            found[conversation] = Proof(emails, how, since, signed.get(conversation, ""))
    return found

"""One person by proven evidence alone; what is known, why, and how it goes again."""

import json
import shutil
import time
from dataclasses import replace

import pytest

from bot.campaigns import features
from bot.campaigns.consent import BOUNCED, EVERYTHING, UNSUBSCRIBED, Consents
from bot.campaigns.gathering import Done, Order, gather_orders
from bot.campaigns.people import Bought, People, Trait
from bot.cli.campaign.work import read_all
from bot.custody.__main__ import person_of
from bot.custody.backup import backup
from bot.custody.erasure import erase_person
from bot.custody.export import export_person
from bot.custody.profiles import read_conversations
from bot.custody.restore import restore
from bot.custody.retention import overdue, purge
from bot.custody.search import mentions
from bot.errors import ConfigError, NotFound
from bot.inbox.store import Inbox
from bot.settings import Settings, read_settings
from tests.custody.test_persons import EMAIL, said

NOW = time.time()
DAY = 86_400


def category(sku: str) -> str:
    return {"M1": "Mugs", "T1": "Tents"}.get(sku, "")


def read(settings: Settings, people: People) -> None:
    people.note_read("conversations", 0)
    read_conversations(settings, people, category)


def lines(people: People, email: str) -> dict[str, str]:
    return {f"{one.kind} {one.value}": one.why for one in people.lines(people.find(email).id)}


def joined(people: People, email: str) -> list[str]:
    return [
        one["conversation"] for one in people.joined(people.find(email).id) if not one["parted_at"]
    ]


def test_conversations_are_one_persons_only_where_the_address_was_proven(
    shop: Settings, people: People
) -> None:
    said(shop, "conv-stranger", f"my ex {EMAIL} must never know")
    inbox = Inbox(shop.web_db)
    inbox.identify("conv-stranger", {"id": "17", "name": "Cy"})
    inbox.close()
    from bot.transcripts.store import rebuild

    rebuild(shop.tracker_db, shop.transcripts_db)
    read(shop, people)
    assert joined(people, EMAIL) == ["conv-anna-1", "conv-anna-2"]
    assert joined(people, f"jo{EMAIL}") == ["conv-joanna"]
    assert people.count() == 2
    known = people.find(" ANNA@example.com")
    assert known.proof == "an order or a mailed code in a conversation"


def test_a_conversation_with_two_proven_addresses_is_nobodys(
    shop: Settings, people: People
) -> None:
    read(shop, people)
    inbox = Inbox(shop.web_db)
    inbox.identify("conv-anna-1", {"id": "9", "email": "bob@example.com", "name": "Bob"})
    inbox.close()
    read(shop, people)
    assert joined(people, EMAIL) == ["conv-anna-2"]
    with pytest.raises(NotFound):
        people.find("bob@example.com")


def test_what_was_joined_wrongly_is_parted_with_all_that_came_of_it_and_stays_so(
    shop: Settings, people: People
) -> None:
    read(shop, people)
    anna = people.find(EMAIL).id
    people.learn(anna, "conv-anna-1", [Trait("viewed", "M1", NOW)])
    people.buy(anna, Bought("k", NOW, 9.0), [Trait("bought", "M1", NOW)], "conv-anna-1")
    people.part(anna, "conv-anna-1", NOW)
    features.make(people.db, [anna])
    assert "viewed M1" not in lines(people, EMAIL) and "bought M1" not in lines(people, EMAIL)
    assert people.one("SELECT orders, conversations FROM features WHERE person = ?", anna) == {
        "orders": 0, "conversations": 1,
    }  # fmt: skip
    read(shop, people)
    assert joined(people, EMAIL) == ["conv-anna-2"]
    with pytest.raises(NotFound, match="isn't joined"):
        people.part(anna, "conv-anna-1", NOW)


def test_a_line_that_was_erased_is_not_learnt_again(people: People) -> None:
    order = Order(EMAIL, "HF-1", NOW, 20.0, ("M1", "M1", "T1"), "Anna Bakker")
    gather_orders(people, [order], category)
    assert lines(people, EMAIL)["bought M1"] == "an order"
    assert "name Anna Bakker" in lines(people, EMAIL)
    anna = people.find(EMAIL).id
    assert people.forget(anna, "bought_category", "Mugs", NOW)
    assert people.forget(anna, "name", "Anna Bakker", NOW)
    assert not people.forget(anna, "bought", "X9", NOW)
    gather_orders(people, [replace(order, delivered_at=NOW)], category)
    assert set(lines(people, EMAIL)) == {"bought M1", "bought T1", "bought_category Tents"}
    row = people.one("SELECT orders, spent FROM features WHERE person = ?", anna)
    assert row == {"orders": 1, "spent": 20.0}  # the same order counts once


def test_only_orders_that_are_new_or_changed_are_read_again(people: People) -> None:
    orders = [Order(f"p{n % 700}@example.com", f"HF-{n}", NOW, 5.0, ("M1",)) for n in range(1200)]
    assert gather_orders(people, orders, category).orders == 1200 and people.count() == 700
    changes = people.db.conn.total_changes
    assert gather_orders(people, orders, category) == Done()
    assert people.db.conn.total_changes == changes
    orders[3] = replace(orders[3], delivered_at=NOW)
    done = gather_orders(people, [*orders, replace(orders[4], key="new")], category)
    assert (done.orders, len(done.people)) == (2, 2)
    assert gather_orders(people, orders[:9], lambda sku: "Cups").orders == 9, "another category"
    assert lines(people, "p3@example.com")["bought_category Cups"] == "an order"


def test_consents_keep_words_time_way_and_proof_and_the_last_one_stands(people: People) -> None:
    anna, consents = people.ensure(EMAIL, "signed", NOW), Consents(people)
    assert consents.ask(anna, "news", "Yes, news please.", "chat", 1.0)
    assert consents.state(anna, "news") == "asked"
    consents.give(anna, "news", "Yes, news please.", "mail", 2.0, {"confirmed": "id-1"})
    assert not consents.ask(anna, "news", "Yes, news please.", "chat", 3.0)
    mark = people.mark(EMAIL)
    consents.withdraw(mark, "news", "link in a mail", 4.0)
    assert consents.state(anna, "news") == "withdrawn"
    assert consents.suppression(mark, "news") == UNSUBSCRIBED
    assert consents.suppression(mark, "alerts") == ""
    told = [(one.state, one.text, one.source, one.at, one.proof) for one in consents.history(anna)]
    assert told == [
        ("asked", "Yes, news please.", "chat", 1.0, {}),
        ("given", "Yes, news please.", "mail", 2.0, {"confirmed": "id-1"}),
        ("withdrawn", "", "link in a mail", 4.0, {}),
    ]


def test_agreeing_again_undoes_the_own_no_and_never_a_bounce(people: People) -> None:
    anna, consents, mark = people.ensure(EMAIL, "signed", NOW), Consents(people), people.mark(EMAIL)
    consents.withdraw(mark, EVERYTHING, "link", 1.0)
    consents.give(anna, "news", "t", "page", 2.0, {})
    assert consents.suppression(mark, "news") == ""
    consents.suppress(mark, BOUNCED, 3.0)
    consents.withdraw(mark, EVERYTHING, "link", 4.0)
    consents.give(anna, "news", "t", "page", 5.0, {})
    assert consents.suppression(mark, "news") == BOUNCED


def test_erasing_a_person_takes_all_but_the_no_which_holds_for_who_comes_back(
    shop: Settings, people: People
) -> None:
    read(shop, people)
    anna, consents = people.find(EMAIL), Consents(people)
    people.learn(anna.id, "conv-anna-1", [Trait("viewed", "zanzibar-mug", NOW)])
    consents.give(anna.id, "news", "Yes.", "chat", NOW, {"from": "here"})
    consents.withdraw(anna.mark, EVERYTHING, "link", NOW)
    person = person_of(shop, EMAIL)
    exported = json.dumps(export_person(shop, person)["data"]["campaigns"])
    assert "zanzibar-mug" in exported and EMAIL in exported and "from" in exported
    assert "campaigns.db" not in json.dumps(mentions(shop, EMAIL))
    receipt = erase_person(shop, person, "test")
    assert receipt.left == []
    assert "that no mail is to be sent to them, under a keyed hash" in receipt.kept
    assert {"campaigns.people", "campaigns.traits", "campaigns.consents"} <= set(receipt.rows)
    with pytest.raises(NotFound):
        people.find(EMAIL)
    assert people.find(f"jo{EMAIL}")
    assert consents.suppression(people.mark(EMAIL)) == UNSUBSCRIBED
    for table in ("traits", "consents", "standing", "features", "joins"):
        sql = f"SELECT 1 FROM {table} WHERE person = ?"
        assert people.one(sql, anna.id) is None, table


def test_a_restored_backup_knows_the_nos_and_erasures_since(
    shop: Settings, people: People, tmp_path_factory: pytest.TempPathFactory
) -> None:
    read(shop, people)
    file = tmp_path_factory.mktemp("saved") / "saved.tar"
    backup(shop, file)
    jo = people.find(f"jo{EMAIL}")
    Consents(people).withdraw(jo.mark, EVERYTHING, "link", NOW)
    people.close()
    erase_person(shop, person_of(shop, EMAIL), "test")
    restore(shop, file)
    again = People(shop.campaigns_db, shop.secrets)
    assert Consents(again).suppression(jo.mark) == UNSUBSCRIBED
    assert again.find(f"jo{EMAIL}").id == jo.id
    with pytest.raises(NotFound):
        again.find(EMAIL)
    again.close()
    shutil.rmtree(file.parent)


def test_what_is_old_goes_and_people_known_by_it_alone_with_it(
    shop: Settings, people: People
) -> None:
    read(shop, people)
    anna, jo = people.find(EMAIL).id, people.find(f"jo{EMAIL}").id
    people.learn(anna, "conv-anna-1", [Trait("viewed", "M1", NOW)])
    people.buy(anna, Bought("order", NOW - 800 * DAY, 9.0), [])
    features.make(people.db, [anna])
    features.feel(people.db, anna, seen_at=NOW, mood=-1.0, upset=True, open_complaint=False,
                  refused_at=None)  # fmt: skip
    for person in (anna, jo):
        people.db.execute("INSERT INTO assigned VALUES ('old', ?, 'mail', 1, ?)", [person, NOW])
    purge(shop, NOW + 3000 * DAY)
    row = people.one(
        "SELECT seen_at, upset, viewed_at, orders FROM features WHERE person = ?", anna
    )
    assert row == {"seen_at": None, "upset": 0, "viewed_at": None, "orders": 1}
    with pytest.raises(NotFound):
        people.find(f"jo{EMAIL}")
    left = list(people.db.query("SELECT person FROM assigned"))
    assert left == [], "groups of a campaign that has ended"


def test_who_agreed_stays_when_their_conversations_go(shop: Settings, people: People) -> None:
    read(shop, people)
    jo = people.find(f"jo{EMAIL}")
    Consents(people).give(jo.id, "news", "Yes.", "test", NOW, {"of": "test"})
    purge(shop, NOW + 3000 * DAY)
    assert people.find(f"jo{EMAIL}").id == jo.id and not people.joined(jo.id)


def test_groups_of_a_running_campaign_stay_so_that_nobody_is_written_to_twice(
    shop: Settings, people: People
) -> None:
    anna = people.ensure(EMAIL, "signed", NOW)
    Consents(people).give(anna, "news", "Yes.", "test", NOW, {"of": "test"})
    people.db.execute("INSERT INTO campaigns VALUES ('runs', 'started', '', 0)")
    people.db.execute("INSERT INTO assigned VALUES ('runs', ?, 'mail', 1, ?)", [anna, NOW])
    for number, state in enumerate(("sent", "queued")):
        people.db.execute(
            "INSERT INTO outbox VALUES (?, 'campaign', 'runs', 1, '', ?, ?, ?, ?, 0, 0, 0, NULL, NULL)",
            [number + 1, state, anna, state, state],
        )
        people.db.execute("INSERT INTO clicks VALUES (?, 'u', 0, 1)", [number + 1])
    purge(shop, NOW + 3000 * DAY)
    assert [row["state"] for row in people.db.query("SELECT state FROM outbox")] == ["queued"]
    assert [row["mail"] for row in people.db.query("SELECT mail FROM clicks")] == [2]
    assert people.one("SELECT 1 FROM assigned")


def test_a_shop_says_for_how_long_mails_are_kept(settings: Settings, people: People) -> None:
    plain = settings.shop_file.read_text(encoding="utf-8")
    assert "  campaigns: 730" in plain
    anna = people.ensure(EMAIL, "signed", NOW)
    people.db.execute("INSERT INTO assigned VALUES ('old', ?, 'mail', 1, ?)", [anna, NOW])
    for days, gone in ((0, {}), (30, {"campaigns": 1}), (31, {"campaigns": 0})):
        text = plain.replace("  campaigns: 730", f"  campaigns: {days}")
        settings.shop_file.write_text(text, encoding="utf-8")
        changed = read_settings({"SHOPTALK_SHOP": str(settings.shop_file)})
        counted = overdue(changed, NOW + 30.5 * DAY)
        assert {name: n for name, n in counted.items() if name == "campaigns"} == gone
    settings.shop_file.write_text(plain.replace("campaigns: 730", "campaigns: -1"), "utf-8")
    with pytest.raises(ConfigError, match=r"line \d+.*campaigns"):
        read_settings({"SHOPTALK_SHOP": str(settings.shop_file)})


def test_the_file_of_orders_is_read_again_only_when_it_changed(
    settings: Settings, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    monkeypatch.setattr("actions.backends.standing_orders", lambda: reads.append(1) or [])
    for _ in range(2):
        read_all(settings, people)
    assert len(reads) == 1
    file = settings.shop_dir / settings.shop.orders.file
    file.write_text(f"{file.read_text(encoding='utf-8')}\n", encoding="utf-8")
    read_all(settings, people)
    assert len(reads) == 2

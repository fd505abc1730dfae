"""Guesses are counted by network, email and order; nothing of one's own sets them back."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.custody.erasure import erase_rows
from bot.custody.export import export_person
from bot.custody.holdings import Person
from bot.custody.retention import purge
from bot.guard.attacks import FLOOR, KINDS, TIMES, Unusual
from bot.guard.store import DAY, Guard, Seeker, Verdict, network_mark
from bot.privacy.vault import vault_in
from bot.settings import Settings

ANNA, BOB = "anna@example.com", "bob@example.com"


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(settings: Settings, clock: Clock) -> Iterator[Guard]:
    opened = Guard(settings.guard_db, clock)
    yield opened
    opened.close()


def seeker(guard: Guard, network: str, conversation: str = "c") -> Seeker:
    return guard.seeker(conversation, network_mark(guard._vault, network))


def look_up(guard: Guard, who: Seeker, email: str, number: str, right: bool = False) -> bool:
    """Whether it was looked up."""
    guess = guard.guess(who, email, number)
    if guess:
        guard.end(guess, right)
    return guess is not None


def wrong(guard: Guard, networks: str, email: str, numbers: range) -> list[bool]:
    """Wrong guesses of an email's orders, each from the next network and in its own conversation."""
    return [
        look_up(guard, seeker(guard, networks.format(n), f"c{n}"), email, f"HF-{10_000 + n}")
        for n in numbers
    ]


def test_a_network_guesses_ten_times_a_day_whatever_else_it_does(guard: Guard) -> None:
    for n in range(10):  # ten addresses, so that only the network is the same
        assert look_up(guard, seeker(guard, "n", f"c{n}"), f"{n}@example.com", f"HF-{n:03}1")
        assert look_up(guard, seeker(guard, "n", f"c{n}"), BOB, "HF-777", right=True) == (n < 9)
    assert not look_up(guard, seeker(guard, "n", "new"), "x@example.com", "HF-9001")
    assert look_up(guard, seeker(guard, "other"), "x@example.com", "HF-9001")


def test_a_day_passes_and_a_week_counts_on(guard: Guard, clock: Clock) -> None:
    def day(first: int) -> int:
        pairs = ((f"{n}@example.com", f"HF-{n:04}") for n in range(first, first + 15))
        return sum(look_up(guard, seeker(guard, "n"), *pair) for pair in pairs)

    assert day(0) == 10
    clock.now += DAY - 1
    assert day(100) == 0
    clock.now += 2
    assert day(200) == 10  # twenty in the week
    clock.now += DAY + 1
    assert day(300) == 0
    clock.now += 5 * DAY
    assert day(400) == 10


def test_an_email_is_guessed_at_five_times_from_however_many_networks(guard: Guard) -> None:
    assert wrong(guard, "n{}", ANNA, range(7)) == [True] * 5 + [False] * 2
    assert wrong(guard, "n{}", "ANNA@example.com ", range(9, 10)) == [False]
    assert wrong(guard, "n{}", BOB, range(20, 25)) == [True] * 5


def test_an_order_is_guessed_at_five_times_however_it_is_written(guard: Guard) -> None:
    numbers = ["HF-10001", "10001", "hf 10001", "#10001", "HF-10001٠", "XX-10001", "10001"]
    tried = [
        look_up(guard, seeker(guard, f"n{n}"), f"{n}@example.com", number)
        for n, number in enumerate(numbers)
    ]
    assert tried == [True] * 5 + [False] * 2
    assert look_up(guard, seeker(guard, "n9"), "9@example.com", "HF-10002")


def test_numbers_that_are_compared_whole_are_pairs_of_their_own_and_one_number(
    guard: Guard,
) -> None:
    def tried(number: str, network: str, email: str) -> bool:
        guess = guard.guess(seeker(guard, network), email, number, number)
        if guess:
            guard.end(guess, False)
        return guess is not None

    letters = ["ABE-204", "ABF-204", "ABG-204", "ABH-204", "ABJ-204", "ABK-204"]
    assert [tried(one, "n", ANNA) for one in letters] == [True] * 5 + [False]
    others = [f"{n}@example.com" for n in range(7)]
    near = [tried(f"KX{letter}-777", f"m{n}", others[n]) for n, letter in enumerate("ABCDEFG")]
    assert near == [True] * 5 + [False] * 2  # of however many networks and addresses


def test_the_same_wrong_pair_again_is_one_guess(guard: Guard) -> None:
    for _ in range(30):
        assert look_up(guard, seeker(guard, "n"), ANNA, "HF-10001")
    assert guard.attacks.days(1)[0][1]["order_guess"] == 1
    assert wrong(guard, "n", ANNA, range(10, 16)) == [True] * 4 + [False] * 2
    counted = {**dict.fromkeys(KINDS, 0), "order_guess": 5, "order_refused": 2}
    assert guard.attacks.days(1)[0][1] == counted


def test_a_pair_that_was_right_stays_so_for_its_conversation(guard: Guard, clock: Clock) -> None:
    mine = seeker(guard, "n", "mine")
    assert look_up(guard, mine, ANNA, "HF-10001", right=True)
    assert wrong(guard, "n", BOB, range(5)) == [True] * 5
    assert wrong(guard, "n", "eve@example.com", range(20, 26)) == [True] * 5 + [False]
    assert guard.may_guess(mine, ANNA, "HF-10001") and look_up(
        guard, mine, ANNA, "HF-10001", right=True
    )
    for who, email, number in (
        (seeker(guard, "n", "other"), ANNA, "HF-10001"), (mine, ANNA, "HF-10002"), (mine, BOB, "HF-10001"),
    ):  # fmt: skip
        assert not guard.may_guess(who, email, number) and not look_up(guard, who, email, number)
    clock.now += 3601
    assert not look_up(guard, mine, ANNA, "HF-10001")


def test_many_at_once_gain_nothing(guard: Guard) -> None:
    """A pair counts before it is looked up: answers that are awaited at once are all counted."""
    who = seeker(guard, "n")
    begun = [guard.guess(who, ANNA, f"HF-{n:04}") for n in range(8)]
    assert [one is not None for one in begun] == [True] * 5 + [False] * 3


def test_when_nobody_could_say_it_was_no_guess(guard: Guard) -> None:
    who = seeker(guard, "n")
    for n in range(20):
        guess = guard.guess(who, ANNA, f"HF-{n:04}")
        assert guess
        guard.end(guess, None)
    assert guard.db["tries"].count == 0


def test_who_showed_an_order_before_is_not_refused_because_others_guess(
    guard: Guard, clock: Clock
) -> None:
    home = seeker(guard, "home", "first")
    assert look_up(guard, home, ANNA, "HF-10001", right=True)
    wrong(guard, "bots{}", ANNA, range(50, 59))
    assert look_up(guard, seeker(guard, "home", "second"), ANNA, "HF-10002", right=True)
    assert not look_up(guard, seeker(guard, "hotel"), ANNA, "HF-10002", right=True)
    # It still guesses no more than any network.
    assert sum(wrong(guard, "home", ANNA, range(100, 120))) == 10
    clock.now += 31 * DAY
    wrong(guard, "bots{}", ANNA, range(50, 59))
    assert not look_up(guard, seeker(guard, "home"), ANNA, "HF-10002", right=True)


def test_an_order_that_anybody_can_make_makes_no_network_known(guard: Guard) -> None:
    own = guard.guess(seeker(guard, "bots"), ANNA, "HF-10235")
    assert own
    guard.end(own, True, known=False)
    assert sum(wrong(guard, "bots", ANNA, range(50, 60))) == 5
    assert not look_up(guard, seeker(guard, "other"), ANNA, "HF-10002", right=True)


def test_without_a_network_the_conversation_counts(guard: Guard) -> None:
    numbers = [f"HF-{n:04}" for n in range(12)]
    emails = [f"{n}@example.com" for n in range(12)]
    who = guard.seeker("c")
    assert sum(look_up(guard, who, *pair) for pair in zip(emails, numbers, strict=True)) == 10


# --- Codes ---


def test_a_right_pair_proves_no_person_however_little_is_known_of_who_asks(guard: Guard) -> None:
    for network in ("", network_mark(guard._vault, "192.0.2.9")):
        seeker = guard.seeker("conv-x", network)
        guess = guard.guess(seeker, ANNA, "HF-10001")
        assert guess
        guard.end(guess, right=True)
        assert guard.was_shown(seeker, ANNA, "HF-10001") and guard.was_shown_one(seeker, ANNA)
        assert not guard.was_shown(seeker, ANNA, "HF-10002")
        assert not guard.has_proven(seeker, ANNA)


def test_a_code_proves_its_address_in_its_conversation_for_an_hour(
    guard: Guard, clock: Clock
) -> None:
    who, other = seeker(guard, "n", "mine"), seeker(guard, "n", "another")
    code = guard.new_code(who, ANNA)
    assert len(code) == 6 and code.isdigit()
    assert guard.try_code(other, ANNA, code) is Verdict.OVER  # bound to the conversation
    assert guard.try_code(who, BOB, code) is Verdict.OVER  # and to the address
    assert not guard.has_proven(who, ANNA)
    assert guard.try_code(who, ANNA, code) is Verdict.RIGHT
    assert guard.has_proven(who, "Anna@Example.com") and not guard.has_proven(other, ANNA)
    assert guard.try_code(who, ANNA, code) is Verdict.OVER  # once
    clock.now += 3601
    assert not guard.has_proven(who, ANNA)


def test_a_code_is_good_for_ten_minutes(guard: Guard, clock: Clock) -> None:
    who = seeker(guard, "n")
    code = guard.new_code(who, ANNA)
    clock.now += 601
    assert not guard.awaits_code(who, ANNA) and guard.try_code(who, ANNA, code) is Verdict.OVER
    again = guard.new_code(who, ANNA)
    clock.now += 599
    assert guard.awaits_code(who, ANNA) and guard.try_code(who, ANNA, again) is Verdict.RIGHT


def wrong_codes(guard: Guard, who: Seeker, code: str, times: int) -> list[Verdict]:
    """What becomes of codes that aren't the one that was mailed."""
    mistyped = f"{(int(code) + 1) % 1_000_000:06}"
    return [guard.try_code(who, ANNA, mistyped) for _ in range(times)]


def test_after_three_wrong_codes_another_has_to_be_mailed(guard: Guard, clock: Clock) -> None:
    who = seeker(guard, "n", "c")
    code = guard.new_code(who, ANNA)
    wrong = wrong_codes(guard, who, code, 3)
    assert wrong == [Verdict.WRONG, Verdict.WRONG, Verdict.VOID]
    assert guard.try_code(who, ANNA, code) is Verdict.OVER and not guard.awaits_code(who, ANNA)
    assert guard.new_code(who, ANNA) == "" and guard.wait_for_mail(who, ANNA) == 180
    clock.now += 181
    again = guard.new_code(who, ANNA)
    assert wrong_codes(guard, who, again, 2) == [Verdict.WRONG] * 2
    assert guard.try_code(who, ANNA, again) is Verdict.RIGHT


def test_wrong_codes_stop_the_conversation_and_the_network_that_typed_them(
    guard: Guard, clock: Clock
) -> None:
    who = seeker(guard, "n", "c")
    for _ in range(2):
        wrong_codes(guard, who, guard.new_code(who, ANNA), 3)
        clock.now += 181
    assert guard.new_code(who, BOB) == "" and guard.try_code(who, BOB, "1") is Verdict.TOO_MANY
    other = seeker(guard, "n", "other")
    code = guard.new_code(other, ANNA)
    assert wrong_codes(guard, other, code, 3)[-1] is Verdict.VOID
    third = seeker(guard, "n", "third")
    code = guard.new_code(third, BOB)
    mistyped = f"{(int(code) + 1) % 1_000_000:06}"
    assert guard.try_code(third, BOB, mistyped) is Verdict.WRONG  # the tenth of this network
    assert guard.try_code(third, BOB, code) is Verdict.TOO_MANY
    assert guard.new_code(seeker(guard, "n", "fourth"), "carl@example.com") == ""
    clock.now += DAY
    assert guard.new_code(seeker(guard, "n", "fourth"), "carl@example.com")


def test_a_stranger_who_types_wrong_codes_locks_nobody_out(guard: Guard, clock: Clock) -> None:
    for n in range(4):  # as many as one network can, in conversations of its own
        stranger = seeker(guard, "strangers", f"c{n}")
        code = guard.new_code(stranger, ANNA)
        wrong_codes(guard, stranger, code or "1", 5)
        clock.now += 181
    mine = seeker(guard, "hotel", "mine")
    code = guard.new_code(mine, ANNA)
    assert code and guard.try_code(mine, ANNA, code) is Verdict.RIGHT


def test_an_address_gets_one_mail_in_three_minutes_and_three_a_day_from_a_network(
    guard: Guard, clock: Clock
) -> None:
    who, other = seeker(guard, "n", "a"), seeker(guard, "m", "b")
    assert guard.new_code(who, ANNA) and guard.wait_for_mail(other, ANNA) == 180
    assert guard.new_code(other, ANNA) == "" and guard.new_code(other, BOB)

    def mailed(network: str) -> int:
        sent = 0
        for n in range(5):
            clock.now += 181
            sent += bool(guard.new_code(seeker(guard, network, f"{network}{n}"), ANNA))
        return sent

    assert [mailed(network) for network in "nmxyz"] == [2, 3, 3, 0, 0]  # nine in the day
    assert guard.wait_for_mail(who, ANNA) == float("inf")
    clock.now += DAY
    assert [mailed(network) for network in "nmxyz"] == [3, 3, 3, 0, 0]
    clock.now += DAY
    assert [mailed(network) for network in "nmxyz"] == [0] * 5  # eighteen in the week


def test_a_network_has_ten_mails_sent_a_day(guard: Guard) -> None:
    who = seeker(guard, "n")
    sent = [bool(guard.new_code(who, f"{n}@example.com")) for n in range(12)]
    assert sent == [True] * 10 + [False] * 2


def test_a_mail_that_failed_leaves_no_code_and_no_pause(guard: Guard) -> None:
    who = seeker(guard, "n")
    code = guard.new_code(who, ANNA)
    guard.not_mailed(who, ANNA)
    assert guard.try_code(who, ANNA, code) is Verdict.OVER
    assert guard.db["tries"].count == 0 and guard.new_code(who, ANNA)


# --- What is kept, and for how long ---


def fill(guard: Guard) -> None:
    """Something in each table, of Anna's and of Bob's."""
    for number, email in enumerate((ANNA, BOB)):
        who = seeker(guard, f"192.0.2.{number}", f"conv-{number}")
        look_up(guard, who, email, f"HF-1000{number}")
        look_up(guard, who, email, "HF-7777", right=True)
        guard.new_code(who, email)


def test_nothing_in_it_can_be_read(guard: Guard, settings: Settings) -> None:
    fill(guard)
    code = guard.new_code(seeker(guard, "203.0.113.5", "conv-9"), "eva@example.com")
    guard.close()
    told = b"".join(path.read_bytes() for path in settings.var.glob("guard.db*"))
    assert b"tries" in told and vault_in(settings.var).mark(f"email {ANNA}").encode() in told
    for plain in (
        b"example.com",
        b"192.0.2",
        b"203.0.113",
        b"1000",
        b"7777",
        b"conv-",
        code.encode(),
    ):
        assert plain not in told


def rows(guard: Guard) -> dict[str, int]:
    return {name: guard.db[name].count for name in ("tries", "codes", "proofs")}


def test_what_counts_no_longer_is_forgotten(guard: Guard, clock: Clock, settings: Settings) -> None:
    fill(guard)
    assert rows(guard) == {"tries": 10, "codes": 2, "proofs": 6}
    purge(settings, clock.now + 300)
    assert rows(guard) == {"tries": 10, "codes": 2, "proofs": 6}
    purge(settings, clock.now + 700)
    assert rows(guard) == {"tries": 10, "codes": 0, "proofs": 6}
    purge(settings, clock.now + 7 * DAY + 1)
    assert rows(guard) == {"tries": 0, "codes": 0, "proofs": 6}
    purge(settings, clock.now + 30 * DAY + 1)
    assert rows(guard) == {"tries": 0, "codes": 0, "proofs": 0}


def test_erasing_a_person_leaves_what_a_network_guessed(guard: Guard, settings: Settings) -> None:
    fill(guard)
    erased = erase_rows(settings, Person(ANNA, ("conv-0",)))
    assert {name: n for name, n in erased.items() if name.startswith("guard.")} == {
        "guard.tries": 2, "guard.codes": 1, "guard.proofs": 3,
    }  # fmt: skip
    assert rows(guard) == {"tries": 8, "codes": 1, "proofs": 3}
    mine = guard.db.execute(
        "SELECT count(*) FROM tries WHERE mark = ?", [network_mark(guard._vault, "192.0.2.0")]
    ).fetchone()[0]
    assert mine == 2  # a guess and a mail: who erases their data guesses no more than others
    exported = export_person(settings, Person(BOB, ()))["data"]["guard"]
    assert {table: len(found) for table, found in exported.items()} == {
        "tries": 2, "codes": 1, "proofs": 2,
    }  # fmt: skip


# --- Attacks ---


def test_attacks_are_counted_by_day_and_the_unusual_told_once(guard: Guard, clock: Clock) -> None:
    attacks = guard.attacks
    clock.now -= 3 * DAY
    attacks.count("puzzle", 14 * FLOOR)  # a usual day is then FLOOR of them
    clock.now += 3 * DAY
    attacks.count("puzzle", TIMES * FLOOR)
    attacks.count("sign_in_failed", FLOOR - 1)
    assert attacks.unusual() == []
    attacks.count("puzzle")
    attacks.count("sign_in_failed")
    news = [Unusual("sign_in_failed", FLOOR, 0.0), Unusual("puzzle", TIMES * FLOOR + 1, FLOOR)]
    assert attacks.unusual() == news
    assert attacks.news() == news and attacks.news() == []
    today, *before = attacks.days()
    assert today[0] == attacks.today() and len(before) == 14
    assert dict(before)[attacks.today() - timedelta(days=3)]["puzzle"] == 14 * FLOOR
    clock.now += DAY
    assert attacks.unusual() == []
    with pytest.raises(ValueError, match="no kind"):
        attacks.count("anything")


def test_two_processes_count_together(guard: Guard, settings: Settings, clock: Clock) -> None:
    other = Guard(settings.guard_db, clock)
    guard.attacks.count("puzzle", 2)
    other.attacks.count("puzzle", 3)
    other.close()
    assert guard.attacks.days(1)[0][1]["puzzle"] == 5


def test_a_database_of_a_newer_version_is_refused(settings: Settings, clock: Clock) -> None:
    Guard(settings.guard_db, clock).close()
    db = sqlite3.connect(settings.guard_db)
    with db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('guard', 'm999', '')"
        )
    db.close()
    with pytest.raises(Exception, match="newer Shoptalk"):
        Guard(settings.guard_db, clock)

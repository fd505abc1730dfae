"""Customers' pictures: checked, drawn anew, sealed, and seen by who has the conversation."""

import asyncio
import base64
import io
import sqlite3

import httpx
import pytest
from PIL import Image
from sanic.exceptions import InvalidUsage

from bot.custody.erasure import erase_person
from bot.custody.export import export_person
from bot.custody.persons import of_conversations
from bot.settings import Settings
from bot.web.chat import pictures
from bot.web.chat.drawing import SIDE
from bot.web.chat.pictures import LARGEST
from bot.web.door.limits import Busy, TooMany
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine
from tests.web.test_chat import Customer

PLACE = b"N52.3702 E4.8952"


def picture(size: tuple[int, int] = (400, 200), kind: str = "JPEG", turn: int = 1) -> bytes:
    """A red picture whose left edge is blue, with a place and a way to turn it in its EXIF data."""
    drawn = Image.new("RGB", size, "red")
    drawn.paste("blue", (0, 0, size[0] // 4, size[1]))
    exif = Image.Exif()
    exif[0x0112] = turn
    exif[0x010E] = PLACE.decode()
    made = io.BytesIO()
    drawn.save(made, kind, exif=exif)
    return made.getvalue()


@pytest.fixture
def customer(web: WebProcess) -> Customer:
    return Customer(web)


def send(customer: Customer, content: bytes) -> httpx.Response:
    return customer.http.post("/chat/pictures", content=content, headers=customer.headers)


def test_a_picture_with_words_goes_to_the_assistant(
    customer: Customer, engine: FakeEngine, settings: Settings
) -> None:
    large = picture((2400, 1200), turn=6)  # held sideways
    assert PLACE in large
    sent = send(customer, large)
    assert sent.status_code == 201
    ids = [sent.json()["picture"]]
    assert customer.send("it came broken", pictures=ids).status_code == 202
    own, _ = customer.events(2)
    assert engine.turns[0]["pictures"] == ids and engine.turns[0]["text"] == "it came broken"
    shown = customer.http.get(own["pictures"][0])  # as <img> asks for it, without a token
    assert shown.headers["content-type"] == "image/jpeg" and PLACE not in shown.content
    seen = Image.open(io.BytesIO(shown.content))
    assert seen.size == (SIDE // 2, SIDE) and not seen.getexif()
    top, _, blue = seen.getpixel((400, 100))
    assert blue > 200 and top < 60  # the left edge is up
    content = sqlite3.connect(settings.web_db).execute("SELECT content FROM pictures").fetchone()[0]
    assert base64.b64encode(shown.content).decode()[:40] not in content


def test_a_picture_without_a_word_is_noted_and_not_answered(
    customer: Customer, engine: FakeEngine
) -> None:
    ids = [send(customer, picture(kind=kind)).json()["picture"] for kind in ("PNG", "WEBP")]
    assert customer.send(pictures=ids).status_code == 202
    customer.state("ready")
    assert engine.turns == [] and [note["pictures"] for note in engine.notes] == [ids]
    assert len(customer.events(1)[0]["pictures"]) == 2


def words(name: str, **_: object) -> str:
    return name


def of_many_scans(scans: int) -> bytes:
    """A progressive JPEG with its last scan again and again, each of which goes over all of the picture."""
    made = io.BytesIO()
    Image.new("L", (2400, 2400)).save(made, "JPEG", progressive=True)
    whole = made.getvalue()
    last, end = whole.rindex(b"\xff\xda"), whole.rindex(b"\xff\xd9")
    return whole[:last] + whole[last:end] * scans + whole[end:]


@pytest.mark.parametrize(
    ("limit", "most", "content"),
    [("SECONDS", 1, of_many_scans(900)), ("BYTES", 200_000_000, picture((9000, 4000), "PNG"))],
    ids=["time", "memory"],
)
def test_a_picture_that_costs_too_much_to_draw_is_given_up(
    monkeypatch: pytest.MonkeyPatch, limit: str, most: int, content: bytes
) -> None:
    fits = len(content) < LARGEST
    assert fits
    monkeypatch.setattr(pictures, limit, most)
    with pytest.raises(InvalidUsage, match="picture_(unreadable|large)"):
        asyncio.run(pictures.redrawn(content, words))
    small = asyncio.run(pictures.redrawn(picture(), words))
    assert Image.open(io.BytesIO(small)).size == (400, 200)


def test_pictures_wait_for_a_few_others_and_for_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "WAITING", 3)
    monkeypatch.setattr(pictures, "WAITING_OF_NETWORK", 2)

    async def together() -> list[list[object]]:
        found: list[list[object]] = []
        for networks in ("aaab", "abcd"):
            drawn = (pictures.redrawn(picture(), words, one) for one in networks)
            ended = await asyncio.gather(*drawn, return_exceptions=True)
            found.append([type(one) for one in ended])
        return found

    one_too_many, all_too_many = asyncio.run(together())
    assert one_too_many == [bytes, bytes, TooMany, bytes]
    assert all_too_many == [bytes, bytes, bytes, Busy]
    assert not pictures._waiting  # nobody's place is kept


def test_odd_data_beside_a_picture_ends_nothing(customer: Customer) -> None:
    whole = picture(turn=6)
    at = whole.index(b"Exif") + 6
    for odd in (b"II*\0\xff\xff\xff\x7f", b"II*\0\x08\0\0\0\xff\xff"):
        answer = send(customer, whole[:at] + odd + whole[at + len(odd) :])
        assert answer.status_code in (201, 400) and answer.json()


def test_what_is_no_picture_is_refused(customer: Customer, web: WebProcess) -> None:
    for content in (b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture()[:90]):
        answer = send(customer, content)
        assert answer.status_code == 400 and "isn't a picture" in answer.json()["error"]
    bomb = io.BytesIO()
    Image.new("1", (9000, 9000)).save(bomb, "PNG")
    assert "too many pixels" in send(customer, bomb.getvalue()).json()["error"]
    assert send(customer, b"x" * (LARGEST + 1)).status_code == 413
    anyone = httpx.post(f"{web.url}/chat/pictures", content=picture(), trust_env=False)
    assert anyone.status_code == 401


def test_nobody_elses_picture_is_named_or_seen(customer: Customer, web: WebProcess) -> None:
    theirs = send(Customer(web), picture()).json()["picture"]
    for named in ([theirs], ["x"], "x", [5], [theirs] * 6):
        assert customer.send("look", pictures=named).status_code == 400, named
    for token in ("x", theirs, f"{theirs}.x"):
        assert customer.http.get(f"/chat/pictures/{token}").status_code == 404


def test_it_is_exported_and_erased_with_the_rest(
    customer: Customer, web: WebProcess, settings: Settings
) -> None:
    ids = [send(customer, picture()).json()["picture"]]
    customer.send("it came broken", pictures=ids)
    own, _ = customer.events(2)
    shown = customer.http.get(own["pictures"][0]).content
    db = sqlite3.connect(settings.web_db)
    (conversation,) = db.execute("SELECT conversation FROM pictures").fetchone()
    person = of_conversations(settings, [conversation])
    (row,) = export_person(settings, person)["data"]["web"]["pictures"]
    assert base64.b64decode(row["content"]) == shown
    erase_person(settings, person, "test")
    assert db.execute("SELECT count(*) FROM pictures").fetchone() == (0,)
    assert customer.http.get(own["pictures"][0]).status_code == 404

"""What the widget is told: looks, words, hours; and the files it is made of."""

import gzip
import json
import re
from datetime import datetime
from pathlib import Path

import httpx
import jwt
import pytest

from bot.colours import ENOUGH, PAPER, contrast, readable_as_text, readable_on
from bot.errors import ConfigError
from bot.paths import REPOSITORY
from bot.settings import Settings, get_settings
from bot.settings.languages import WIDGET_TEXTS, can_speak, read_texts
from bot.settings.shop import load_shop
from bot.web.chat.identity import identity_key
from bot.web.widget import choose_language, describe
from bot.web.widget.files import STATIC, bundled, files, slim
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine
from tests.web.test_chat import Customer

MOST_BYTES = 30_000  # of a page on which the chat was opened, compressed, with texts and settings
MOST_BYTES_OF_A_PART = 2_500  # of what is loaded when it is wanted


def shop_with(settings: Settings, more: str):
    """The demo's shop.yml with another part `widget`."""
    path = settings.shop_file
    text = re.sub(r"^widget:.*?(?=^\w)", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    path.write_text(text + more, encoding="utf-8")
    return load_shop(path)


@pytest.mark.parametrize(
    "colour", ["#2f5d50", "#ffe08a", "#000000", "#ffffff", "#ff2d95", "#7f7f7f"]
)
def test_any_colour_of_a_shop_can_be_read(colour: str) -> None:
    assert contrast(readable_on(colour), colour) >= ENOUGH
    for paper in PAPER.values():
        assert contrast(readable_as_text(colour, paper), paper) >= ENOUGH


def test_a_colour_that_can_be_read_stays() -> None:
    assert readable_as_text("#2f5d50", PAPER["light"]) == "#2f5d50"


@pytest.mark.parametrize(
    ("asked", "language"),
    [("nl-BE,fr", "nl"), ("xx", "en"), ("", "en"), ("AR", "ar"), ("../../etc/passwd", "en"), ("pt fr", "fr")],
)  # fmt: skip
def test_the_first_language_that_there_is(asked: str, language: str) -> None:
    assert choose_language(asked) == language


@pytest.mark.parametrize("language", [file.stem for file in WIDGET_TEXTS.glob("*.yml")])
def test_every_language_has_every_text_with_its_names(language: str) -> None:
    english, texts = read_texts("en"), read_texts(language)
    sent = {name for name in english if name.endswith("_say") and name != "you_say"} | {"places"}
    assert set(english) - set(texts) <= (set() if language in can_speak() else sent)
    assert set(texts) <= set(english)
    for name, text in texts.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", english[name])), name


def test_the_assistant_has_the_widgets_words_in_each_of_its_languages() -> None:
    assert set(can_speak()) <= {file.stem for file in WIDGET_TEXTS.glob("*.yml")}
    for language in can_speak():
        assert len(read_texts(language)["places"].split(", ")) == 6  # as many as are compared


def test_first_words_are_in_the_language_that_the_customer_reads(settings: Settings) -> None:
    shop = shop_with(
        settings,
        "widget:\n  starters: {nl: [Waar is mijn bestelling?]}\n"
        "  greetings: [{text: Need a hand?, after_seconds: 5}]\n"
        "  texts: {write: Ask away, nl: {write: Vraag maar}}\nlanguages: [en, nl, de]\n",
    )
    once = shop.assistant.copy(update={"welcome": "Hello you"})
    shop = shop.copy(update={"assistant": once})
    told = {
        one: describe(shop, one, shop.colour, datetime.now(shop.zone))
        for one in ("en", "nl", "de", "ar")
    }
    assert told["en"]["welcome"] == told["ar"]["welcome"] == "Hello you"
    assert told["de"]["welcome"] == read_texts("de")["welcome"]
    assert told["nl"]["starters"] == ["Waar is mijn bestelling?"] and told["de"]["starters"] == []
    assert [len(told[one]["greetings"]) for one in ("en", "nl")] == [1, 0]
    assert [told[one]["texts"]["write"] for one in ("nl", "de")] == ["Vraag maar", "Ask away"]


def test_every_text_that_the_widget_uses_is_there() -> None:
    code = "\n".join(file.read_text(encoding="utf-8") for file in STATIC.glob("*.js"))
    used = set(re.findall(r"""\bt\("(\w+)\"""", code))
    assert used and used <= set(read_texts("en"))


def test_the_widget_is_small(settings: Settings) -> None:
    loaded = {files()[name] for name in ("loader.js", "main.js", "panel.js", "widget.css")}
    config = describe(settings.shop, "fr", settings.shop.colour, datetime.now(settings.shop.zone))
    told = gzip.compress(json.dumps(config, ensure_ascii=False).encode(), 6)
    assert sum(len(packed) for _, packed in loaded) + len(told) <= MOST_BYTES
    for name in set(files()) - {"widget.css"}:
        assert files()[name] in loaded or len(files()[name][1]) <= MOST_BYTES_OF_A_PART, name


def test_modules_are_put_together_once_and_in_order() -> None:
    made = bundled(
        {
            "main.js": 'import { b } from "./dom.js";\nexport const a = b;\n',
            "dom.js": "export const b = 1;\nexport const c = 2;\n",
            "panel.js": 'import {\n  b,\n  c,\n} from "./dom.js";\nimport { d } from "./log.js";\nd(b);\n',
            "log.js": 'import { c } from "./dom.js";\nexport const d = c;\n',
            "voice.js": 'import { d } from "./log.js";\nd();\n',
        }
    )
    assert made["main.js"] == made["dom.js"]
    assert made["main.js"] == "export const b = 1;\nexport const c = 2;\nexport const a = b;\n"
    assert made["panel.js"] == 'import { b, c } from "./main.js";\nexport const d = c;\nd(b);\n'
    assert made["voice.js"] == 'import { d } from "./panel.js";\nd();\n'
    with pytest.raises(ValueError, match=r"main\.js: modules import and export by name"):
        bundled({"main.js": 'import all from "./dom.js";\n', "panel.js": ""})


def test_what_only_a_reader_needs_is_left_out() -> None:
    script = '// What\nconst a = {\n  b: "https://x", // why\n  c,\n};\nd()\n  .e(1);\nlet f\n'
    assert slim(script) == 'const a={b:"https://x",c,};d().e(1);let f\n'
    kept = (
        "f(`a : ${b ? 1 : 2} = c`, 'd , e', /[/ ;] , g/g);\nh = i / j + k / l;\nreturn /m , n/;\n"
    )
    assert slim(kept) == (
        "f(`a : ${b ? 1 : 2} = c`,'d , e',/[/ ;] , g/g);h=i / j + k / l;return /m , n/;\n"
    )
    style = "a :is(b, c):hover { top: calc(1px - 2px); }\n@media print {\n  d { e: f; }\n}\n"
    assert slim(style, True) == ("a :is(b,c):hover{top:calc(1px - 2px);}\n@media print{d{e:f;}}\n")


def test_the_widget_knows_when_staff_are_there(settings: Settings) -> None:
    shop = settings.shop
    monday, sunday = (datetime(2026, 11, day, 10, tzinfo=shop.zone) for day in (23, 22))
    assert describe(shop, "en", shop.colour, monday)["open"] is True
    closed = describe(shop, "en", shop.colour, sunday)
    assert closed["open"] is False and closed["opens"] == "2026-11-23T09:00:00+01:00"


def test_shop_yml_says_how_the_widget_looks(settings: Settings) -> None:
    shop = shop_with(
        settings,
        "widget:\n  position: left\n  language: nl\n  starters: [Where is my order?]\n"
        "  texts: {open: Praat met {assistant}}\n".replace("{open: ", '{open: "').replace(
            "}}", '}"}'
        ),
    )
    told = describe(shop, shop.widget.language, shop.colour, datetime.now(shop.zone))
    assert told["position"] == "left" and told["texts"]["open"] == "Praat met {assistant}"
    assert told["texts"]["send"] == "Versturen" and told["starters"] == ["Where is my order?"]
    assert describe(shop, "ar", shop.colour, datetime.now(shop.zone))["direction"] == "rtl"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("  position: top", "widget.position"),
        ("  language: tlh", "'tlh' is neither auto nor one of ar, de, en"),
        ("  texts: {opne: Hi}", "there is no text 'opne'"),
        ("  starters: {xx: [Hi]}", "'xx' is none of the languages ar, de"),
        ("  texts: {de: {nonsense: Hi}}", "there is no text 'nonsense'"),
        ("  greetings: [{text: {de: ''}, after_seconds: 3}]", "a text has 1 to 160 characters"),
        ("  greetings: [{text: Hi}]", "a greeting needs after_seconds, or on_exit"),
        ("  avatar: finn.svg", "there is no file finn.svg"),
        ("  colour: red", "there is no such name"),
    ],
)
def test_mistakes_are_named_with_their_line(settings: Settings, lines: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)) as error:
        shop_with(settings, f"widget:\n{lines}\n")
    assert re.search(r"line \d+", str(error.value))


def test_files_come_compressed_and_stay_for_good(web: WebProcess) -> None:
    loader = httpx.get(f"{web.url}/widget/loader.js", trust_env=False, timeout=60)
    version = re.search(r"/widget/(\w{10})/main.js", loader.text)[1]
    main = httpx.get(f"{web.url}/widget/{version}/main.js", trust_env=False, timeout=60)
    assert (
        main.headers["content-encoding"] == "gzip" and "immutable" in main.headers["cache-control"]
    )
    older = httpx.get(f"{web.url}/widget/0123456789/main.js", trust_env=False, timeout=60)
    assert older.text == main.text and "immutable" not in older.headers["cache-control"]
    bare = httpx.get(
        f"{web.url}/widget/loader.js", headers={"Accept-Encoding": "identity"}, trust_env=False
    )
    assert "content-encoding" not in bare.headers and bare.text == loader.text


@pytest.mark.parametrize("colour", ["red", "#12345", "#12345g", "#1234567;"])
def test_a_colour_from_the_page_is_checked(web: WebProcess, colour: str) -> None:
    answer = httpx.get(
        f"{web.url}/widget/config", params={"colour": colour}, trust_env=False, timeout=60
    )
    assert answer.status_code == 400 and "#2f5d50" in answer.json()["error"]


def test_the_shops_server_says_who_the_customer_is(
    web: WebProcess, engine: FakeEngine, settings: Settings
) -> None:
    customer, key = Customer(web), identity_key(settings.secrets().session_key)

    def identify(token: object) -> httpx.Response:
        return customer.http.post("/chat/identify", json={"token": token}, headers=customer.headers)

    claims = {"sub": "c-17", "email": "anna@example.com", "name": "Anna", "exp": 4102444800}
    without_end = {name: value for name, value in claims.items() if name != "exp"}
    for bad in (
        jwt.encode(claims, "another key that is long enough to sign with", "HS256"),
        jwt.encode({**claims, "exp": 1000}, key, "HS256"),
        jwt.encode(without_end, key, "HS256"),
        jwt.encode(claims, "", "none"),
        "nonsense",
        None,
    ):
        assert identify(bad).status_code == 400
    assert identify(jwt.encode(claims, key, "HS256")).status_code == 204
    customer.send("hello")
    customer.events(2)
    assert engine.turns[0]["customer"] == {
        "id": "c-17",
        "email": "anna@example.com",
        "name": "Anna",
    }


def test_history_comes_in_pages_with_the_state(web: WebProcess, engine: FakeEngine) -> None:
    customer = Customer(web)
    customer.send("hello")
    customer.events(2)
    page = customer.http.get("/chat/messages?after=0", headers=customer.headers).json()
    assert [one["from"] for one in page["messages"]] == ["customer", "assistant"]
    assert page["more"] is False and page["state"]["state"] == "ready"
    last = page["messages"][-1]["seq"]
    after = customer.http.get(f"/chat/messages?after={last}", headers=customer.headers).json()
    assert after["messages"] == []


def test_a_message_for_staff_asks_for_a_person(web: WebProcess, engine: FakeEngine) -> None:
    customer = Customer(web)
    customer.send("Please call me", to="staff")
    assert customer.events(2)[0]["text"] == "Please call me"
    assert engine.turns[0]["payload"] == "/talk_to_human"
    assert engine.turns[0]["text"] == "Please call me"


def test_no_module_of_the_widget_is_long() -> None:
    for file in Path(STATIC).glob("*.js"):
        assert len(file.read_text(encoding="utf-8").splitlines()) <= 400, file.name


def test_the_demo_greets_each_language_that_it_speaks_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SHOPTALK_SHOP", str(REPOSITORY / "bot" / "demo" / "shop.yml"))
    get_settings.forget()
    shop = get_settings().shop
    told = [describe(shop, one, shop.colour, datetime.now(shop.zone)) for one in shop.languages]
    assert len(told) == 6
    for words in (
        {one["welcome"] for one in told},
        {one["starters"][0] for one in told},
        {one["greetings"][0]["text"] for one in told},
    ):
        assert len(words) == 6

"""`shoptalk init` writes a shop of one's own, and `shoptalk doctor` says what it still lacks."""

import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import bot.settings
from bot.cli import main
from bot.cli.new_shop import PLATFORMS, NewShop, texts_in
from bot.settings import read_settings
from bot.settings.languages import can_speak
from bot.settings.shop import Shop
from bot.surveys.campaign import read_campaign
from bot.surveys.languages import in_language
from bot.system.var_lock import owned
from tests.web.conftest import free_port

NAMED = ("--name", 'Müller & "Söhne"', "--country", "CH")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator:
    """Run a command on the shop in tmp_path/mine."""
    monkeypatch.setenv("SHOPTALK_SHOP", str(tmp_path / "mine" / "shop.yml"))
    monkeypatch.setenv("COLUMNS", "200")
    for process in ("WEB", "DIALOGUE", "ACTIONS"):
        monkeypatch.setenv(f"SHOPTALK_{process}_PORT", str(free_port()))

    def command(*arguments: str) -> Result:
        bot.settings.get_settings.forget()
        return CliRunner().invoke(main, arguments)

    yield command
    bot.settings.get_settings.forget()


def shop_in(folder: Path) -> Shop:
    return read_settings({"SHOPTALK_SHOP": str(folder / "shop.yml")}).shop


def failed(report: str) -> dict[str, str]:
    """What the doctor found wrong: the name, and the detail with how to mend it."""
    return {
        name.strip(): detail
        for name, detail in re.findall(r"^fail  (.{14}) (.*(?:\n {20} → .*)?)", report, re.M)
    }


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_shop_of_ones_own_can_be_read_whatever_it_runs_on(
    run, tmp_path: Path, platform: str
) -> None:
    done = run("init", str(tmp_path / "mine"), *NAMED, "--platform", platform)
    assert done.exit_code == 0, done.output
    shop = shop_in(tmp_path / "mine")
    assert (shop.name, shop.currency, shop.timezone) == ('Müller & "Söhne"', "CHF", "Europe/Zurich")
    assert shop.languages == ("de", "fr")
    assert shop.delivery[0].countries == ["Switzerland"]
    assert (shop.platform.kind if shop.platform else "file") == platform


def test_nothing_of_the_demo_shop_is_in_it(run, tmp_path: Path) -> None:
    run("init", str(tmp_path / "mine"), *NAMED)
    written = [path for path in (tmp_path / "mine").rglob("*") if path.is_file()]
    assert len(written) > 6
    for path in written:
        text = path.read_text()
        assert not re.search("hazel|HF-1|iDEAL|PostNL", text, re.I), path
        assert "$" not in text, path


@pytest.mark.parametrize("own", can_speak())
def test_what_customers_read_is_in_the_shops_languages(run, tmp_path: Path, own: str) -> None:
    other = "fr" if own != "fr" else "nl"
    run(
        "init",
        str(tmp_path / "mine"),
        "--name",
        "A",
        "--country",
        "BE",
        "--languages",
        f"{own},{other}",
    )
    shop, english = shop_in(tmp_path / "mine"), texts_in("en")
    assert isinstance(shop.assistant.welcome, dict) and isinstance(shop.widget.starters, dict)
    assert set(shop.assistant.welcome) == set(shop.widget.starters) == {own, other}
    assert "+32" in (tmp_path / "mine" / "shop.yml").read_text()
    survey = read_campaign("s", (tmp_path / "mine" / "surveys" / "after-chat.yml").read_text())
    assert in_language(survey, other).intro == texts_in(other)["survey"]["intro"]
    pages = (tmp_path / "mine" / "policies").glob("*.md")
    said = "\n".join(
        [shop.assistant.welcome[own], survey.intro, *(page.read_text() for page in pages)]
    )
    texts = [english["welcome"], english["survey"]["intro"], "Conversations with", "Good to know"]
    assert [text in said for text in texts] == [own == "en"] * 4


def test_a_language_that_there_are_no_texts_in_is_marked(tmp_path: Path) -> None:
    NewShop("A", "PT", "EUR", ("pt", "nl")).write(tmp_path)
    written = (tmp_path / "shop.yml").read_text()
    assert "  welcome:  # FILL IN what pt customers read" in written and "    pt:" not in written


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--country", "NL"), "--name is missing"),
        (("--name", "A"), "--country is missing"),
        (("--name", "A", "--country", "Atlantis"), "'Atlantis' is no country that is known"),
        (("--name", "A", "--country", "NL", "--currency", "EURO"), "'EURO' is no currency"),
        (("--name", "A", "--country", "NL", "--languages", "nl,tlh"), "no words in"),
        (("--name", " ", "--country", "NL"), "1 to 80 characters"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_is_written(
    run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run("init", str(tmp_path / "mine"), *arguments)
    assert done.exit_code == 1 and said in done.output
    assert not (tmp_path / "mine").exists()


def test_what_is_there_is_never_written_over(run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "shop.yml").write_text("mine")
    assert "isn't empty" in run("init", str(tmp_path / "mine"), *NAMED).output
    assert (tmp_path / "mine" / "shop.yml").read_text() == "mine"


def test_the_doctor_names_all_that_is_to_be_filled_in_until_it_is(run, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    run("init", str(folder), *NAMED)
    wrong = failed(run("doctor").output)
    assert {"shop.yml", "products", "orders file", "page returns", "page faq", "index"} <= set(
        wrong
    )
    assert "'Umtausch'" in wrong["page returns"] and "policies/returns.md" in wrong["page returns"]
    assert f"shoptalk ingest {folder}/products.csv" in wrong["index"]
    marked = re.search(r"line ([\d, ]+)", wrong["shop.yml"])
    lines = (folder / "shop.yml").read_text().splitlines()
    assert marked and all(not lines[int(n) - 1].startswith("#") for n in marked[1].split(","))

    shop = folder / "shop.yml"
    shop.write_text(shop.read_text().replace("FILL IN", "done"))
    for page in (folder / "policies").iterdir():
        page.write_text(re.sub(r"^(##.*)$", r"\1\n\nWe do.\n", page.read_text(), flags=re.M))
    products = folder / "products.csv"
    products.write_text(products.read_text().replace("EXAMPLE-", "P-"))
    with (folder / "orders.csv").open("a") as orders:
        orders.write("A-1,a@shop.example,A,paid,2026-11-18T10:00,P-1 x1\n")
    assert run("ingest", str(products)).exit_code == 0
    assert set(failed(run("doctor").output)) <= {"model", "encoder"}


def test_the_doctor_is_well_beside_its_own_service_and_names_anothers_port(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("init", str(tmp_path / "mine"), *NAMED)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("SHOPTALK_ACTIONS_PORT", str(taken.getsockname()[1]))
        assert "SHOPTALK_ACTIONS_PORT" in failed(run("doctor").output)["ports"]
        with owned(tmp_path / "mine" / "var", "shoptalk up"):
            report = run("doctor").output
    assert "ports" not in failed(report) and "own service runs: `shoptalk up`" in report


class Service(BaseHTTPRequestHandler):
    """An orders' service that knows nobody, and one token."""

    def do_GET(self) -> None:
        known = self.headers["Authorization"] == "Bearer right"
        self.send_response(404 if known else 401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_the_doctor_sees_a_missing_token_a_wrong_one_and_a_dead_service(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("init", str(tmp_path / "mine"), *NAMED, "--platform", "http")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    shop = tmp_path / "mine" / "shop.yml"
    address = f"http://127.0.0.1:{server.server_port}"
    shop.write_text(shop.read_text().replace("https://shop.example/api", address))
    monkeypatch.setenv("PLATFORM_TOKEN", "right")
    monkeypatch.delenv("ORDERS_TOKEN", raising=False)
    wrong = failed(run("doctor").output)
    assert "ORDERS_TOKEN isn't set" in wrong["token"] and "export ORDERS_TOKEN=" in wrong["token"]
    monkeypatch.setenv("ORDERS_TOKEN", "old")
    assert "refuses the token" in failed(run("doctor").output)["orders service"]
    monkeypatch.setenv("ORDERS_TOKEN", "right")
    assert not {"token", "orders service"} & set(failed(run("doctor").output))
    server.shutdown()
    server.server_close()
    assert "gives no answer" in failed(run("doctor").output)["orders service"]

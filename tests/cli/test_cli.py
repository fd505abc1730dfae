"""The command: what it says when all is well, and when it isn't."""

import json
import os
import socket
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

import bot.settings
from bot.cli import main
from bot.cli.catalogue import ingest_if_changed
from bot.inbox.store import Inbox
from bot.paths import REPOSITORY
from bot.system.var_lock import owned
from recommender.catalogue.ingest import generation_folder, read_manifest
from recommender.catalogue.reading import Catalogue
from recommender.errors import NoCatalogue
from tests.recommender.test_exports import EXPORTS


@pytest.fixture
def shoptalk(shop_dir: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SHOPTALK_SHOP", str(shop_dir / "shop.yml"))
    monkeypatch.setenv("COLUMNS", "200")
    bot.settings.get_settings.forget()
    yield lambda *arguments: CliRunner().invoke(main, arguments)
    bot.settings.get_settings.forget()


def test_ingest_search_and_ingest_again(shoptalk, shop_dir: Path) -> None:
    done = shoptalk("ingest", str(shop_dir / "products.csv"))
    assert done.exit_code == 0 and "8 added" in done.output
    assert "8 unchanged; 0 embedded" in shoptalk("ingest", str(shop_dir / "products.csv")).output
    found = shoptalk("search", "a jacket for men under 150")
    assert "Storm Jacket" in found.output and "'price_max': 150.0" in found.output
    assert "given up: colour" in shoptalk("search", "a green mug").output


def test_a_search_is_read_in_its_language_as_the_assistant_reads_it(
    shoptalk, shop_dir: Path
) -> None:
    shoptalk("ingest", str(shop_dir / "products.csv"))
    for asked in (
        ["een jas voor heren onder 150 euro"],
        ["jas onder 150 euro", "--language", "nl"],
    ):
        found = shoptalk("search", *asked).output
        assert "Read as Dutch" in found and "'price_max': 150.0" in found
        assert "Storm Jacket" in found
    assert "doesn't speak 'xx'" in shoptalk("search", "mugs", "--language", "xx").output


def test_ingest_learns_from_the_orders_and_does_without_them(shoptalk, shop_dir: Path) -> None:
    lines = [
        f"HF-{n},c{n}@example.com,C,delivered,2026-11-{n + 1:02}T10:00,T1 x1|M1 x2,10.00,EUR,,,,,"
        for n in range(5)
    ]
    head = (shop_dir / "orders.csv").read_text().splitlines()[0]
    (shop_dir / "orders.csv").write_text("\n".join([head, *lines]) + "\n")
    done = shoptalk("ingest", str(shop_dir / "products.csv"))
    assert "2 pairs of products are bought together" in done.output
    (shop_dir / "orders.csv").unlink()
    done = shoptalk("ingest", str(shop_dir / "products.csv"))
    assert done.exit_code == 0 and "orders.csv can't be read" in done.output


def test_a_catalogue_of_an_earlier_version_is_made_anew(shoptalk, shop_dir: Path) -> None:
    settings = bot.settings.get_settings()
    ingest_if_changed(settings)
    first = read_manifest(settings.catalogue_dir)
    old = {key: first[key] for key in first if key not in ("read_at", "layout")}
    place = generation_folder(settings.catalogue_dir) / "manifest.json"
    place.write_text(json.dumps(old))
    ingest_if_changed(settings)
    assert read_manifest(settings.catalogue_dir)["version"] > first["version"]


def test_newer_orders_are_learnt_at_the_next_start(shoptalk, shop_dir: Path) -> None:
    settings = bot.settings.get_settings()
    ingest_if_changed(settings)
    first = read_manifest(settings.catalogue_dir)["version"]
    ingest_if_changed(settings)
    assert read_manifest(settings.catalogue_dir)["version"] == first
    later = time.time() + 60
    os.utime(shop_dir / "orders.csv", (later, later))
    ingest_if_changed(settings)
    assert read_manifest(settings.catalogue_dir)["version"] > first


def test_what_starts_the_processes_keeps_no_encoder_in_memory(shop_dir: Path) -> None:
    program = """
import sys
from bot.cli.catalogue import in_a_process_of_its_own, ingest_if_changed
from bot.settings import get_settings
if __name__ == "__main__":
    settings = get_settings()
    ingest_if_changed(settings, in_a_process_of_its_own)
    print((settings.catalogue_dir / "current").exists(), "onnxruntime" in sys.modules)
    (settings.shop_dir / "products.csv").write_text("nothing,of,ours")
    try:
        ingest_if_changed(settings, in_a_process_of_its_own)
    except Exception as error:
        print(type(error).__name__, repr(str(error)))
"""
    (shop_dir / "program.py").write_text(program)
    environment = {**os.environ, "SHOPTALK_SHOP": str(shop_dir / "shop.yml")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", shop_dir / "program.py"],
        env={**environment, "PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True,
    )  # fmt: skip
    *_, made, refused = filter(None, done.stdout.splitlines())
    assert made == "True False", done.stdout + done.stderr
    assert refused.startswith("ImportFailed 'Nothing says which column")


DUTCH = "Artikelnummer;Naam;Wat het kost;Per paar\nB1;Binnenband;12,50;24,00\nB2;Buitenband;39,95;75,00\n"


def _says(shop_dir: Path, mapping: str) -> None:
    """shop.yml names a file that needs a mapping, and says this one."""
    (shop_dir / "artikelen.csv").write_text(DUTCH)
    path = shop_dir / "shop.yml"
    before = path.read_text().partition("catalogue:")
    rest = before[2].partition("\norders:")
    path.write_text(
        f"{before[0]}catalogue:\n  file: artikelen.csv\n  mapping: {mapping}\n\norders:{rest[2]}"
    )
    bot.settings.get_settings.forget()


def _price(settings) -> str:
    product = Catalogue.open(settings.catalogue_dir).get("B1")
    return str(product and product.price)


def test_a_file_is_read_as_shop_yml_says(shoptalk, shop_dir: Path) -> None:
    _says(shop_dir, "{price: Wat het kost}")
    file = str(shop_dir / "artikelen.csv")
    checked = shoptalk("ingest", "--check", file).output
    assert "As shop.yml says: mapping" in checked and "€12.50" in checked
    done = shoptalk("ingest", file)
    assert done.exit_code == 0 and _price(bot.settings.get_settings()) == "12.50"
    assert "no price" in shoptalk("ingest", "--check", "--as-found", file).output


def test_what_shop_yml_says_anew_of_its_file_is_told_and_read(shoptalk, shop_dir: Path) -> None:
    _says(shop_dir, "{price: Wat het kost}")
    shoptalk("refresh")
    _says(shop_dir, "{price: Per paar}")
    assert "with another mapping than shop.yml says" in shoptalk("doctor").output
    shoptalk("refresh")
    assert _price(bot.settings.get_settings()) == "24.00"
    assert "another mapping" not in shoptalk("doctor").output


def test_a_file_that_shop_yml_does_not_name_stays_read_as_it_was(shoptalk, shop_dir: Path) -> None:
    other, mapping = shop_dir / "other.csv", shop_dir / "map.yml"
    other.write_text("Nr,Naam,Euro,sale price,sale to\nB1,Band,20,15,2099-01-01\n")
    mapping.write_text("sku: Nr\nprice: Euro\n")
    shoptalk("ingest", str(other), "--mapping", str(mapping))
    settings = bot.settings.get_settings()
    place = generation_folder(settings.catalogue_dir) / "manifest.json"
    place.write_text(
        json.dumps(read_manifest(settings.catalogue_dir) | {"next_change": "2026-01-01"})
    )
    ingest_if_changed(settings)  # a sale is over
    assert _price(settings) == "15"


def test_a_mapping_for_the_file_that_shop_yml_reads_otherwise_is_told(
    shoptalk, shop_dir: Path
) -> None:
    mapping = shop_dir / "map.yml"
    mapping.write_text("price: price / 100\n")
    done = shoptalk("ingest", str(shop_dir / "products.csv"), "--mapping", str(mapping))
    assert "says otherwise how products.csv is read" in done.output


def test_a_mapping_that_is_a_file_says_what_is_wanted(shoptalk, shop_dir: Path) -> None:
    _says(shop_dir, "mapping.yml")
    said = shoptalk("doctor").output
    assert "catalogue.mapping" in said and "our field: the file's column" in said


def test_bad_rows_and_bad_mappings_are_named(shoptalk, tmp_path: Path) -> None:
    file, mapping = tmp_path / "bad.csv", tmp_path / "map.yml"
    file.write_text("Code,Name,Cost\n1,Good,5\n2,Bad,free\n")
    mapping.write_text("sku: Code\ntitle: Name\nprice: Cost\n")
    done = shoptalk("ingest", str(file), "--mapping", str(mapping))
    assert "line 3: the price 'free'" in done.output and "1 added" in done.output
    done = shoptalk("ingest", str(file), "--mapping", str(mapping), "--strict")
    assert done.exit_code == 1 and "--strict" in done.output
    mapping.write_text("sku: [Code\n")
    assert "line 2" in shoptalk("ingest", str(file), "--mapping", str(mapping)).output


def test_without_a_catalogue_or_transcripts_it_says_what_to_do(shoptalk) -> None:
    assert "shoptalk ingest FILE" in shoptalk("search", "mugs").output
    done = shoptalk("transcripts", "list")
    assert done.exit_code == 1 and "make run" in done.output


def test_a_taken_port_is_named_before_anything_is_done(
    shoptalk, shop_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("SHOPTALK_ACTIONS_PORT", str(taken.getsockname()[1]))
        done = shoptalk("up")
    assert done.exit_code == 1 and "SHOPTALK_ACTIONS_PORT" in done.output
    assert not (shop_dir / "var" / "catalogue").exists()


def test_the_doctor_finds_what_is_missing(shoptalk, shop_dir: Path) -> None:
    done = shoptalk("doctor")
    assert done.exit_code == 1 and "no catalogue" in done.output
    shoptalk("ingest", str(shop_dir / "products.csv"))
    (shop_dir / "var" / "orders.db").write_bytes(b"not a database" * 100)
    report = shoptalk("doctor").output
    assert "8 products from" in report and "fail  orders" in report.replace("\x1b", "")


def test_the_doctor_tells_what_of_the_orders_cannot_be_read(shoptalk, shop_dir: Path) -> None:
    file = shop_dir / "orders.csv"
    head, first, *rest = file.read_text().splitlines()
    assert "fail  orders file" not in shoptalk("doctor").output
    file.write_text("\n".join([head, first.replace(",delivered,", ",op de plank,"), *rest]))
    said = shoptalk("doctor").output
    assert "line 2: the status 'op de plank' is none of pending" in said
    file.write_text("\n".join([head.replace("email", "wie"), first, *rest]))
    assert "no column says the email" in shoptalk("doctor").output


def test_the_doctor_counts_orders_and_items_that_the_catalogue_does_not_have(
    shoptalk, shop_dir: Path
) -> None:
    shoptalk("ingest", str(shop_dir / "products.csv"))
    sku = (shop_dir / "products.csv").read_text().splitlines()[1].split(",")[0]
    rows = [f"A-1;an@example.be;paid;{sku};2", "A-1;an@example.be;paid;2x mug;1"]
    rows.append("A-2;jo@example.be;paid;2x mug;1")
    (shop_dir / "orders.csv").write_text("\n".join(["order no;email;status;sku;qty", *rows]))
    said = " ".join(shoptalk("doctor").output.split())
    assert "2 orders in" in said
    assert "2 of 3 items with a sku that the catalogue doesn't have ('2x mug')" in said


def test_a_mistake_in_shop_yml_has_its_line_and_no_traceback(shoptalk, shop_dir: Path) -> None:
    path = shop_dir / "shop.yml"
    path.write_text(path.read_text().replace("currency: EUR", "currency: Euro"))
    done = shoptalk("doctor")
    assert done.exit_code == 1 and "line 7" in done.output and "Traceback" not in done.output


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["up"],
        ["ingest"],
        ["search"],
        ["init"],
        ["doctor"],
        ["transcripts", "export"],
        ["staff", "add"],
        ["backup"],
        ["restore"],
        ["purge"],
        ["rotate-secrets"],
        ["export-person"],
        ["erase-person"],
    ],
)
def test_every_command_has_help(shoptalk, command: list[str]) -> None:
    done = shoptalk(*command, "--help")
    assert done.exit_code == 0 and "Usage:" in done.output


def test_campaigns_are_checked_started_and_paused(shoptalk, shop_dir: Path) -> None:
    folder = shop_dir / "surveys"
    folder.mkdir()
    text = "title: T\nintro: I\nquestions:\n- {id: a, kind: nps, ask: Q}\n- {id: z, kind: thanks, ask: T}\n"
    (folder / "mine.yml").write_text(text)
    (folder / "bad.yml").write_text(text.replace("nps", "stars"))
    listed = shoptalk("survey", "list")
    assert "mine" in listed.output and "draft" in listed.output
    assert "bad.yml, line 4" in listed.output
    assert "nothing wrong" in shoptalk("survey", "check", str(folder / "mine.yml")).output
    done = shoptalk("survey", "check", str(folder / "bad.yml"))
    assert done.exit_code == 1 and "line 4" in done.output and "Traceback" not in done.output
    assert "mine is running" in shoptalk("survey", "start", "mine").output
    assert "/survey/" in shoptalk("survey", "link", "mine").output
    code = shop_dir / "mine.png"
    assert "/survey/" in shoptalk("survey", "link", "mine", "--qr", str(code)).output
    assert code.read_bytes().startswith(b"\x89PNG")
    assert "mine is paused" in shoptalk("survey", "pause", "mine").output
    assert "shown 0" in shoptalk("survey", "results", "mine").output
    assert (
        "neither .xlsx nor .csv" in shoptalk("survey", "export", "mine", "--output", "x.doc").output
    )
    out = shop_dir / "out.csv"
    assert "0 rows" in shoptalk("survey", "export", "mine", "--output", str(out)).output
    assert out.with_name("out-codebook.csv").exists()
    done = shoptalk("survey", "start", "nothing")
    assert done.exit_code == 1 and "shoptalk survey list" in done.output


def test_a_backup_is_restored_only_when_nothing_runs(
    shoptalk, shop_dir: Path, tmp_path: Path
) -> None:
    shoptalk("survey", "list")
    file = str(tmp_path / "saved.tar")
    assert "and checked it" in shoptalk("backup", file).output
    assert "exists already" in shoptalk("backup", file).output
    assert "is whole" in shoptalk("restore", file, "--check").output
    done = shoptalk("restore", file)
    assert done.exit_code == 0 and "before-restore" in done.output
    with owned(shop_dir / "var", "shoptalk up"):
        done = shoptalk("restore", file)
    assert done.exit_code == 1 and "is in use: `shoptalk up`" in done.output


def test_a_shop_begins_on_a_new_machine_from_its_backup(
    shoptalk, shop_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shoptalk("ingest", str(shop_dir / "products.csv"))
    shoptalk("survey", "list")
    plain, full = str(tmp_path / "plain.tar"), str(tmp_path / "full.tar")
    shoptalk("backup", plain)
    shoptalk("backup", full, "--shop", "--secrets")
    there = tmp_path / "new" / "mine"
    monkeypatch.setenv("SHOPTALK_SHOP", str(there / "shop.yml"))
    bot.settings.get_settings.forget()
    refused = shoptalk("restore", plain, "--shop")
    assert refused.exit_code == 1 and "made without --shop" in refused.output
    assert "is whole" in shoptalk("restore", full, "--check").output
    bot.settings.get_settings.forget()
    assert not there.exists()
    done = shoptalk("restore", full, "--shop", "--secrets")
    assert done.exit_code == 0 and "What was there" not in done.output
    assert (there / "shop.yml").read_bytes() == (shop_dir / "shop.yml").read_bytes()
    assert (there / "var" / "keys.json").read_bytes() == (shop_dir / "var/keys.json").read_bytes()
    assert sorted(one.name for one in there.glob("**/*before-restore*")) == []
    assert "Storm Jacket" in shoptalk("search", "a jacket for men under 150").output


def test_a_new_machine_that_lacks_the_keys_is_left_as_it_was(
    shoptalk, shop_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox(shop_dir / "var" / "web.db")
    inbox.accept("conversation-1", "message-1", "hello")
    inbox.close()
    file = str(tmp_path / "shop.tar")
    assert shoptalk("backup", file, "--shop").exit_code == 0
    there = tmp_path / "mine"
    monkeypatch.setenv("SHOPTALK_SHOP", str(there / "shop.yml"))
    bot.settings.get_settings.forget()
    refused = shoptalk("restore", file, "--shop")
    assert refused.exit_code == 1 and "keys.json" in refused.output
    assert {one.name for one in there.rglob("*") if one.is_file()} <= {"in-use.json"}  # the lock


def test_a_persons_data_is_exported_and_erased_with_a_receipt(
    shoptalk, shop_dir: Path, tmp_path: Path
) -> None:
    inbox = Inbox(shop_dir / "var" / "web.db")
    inbox.accept("conversation-1", "message-1", "I'm anna@example.com")
    inbox.identify("conversation-1", {"id": "7", "email": "anna@example.com"})
    inbox.accept("conversation-2", "message-2", "ask anna@example.com")
    inbox.close()
    out, receipt = tmp_path / "anna.json", tmp_path / "receipt.json"
    done = shoptalk("export-person", "anna@example.com", "-o", str(out))
    assert "1 conversations" in done.output and "I'm anna@example.com" in out.read_text()
    assert out.stat().st_mode & 0o077 == 0 and "ask anna" not in out.read_text()
    done = shoptalk("export-person", "anna@example.com", "--mentions", "-o", str(out))
    assert "conversation-2: web.db: events.body, web.db: inbox.turn" in done.output
    assert shoptalk("erase-person", "anna@example.com").exit_code == 1  # asked, and not confirmed
    assert "Would erase: 0 conversations" in shoptalk("purge", "--dry-run").output
    done = shoptalk("erase-person", "anna@example.com", "--yes", "--receipt", str(receipt))
    assert done.exit_code == 0 and "found nothing" in done.output
    assert "anna" not in receipt.read_text() and '"web.events": 1' in receipt.read_text()
    assert b"anna" not in (shop_dir / "var" / "web.db").read_bytes()
    assert "No conversation" in shoptalk("export-person", "conversation-1", "-o", str(out)).output


def test_a_check_says_what_would_come_of_a_file_and_changes_nothing(
    shoptalk, tmp_path: Path
) -> None:
    done = shoptalk("ingest", "--check", str(EXPORTS / "shopify_renamed.csv"))
    assert done.exit_code == 0 and "shopify (a table)" in done.output
    assert "1 not published" in done.output and "Option1 Linked To" in done.output
    assert "from €129" in done.output and "FB-BR-43: Brown, 43, €129, sold out" in done.output
    assert "colours" not in done.output.split("As they will look")[0]
    with pytest.raises(NoCatalogue):
        read_manifest(bot.settings.get_settings().catalogue_dir)
    unclear = tmp_path / "unclear.csv"
    unclear.write_text("sku,name,price\n1,Red Lamp,2.500\n")
    assert "--decimal" in shoptalk("ingest", "--check", str(unclear)).output
    done = shoptalk("ingest", "--check", "--decimal", ",", str(unclear))
    assert "€2,500" in done.output and "colours: red (read from its text)" in done.output


def test_a_sale_that_is_over_is_read_again(shoptalk, shop_dir: Path, monkeypatch) -> None:
    settings = bot.settings.get_settings()
    head = "sku,title,price,sale_price,sale_to\n"
    (shop_dir / "products.csv").write_text(f"{head}A,Lamp,20,15,{date.today().isoformat()}\n")
    assert shoptalk("refresh").exit_code == 0
    first = read_manifest(settings.catalogue_dir)
    assert first["next_change"] == (date.today() + timedelta(days=1)).isoformat()
    assert shoptalk("refresh").exit_code == 0
    assert read_manifest(settings.catalogue_dir)["version"] == first["version"]
    place = generation_folder(settings.catalogue_dir) / "manifest.json"
    place.write_text(json.dumps({**first, "next_change": date.today().isoformat()}))
    assert shoptalk("refresh").exit_code == 0
    assert read_manifest(settings.catalogue_dir)["version"] > first["version"]

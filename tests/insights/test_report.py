"""The report: one file, escaped, masked, with every number linked to its conversations."""

import csv
import io
import re
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.errors import NotFound
from bot.insights import layout_bias
from bot.insights.bias import Group
from bot.insights.evidence import QUERIES, evidence
from bot.insights.masking import quote
from bot.insights.pages import Row, Table, to_csv
from bot.insights.report import PAGES, report, to_html, weekly, write_csv
from bot.insights.scope import Scope
from bot.privacy import mask
from bot.settings import Settings
from bot.statistics import share
from tests.insights.conftest import NOW, Book

CONSOLE = "http://127.0.0.1:8000/console"


def last(days: int) -> Scope:
    """The last days of the demo shop."""
    return Scope.last(days, NOW, "Europe/Amsterdam")


@pytest.fixture
def shop(settings: Settings) -> Settings:
    """A shop in which somebody wrote things that must not get out."""
    book = Book(settings.var)
    for i in range(6):
        message = book.search(f"c{i}", "=cmd|' /C calc'!A0", good=0)
        book.search(f"c{i}", "<script>alert(1)</script>", good=0)
        book.show(f"c{i}", message, "J1")
        book.meant(f"c{i}", message, "J1")
        book.say(
            f"c{i}", "it broke, my card is 4111 1111 1111 1111 and eva@example.com", score=-0.8
        )
    secret = book.say("c9", "<b>order HF-10222</b> fell apart, call +31 6 1234 5678", score=-0.9)
    book.meant("c9", secret, "J1")
    book.event("c1", "click", sku="J1")
    book.event("c1", "purchase", value=42.0, text='["J1"]')
    book.event("c1", "rating", value=5, text="fine")
    book.event("c1", "thumb", value=1, message_id="m")
    book.save()
    return settings


def test_the_report_is_one_file_without_personal_data(shop: Settings) -> None:
    page = to_html(report(shop, last(30), NOW), CONSOLE)
    assert "<script" not in page and "<b>order" not in page
    assert "&lt;script&gt;" in page
    for secret in ("4111", "eva@example.com", "10222", "1234 5678"):
        assert secret not in page
    assert not re.search(r'(?:src|href)="(?!http://127\.0\.0\.1:8000/console|#)', page)
    for name in PAGES:
        assert f'<section id="{name}"' in page
    assert page.count("<svg") >= 4 and "@media print" in page
    assert "€42" in page


def test_numbers_lead_to_their_conversations(shop: Settings) -> None:
    found = report(shop, last(30), NOW)
    page = to_html(found, CONSOLE)
    from bot.insights.report import open_source

    links = re.findall(r'href="(http://[^"#]+)"', page)
    assert len(links) > 20
    with open_source(shop) as source:
        for link in links:
            query = {name: one[0] for name, one in parse_qs(urlsplit(link.replace("&amp;", "&")).query, keep_blank_values=True).items()}  # fmt: skip
            scope = Scope(float(query["since"]), float(query["until"]), timezone="Europe/Amsterdam")
            evidence(source, scope, query["what"], query["key"])
        behind = evidence(source, found.scope, "need", "<script>alert(1)</script>")
        assert {one.id for one in behind} == {f"c{i}" for i in range(6)}
        assert {one.id for one in evidence(source, found.scope, "stage", "bought")} == {"c1"}
        assert len(evidence(source, found.scope, "all")) == 7
        assert len(evidence(source, found.scope, "outcome", "contained")) == 7
        with pytest.raises(NotFound, match="Known are"):
            evidence(source, found.scope, "secrets")


def test_evidence_is_bound_not_pasted(shop: Settings, book: Book, scope: Scope) -> None:
    with book.source() as source:
        for what in set(QUERIES) - {"outcome"}:
            assert evidence(source, scope, what, "' OR 1=1 --") == []


def test_the_evidence_counts_as_the_page_does(book: Book, scope: Scope) -> None:
    for i in range(4):
        book.search(f"c{i}", "hammock" if i else "garden hammock", good=0)
    book.insights["need_groups"].insert_all(
        [{"need": n, "name": "hammock"} for n in ("hammock", "garden hammock")]
    )
    with book.source() as source:
        assert len(evidence(source, scope, "need", "hammock")) == 4


def test_tables_as_csv_are_safe_in_a_spreadsheet(shop: Settings, tmp_path: Path) -> None:
    path = tmp_path / "tables.zip"
    count = write_csv(path, report(shop, last(30), NOW))
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == count >= 10
        text = archive.read("demand-unmet_demand.csv").decode("utf-8-sig")
    names = [row[0] for row in csv.reader(io.StringIO(text))]
    assert "'=cmd|' /C calc'!A0" in names


def test_a_csv_spells_intervals_out() -> None:
    table = Table("t", "T", ("Name", "Share"), [Row(("a", share(5, 10))), Row(("b", share(0, 0)))])
    rows = list(csv.reader(io.StringIO(to_csv(table))))
    assert rows[0] == ["Name", "Share", "Share low", "Share high", "Share k", "Share n"]
    assert rows[1][:2] == ["a", "0.5"] and rows[1][4:] == ["5", "10"]
    assert rows[2] == ["b", "", "", "", "0", "0"]


def test_the_weekly_report_is_written_once(shop: Settings) -> None:
    path = weekly(shop, NOW)
    assert path and path.name == "2027-W02.html" and path.stat().st_mode & 0o077 == 0
    assert weekly(shop, NOW) is None


def test_before_anybody_wrote_there_is_a_clear_error(settings: Settings) -> None:
    with pytest.raises(NotFound, match="Nobody has written"):
        report(settings, last(30))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mail anna.b+x@example.co.uk now", "mail [email] now"),
        ("my name is Anna Bakker, hi", "my name is [name], hi"),
        ("HF-10222 and order 10222", "[number] and order [number]"),
        ("call 020-5550134 or +31 6 1234 5678", "call [phone] or [phone]"),
        ("4111 1111 1111 1111", "[card]"),
        ("NL91 ABNA 0417 1643 00", "[account]"),
        ("Keizersgracht 112, 1016 AB Amsterdam", "[address]"),
        ("see https://evil.example/?u=anna", "see [link]"),
        ("a jacket under 150 euros in size 42", "a jacket under 150 euros in size 42"),
        ("1,299.00 is too much", "1,299.00 is too much"),
    ],
)
def test_personal_data_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_quotes_are_cut_at_a_word() -> None:
    assert quote("a\nlong " + "word " * 80).endswith("word …")


def test_one_is_no_plural(settings: Settings) -> None:
    book = Book(settings.var)
    book.search("c1", "a trampoline", good=0)
    book.save()
    page = to_html(report(settings, last(30), NOW), CONSOLE)
    assert "1 conversation with 1 message;" in page and "1 of 1 request found nothing good" in page


def test_another_device_is_no_language() -> None:
    named = {one: layout_bias._name(Group(one, "other", {})) for one in ("language", "device")}
    assert named == {"language": "Language: another language", "device": "Device: another device"}

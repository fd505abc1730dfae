"""The docs say what is so: commands, the library's reference and examples, links."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from bot.paths import REPOSITORY
from bot.settings.opening_hours import Week
from bot.settings.part import Part
from bot.settings.selling import Delivery, Returns
from bot.settings.shop import Contact
from tests.docs import commands, examples, reference, rendered
from tests.docs.links import anchors, links

DOCS = REPOSITORY / "docs"
PAGES = sorted([*REPOSITORY.glob("*.md"), *DOCS.rglob("*.md")])
STALE = "is out of date: `make format` writes it anew"


def places(page: Path) -> list[tuple[Path, str]]:
    """The file and the anchor of each link of a page that stays in the checkout."""
    found = []
    for address in links(page):
        parts = urlsplit(address)
        if not parts.scheme and not parts.netloc:
            file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            found.append((file, parts.fragment))
    return found


def test_every_command_and_option_is_in_the_docs_word_for_word() -> None:
    assert commands.PAGE.read_text(encoding="utf-8") == commands.page(), f"docs/commands.md {STALE}"


@pytest.mark.parametrize(
    ("name", "part"),
    [("contact", Contact), ("delivery", Delivery), ("returns", Returns), ("hours", Week)],
)
def test_every_key_of_a_part_is_in_its_table(name: str, part: type[Part]) -> None:
    _, _, table = (DOCS / "shop.md").read_text(encoding="utf-8").partition(f"| `{name}`")
    firsts = [line.split("|")[1] for line in table.split("\n\n")[0].splitlines()[2:]]
    assert set(re.findall(r"`(\w+)`", " ".join(firsts))) == set(part.__fields__)


def test_the_reference_is_what_the_docstrings_say() -> None:
    said = reference.PAGE.read_text(encoding="utf-8")
    assert said == reference.page(), f"docs/recommender.md {STALE}"


def test_the_librarys_examples_print_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    products = dict(examples.fences(reference.PAGE))["csv"]
    (tmp_path / "products.csv").write_text(products, encoding="utf-8")
    blocks = list(examples.run(reference.PAGE))
    assert blocks
    for shown, printed in blocks:
        assert printed == shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_the_site_shows_what_github_shows(page: Path) -> None:
    assert rendered.by_the_site(page) == rendered.by_github(page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = [
        f"{file.relative_to(REPOSITORY)}#{anchor}"
        for file, anchor in places(page)
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file))
    ]
    assert lost == []


def test_every_file_of_the_docs_is_reached_from_the_readme() -> None:
    reached, left = set(), [REPOSITORY / "README.md"]
    while left:
        page = left.pop()
        reached.add(page)
        if page.suffix == ".md" and page.exists():
            left += {file for file, _ in places(page)} - reached
    unreached = {file for file in DOCS.rglob("*") if file.is_file()} - reached
    assert sorted(str(file.relative_to(REPOSITORY)) for file in unreached) == []

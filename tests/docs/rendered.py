"""What readers of a page see, by GitHub's Markdown and by that of the site: a fence that only one knows, say."""

from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

from markdown import Markdown
from markdown_it import MarkdownIt
from ruamel.yaml import YAML

from bot.paths import REPOSITORY

SEEN = ("h1", "h2", "h3", "h4", "pre", "table", "tr", "li", "img", "a", "blockquote", "code")
SETTINGS = REPOSITORY / "docs" / "mkdocs.yml"


class _Elements(HTMLParser):
    """Counts the elements that are seen."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One more of them."""
        if tag in SEEN:
            self.found[tag] += 1


def by_github(page: Path) -> Counter[str]:
    """How many of each element GitHub shows."""
    return _Elements(MarkdownIt().enable("table").render(page.read_text(encoding="utf-8"))).found


def by_the_site(page: Path) -> Counter[str]:
    """How many of each element the site of `make docs` shows, with the extensions that it has."""
    extensions = YAML(typ="safe").load(SETTINGS)["markdown_extensions"]
    return _Elements(
        Markdown(extensions=extensions).convert(page.read_text(encoding="utf-8"))
    ).found

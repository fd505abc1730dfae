"""results/docs, what the site is built of: all pages in one folder, with links as they are then."""

import re
import shutil

from bot.paths import REPOSITORY

SITE = REPOSITORY / "results" / "docs"
TOP = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
INDEX = "index.md"


def write() -> None:
    """Write the folder anew."""
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.copytree(REPOSITORY / "docs", SITE)
    for name in TOP:
        text = (REPOSITORY / name).read_text(encoding="utf-8")
        (SITE / name.replace("README.md", INDEX)).write_text(from_the_top(text), encoding="utf-8")
    shutil.copy(REPOSITORY / "LICENSE", SITE)
    for page in SITE.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        page.write_text(from_below(text), encoding="utf-8")


def from_the_top(text: str) -> str:
    """A page of the top folder, whose links lead into docs/."""
    return re.sub(r"\]\(docs/", "](", text)


def from_below(text: str) -> str:
    """A page of docs/, whose links may lead to the top folder."""
    text = re.sub(r"\]\(\.\./", "](", text)
    return re.sub(r"\]\(README\.md", f"]({INDEX}", text)


if __name__ == "__main__":
    write()

"""The little of Markdown that policies need; everything else is shown as it is written."""

import re

from markupsafe import Markup, escape

from recommender.passages import anchor_of


def to_html(text: str) -> Markup:
    """Headings (with the id that `recommender.passages` links to), paragraphs, lists, **bold**.

    The text is escaped first.
    """
    parts: list[Markup] = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in block.splitlines()]
        if not lines:
            continue
        heading = re.fullmatch(r"(#{1,4})\s+(.+)", lines[0])
        if heading and len(lines) == 1:
            level = len(heading[1])
            anchor = anchor_of(heading[2])
            parts.append(Markup(f'<h{level} id="{anchor}">{_inline(heading[2])}</h{level}>'))
        elif all(re.match(r"[-*]\s", line) for line in lines):
            parts.append(_list("ul", [line[2:] for line in lines]))
        elif all(re.match(r"\d+\.\s", line) for line in lines):
            parts.append(_list("ol", [line.split(" ", 1)[1] for line in lines]))
        else:
            parts.append(Markup(f"<p>{_inline(' '.join(lines))}</p>"))
    return Markup("\n").join(parts)


def _list(tag: str, items: list[str]) -> Markup:
    inner = Markup("").join(Markup(f"<li>{_inline(item)}</li>") for item in items)
    return Markup(f"<{tag}>{inner}</{tag}>")


def _inline(text: str) -> Markup:
    return Markup(re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", str(escape(text))))

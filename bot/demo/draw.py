"""Draws the demo shop's product pictures: python -m bot.demo.draw

A shape from shapes.py for each product, in the product's first colour. The pictures in pictures/
are what this prints; run it again after a change of products.csv.
"""

import csv
from html import escape
from pathlib import Path

from bot.demo.shapes import shape_of

HERE = Path(__file__).resolve().parent
PAINT = {
    "black": "#3a3d42", "white": "#f4f1ea", "ivory": "#efe6d2", "cream": "#ecdfc4", "grey": "#9aa1a8",
    "charcoal": "#53585f", "steel": "#a9b4bd", "silver": "#bcc4cb", "blue": "#4f7fb5", "navy": "#34496e",
    "teal": "#2f7f80", "denim": "#5b7aa3", "green": "#5f8f62", "forest": "#3c6149", "olive": "#7b7d4b",
    "sage": "#9db193", "lime": "#a8c256", "red": "#c4504b", "burgundy": "#7d3445", "rust": "#b5643c",
    "copper": "#b87350", "orange": "#dd8a45", "coral": "#e58a78", "pink": "#e0a3b4", "purple": "#7f659f",
    "lavender": "#b5a6cf", "yellow": "#e6c452", "mustard": "#c99f3d", "gold": "#d0a84f",
    "brown": "#8a6748", "tan": "#b98d62", "camel": "#c19a6b", "beige": "#d6c4a5", "sand": "#d9c7a0",
    "multicolour": "#d9744f",
}  # fmt: skip


def shade(colour: str, share: float) -> str:
    """A colour mixed with black (share below 0) or white (above 0), as #rrggbb."""
    target = 255 if share > 0 else 30
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(p + (target - p) * abs(share)):02x}" for p in parts)


def picture(row: dict[str, str]) -> str:
    """The SVG of a row of products.csv, in one line."""
    colour = PAINT[row["colours"].split("|")[0] or "beige"]
    pale = shade(colour, 0.82)
    body = (
        shape_of(row["sku"])
        .replace("{m}", colour)
        .replace("{d}", shade(colour, -0.3))
        .replace("{l}", shade(colour, 0.45))
    )
    if colour in (PAINT["white"], PAINT["ivory"], PAINT["cream"]):
        pale = "#d9dfdb"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" role="img">'
        f'<title>{escape(row["title"])}</title><rect width="200" height="200" fill="{pale}"/>'
        f'<ellipse cx="100" cy="170" rx="66" ry="7" fill="{shade(pale, -0.14)}"/>{body}</svg>\n'
    )


def draw_all(folder: Path) -> int:
    """Write a picture for each product; returns how many."""
    folder.mkdir(exist_ok=True)
    with (HERE / "products.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        (folder / f"{row['sku']}.svg").write_text(picture(row), encoding="utf-8")
    return len(rows)


if __name__ == "__main__":
    print(draw_all(HERE / "pictures"), "pictures")

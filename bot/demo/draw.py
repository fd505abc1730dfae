"""Draws the demo shop's product pictures: python bot/demo/draw.py

A shape for each kind of product (the letters of its sku), in the product's first colour. The
pictures in pictures/ are what this prints; run it again after a change of products.csv.
"""

import csv
from html import escape
from pathlib import Path

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
# {m}: the product's colour, {d}: darker, {l}: lighter.
SHAPES = {
    "JKT": '<path fill="{m}" d="M72 42 42 58 30 138l22 5 8-45v66h80V98l8 45 22-5-12-80-30-16-28 12z"/><path fill="{d}" d="M98 54h4v110h-4zM72 42l28 12 28-12-8 24-20-8-20 8z"/><path fill="{l}" d="M70 118h20v4H70zm40 0h20v4h-20z"/>',
    "DRS": '<path fill="{m}" d="M78 34h10q12 16 24 0h10l-4 44 34 86q-52 18-104 0l34-86z"/><path fill="{d}" d="M82 78h36l2 8H80z"/><path fill="{l}" d="M70 150q30 8 60 0l2 6q-32 8-64 0z"/>',
    "SHT": '<path fill="{m}" d="M74 40 40 58l-8 48 20 6 8-26v80h80V86l8 26 20-6-8-48-34-18-26 14z"/><path fill="{l}" d="M74 40l26 14 26-14-6 20-20-6-20 6zM98 56h4v110h-4z"/><g fill="{d}"><circle cx="100" cy="80" r="2.5"/><circle cx="100" cy="104" r="2.5"/><circle cx="100" cy="128" r="2.5"/><path d="M112 84h18v20h-18z" opacity=".5"/></g>',
    "TEE": '<path fill="{m}" d="M72 44 34 64l12 34 16-8v74h76V90l16 8 12-34-38-20q-28 20-56 0z"/><path fill="{d}" d="M72 44q28 20 56 0l-5-2q-23 14-46 0z"/>',
    "KNT": '<path fill="{m}" d="M74 42 42 58 32 140h22l6-38v60h80v-60l6 38h22l-10-82-32-16q-26 14-52 0z"/><g stroke="{l}" stroke-width="3" fill="none"><path d="M64 110l9-10 9 10 9-10 9 10 9-10 9 10 9-10 9 10M64 124l9-10 9 10 9-10 9 10 9-10 9 10 9-10 9 10"/></g><path fill="{d}" d="M60 154h80v8H60zM74 42q26 14 52 0v7q-26 14-52 0z"/>',
    "TRS": '<path fill="{m}" d="M66 36h68l10 130h-30l-14-90-14 90H56z"/><path fill="{d}" d="M66 36h68l1 12H65zM98 48h4v28h-4z"/>',
    "SNK": '<path fill="{m}" d="M36 92q16 10 34-14l18 6q20 24 56 30 22 4 22 18H34q-6-22 2-40z"/><path fill="{l}" d="M32 132h136q2 14-8 14H40q-10 0-8-14z"/><path d="M84 92l10-8m2 16 10-8m4 14 10-8" stroke="{d}" stroke-width="4"/>',
    "BTS": '<path fill="{m}" d="M62 40h44v58q34 8 46 22 6 8 4 20H62z"/><path fill="{d}" d="M58 140h100v14H58zM62 40h44v10H62z"/><path d="M94 66h14m-14 14h14m-12 14h16" stroke="{l}" stroke-width="4"/>',
    "SDL": '<path fill="{d}" d="M30 128q70-30 140 0 4 18-10 18H42q-14 0-12-18z"/><path fill="{m}" d="M60 124q4-44 40-44l16 38q-8-18-20-22-12 4-18 28zM120 118q16-14 30 2l-4 8-26-8z"/>',
    "BPK": '<path fill="{d}" d="M82 36h36v14H82z"/><path fill="{m}" d="M56 70q0-28 44-28t44 28v84q0 12-12 12H68q-12 0-12-12z"/><path fill="{d}" d="M68 112h64v40H68z"/><path fill="{l}" d="M68 122h64v4H68zM78 66h44v5H78z"/>',
    "TOT": '<path d="M72 84V62q0-24 28-24t28 24v22" fill="none" stroke="{d}" stroke-width="7"/><path fill="{m}" d="M50 80h100l10 86H40z"/><path fill="{l}" d="M52 88h96l1 6H51z"/>',
    "MUG": '<path d="M128 84h14q20 0 20 22t-20 22h-14" fill="none" stroke="{d}" stroke-width="10"/><path fill="{m}" d="M50 66h82v74q0 18-18 18H68q-18 0-18-18z"/><ellipse cx="91" cy="66" rx="41" ry="9" fill="{d}"/><path fill="{l}" d="M60 84h5v54h-5z"/>',
    "KNF": '<path fill="#c9d1d6" d="M34 92q70-24 96-6v18H60q-20 0-26-12z"/><path fill="{d}" d="M128 84h8v24h-8z"/><path fill="{m}" d="M136 86h36q6 10 0 20h-36z"/><g fill="{l}"><circle cx="148" cy="96" r="2.5"/><circle cx="162" cy="96" r="2.5"/></g>',
    "CKW": '<path fill="{d}" d="M26 88h20v10H26zm128 0h20v10h-20z"/><path fill="{m}" d="M44 80h112v50q0 22-22 22H66q-22 0-22-22z"/><path fill="{l}" d="M40 72h120v9H40z"/><path fill="{d}" d="M52 72q48-26 96 0zM92 52h16v8H92z"/>',
    "COF": '<path fill="{m}" d="M62 70h64l12 84q-44 10-88 0z"/><path d="M128 92q32-6 34 20-2 20-26 22M60 96 34 74" fill="none" stroke="{d}" stroke-width="9"/><path fill="{d}" d="M60 66q34-20 68 0v6H60zM90 46h8v10h-8z"/>',
    "LMP": '<path fill="{m}" d="M66 44h68l24 56H42z"/><path fill="{d}" d="M96 100h8v52h-8zM68 152h64v9H68z"/><path fill="#fbe7a8" d="M56 100h88l6 12H50z" opacity=".8"/>',
    "BLK": '<path fill="{m}" d="M46 62h108v84H46z"/><path fill="{l}" d="M46 76h108v8H46zm0 38h108v8H46z"/><path fill="{d}" d="M46 62h108l-12-14H58z"/><path stroke="{d}" stroke-width="4" d="M52 146v14m16-14v14m16-14v14m16-14v14m16-14v14m16-14v14m16-14v14"/>',
    "CND": '<path fill="#f1b24a" d="M100 36q16 20 0 32-16-12 0-32z"/><path stroke="#555" stroke-width="3" d="M100 66v16"/><path fill="{m}" d="M66 82h68v80H66z"/><path fill="{l}" d="M66 82h68v14H66z"/><path fill="{d}" d="M78 116h44v24H78z" opacity=".55"/>',
    "CSH": '<path fill="{m}" d="M46 50q54 14 108 0-14 52 0 104-54-14-108 0 14-52 0-104z"/><path fill="none" stroke="{d}" stroke-width="4" d="M58 62q42 10 84 0-10 40 0 80-42-10-84 0 10-40 0-80z"/><circle cx="100" cy="102" r="6" fill="{l}"/>',
    "TNT": '<path fill="{m}" d="M100 44 172 152H28z"/><path fill="{d}" d="M100 70 130 152H70z"/><path fill="{l}" d="M100 70v82h-6z"/><path fill="{d}" d="M22 152h156v6H22z"/>',
    "BTL": '<path fill="{d}" d="M86 34h28v18H86z"/><path fill="{m}" d="M84 54h32q14 12 14 28v72q0 12-12 12H82q-12 0-12-12V82q0-16 14-28z"/><path fill="{l}" d="M70 104h60v20H70z"/>',
    "SLP": '<path fill="{m}" d="M64 66q0-26 36-26t36 26l6 84q-2 18-42 18t-42-18z"/><ellipse cx="100" cy="66" rx="26" ry="18" fill="{d}"/><path stroke="{l}" stroke-width="4" d="M62 104h76m-78 22h80m-80 20h78"/>',
    "TRC": '<path d="M40 92q60-44 120 0" fill="none" stroke="{d}" stroke-width="12"/><rect x="72" y="80" width="56" height="48" rx="14" fill="{m}"/><circle cx="100" cy="104" r="15" fill="#fbe7a8"/><path fill="#fbe7a8" opacity=".45" d="M88 122 62 168h76l-26-46z"/>',
    "NTB": '<rect x="56" y="40" width="92" height="124" rx="6" fill="{m}"/><path fill="{d}" d="M56 46q0-6 6-6h10v124H62q-6 0-6-6z"/><path fill="{l}" d="M86 66h46v22H86z"/><path fill="{d}" d="M136 40h5v124h-5z"/>',
    "DSK": '<path fill="{m}" d="M34 122h132l10 18H24z"/><path fill="{d}" d="M24 140h152v8H24z"/><path fill="{l}" d="M62 58h76v56H62z"/><path fill="{m}" d="M68 64h64v44H68z"/>',
    "GDN": '<path fill="{d}" d="M92 36h16v60H92z"/><path fill="#8a6748" d="M86 30h28v12H86z"/><path fill="{m}" d="M72 94h56v34q0 26-28 40-28-14-28-40z"/><path fill="{l}" d="M98 104h4v50h-4z"/>',
    "TOY": '<path fill="{m}" d="M40 96h70v40H40z"/><path fill="{d}" d="M110 66h44v70h-44z"/><path fill="{l}" d="M118 76h28v22h-28zM52 70h14v26H52z"/><g fill="#5c4b3b"><circle cx="62" cy="142" r="14"/><circle cx="98" cy="142" r="14"/><circle cx="136" cy="142" r="14"/></g>',
    "GAM": '<path fill="{m}" d="M48 52h52v20q-14-4-14 10t14 10v18H48z"/><path fill="{l}" d="M100 52h52v58h-20q4 14-10 14t-10-14h-12V92q-14 4-14-10t14-10z"/><path fill="{d}" d="M48 110h52v50H48z"/><path fill="{m}" opacity=".7" d="M100 110h12q-4 14 10 14t10-14h20v50h-52z"/>',
    "BDY": '<rect x="46" y="92" width="108" height="56" rx="22" fill="{m}"/><rect x="58" y="102" width="84" height="28" rx="14" fill="{l}"/><g fill="{d}" opacity=".55"><circle cx="76" cy="72" r="10"/><circle cx="104" cy="58" r="14"/><circle cx="130" cy="76" r="8"/></g>',
    "NCK": '<path d="M52 44q-6 78 48 84 54-6 48-84" fill="none" stroke="{m}" stroke-width="5"/><path fill="{m}" d="M100 126q20 16 0 40-20-24 0-40z"/><path fill="{l}" d="M98 136h4v18h-4z"/>',
    "EAR": '<g fill="none" stroke="{d}" stroke-width="4"><path d="M68 48q-10 16 0 26M132 48q-10 16 0 26"/></g><g fill="{m}"><path d="M68 74q24 34 0 70-24-36 0-70zM132 74q24 34 0 70-24-36 0-70z"/></g><g fill="{l}"><circle cx="68" cy="112" r="6"/><circle cx="132" cy="112" r="6"/></g>',
    "AUD": '<path d="M52 112V96q0-48 48-48t48 48v16" fill="none" stroke="{d}" stroke-width="10"/><rect x="38" y="102" width="30" height="52" rx="13" fill="{m}"/><rect x="132" y="102" width="30" height="52" rx="13" fill="{m}"/><path fill="{l}" d="M60 112h5v32h-5zm75 0h5v32h-5z"/>',
    "PET": '<g fill="{m}"><rect x="66" y="88" width="68" height="26" rx="8"/><circle cx="62" cy="86" r="17"/><circle cx="62" cy="116" r="17"/><circle cx="138" cy="86" r="17"/><circle cx="138" cy="116" r="17"/></g><path fill="{l}" d="M76 94h48v5H76z"/>',
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
        SHAPES[row["sku"][:3]]
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

"""Product files of every format, with the mistakes that real ones have."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from recommender.catalogue.importers import RowError, read_products
from recommender.catalogue.importers.amounts import Amounts
from recommender.catalogue.importers.rows import plain_text
from recommender.catalogue.ingest import read as read_whole
from recommender.errors import ImportFailed
from recommender.product import Product
from recommender.request.filters import Filters

SHOPIFY = """Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant Inventory Qty,Variant Price,Image Src,Status
tee,Soft Tee,"<p>Nice &amp; soft</p><script>steal()</script>",Acme,Tops,"summer, women",true,Color,Red,Size,S,3,20.00,https://img.example/1.jpg,active
tee,,,,,,,,Red,,M,4,18.00,https://img.example/2.jpg,
tee,,,,,,,,Blue,,M,0,20.00,,
old,Old Thing,,Acme,Tops,,true,Title,Default,,,1,9.00,,archived
bad,Bad Price,,Acme,Tops,,true,Title,Default,,,1,twelve,,active
"""
GOOGLE = """<?xml version="1.0"?>
<rss xmlns:g="http://base.google.com/ns/1.0"><channel>
<item><g:id>A-1</g:id><g:item_group_id>A</g:item_group_id><title>Lamp</title><g:price>49.00 EUR</g:price>
<g:color>green</g:color><g:availability>in stock</g:availability><g:product_type>Home &gt; Lamps</g:product_type>
<g:image_link>https://img.example/a.jpg</g:image_link><link>https://shop.example/a</link></item>
<item><g:id>A-2</g:id><g:item_group_id>A</g:item_group_id><title>Lamp</title><g:price>45.00 EUR</g:price><g:color>black</g:color></item>
<item><g:id>B</g:id><title></title></item>
<item><g:id>C</g:id><title>Chair</title><g:price>10 EUR</g:price><g:availability>out of stock</g:availability><link>javascript:alert(1)</link></item>
</channel></rss>"""


def read(tmp_path: Path, text: str, **options) -> tuple[list[Product], list[RowError]]:
    path = tmp_path / "feed"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    found = read_products(path, **options)
    return found.products, found.errors


def test_shopify_folds_variants_and_strips_html(tmp_path: Path) -> None:
    products, errors = read(tmp_path, SHOPIFY, currency="USD")
    (tee,) = products
    assert tee.description == "Nice & soft"
    assert tee.colours == ("Red", "Blue") and tee.sizes == ("S", "M")
    assert tee.price == Decimal("18.00") and tee.currency == "USD"
    assert tee.stock == 7 and tee.audience == "women"
    assert tee.image == "https://img.example/1.jpg"
    assert len(errors) == 1 and errors[0].line == 6 and "twelve" in errors[0].reason


def test_google_xml_groups_variants_and_drops_unsafe_links(tmp_path: Path) -> None:
    products, errors = read(tmp_path, GOOGLE)
    lamp, chair = products
    assert lamp.sku == "A" and lamp.price == Decimal("45.00") and lamp.currency == "EUR"
    assert lamp.colours == ("green", "black") and lamp.category == "Home > Lamps"
    assert lamp.stock is None and lamp.in_stock
    assert chair.stock == 0 and chair.url == ""
    assert "item 3" in str(errors[0]) and "title" in str(errors[0])


def test_google_tsv(tmp_path: Path) -> None:
    text = "id\ttitle\tprice\tavailability\timage link\nX\tVase\t5.00 GBP\tin stock\thttps://i.example/v.png\n"
    products, errors = read(tmp_path, text)
    assert (products[0].sku, products[0].currency, errors) == ("X", "GBP", [])


@pytest.mark.parametrize(
    "attack", ['<!DOCTYPE x [<!ENTITY a "b">]><rss/>', "<!doctype html><html/>"]
)
def test_xml_entities_are_refused(tmp_path: Path, attack: str) -> None:
    with pytest.raises(ImportFailed, match="entities"):
        read(tmp_path, attack)


def test_broken_xml_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="Line 2"):
        read(tmp_path, "<rss>\n<item></rss>")


def test_plain_csv_with_a_mapping(tmp_path: Path) -> None:
    text = "Code;Name;Main;Sub;Cents;Colour;attr_wool;attr_fit\n1;Scarf;Clothing;Scarves;1250;red|blue;yes;\n"
    mapping = {
        "sku": "Code",
        "title": "Name",
        "category": "Main > Sub",
        "price": "Cents / 100",
        "currency": "=CHF",
        "colours": "Colour",
        "attributes": ["attr_*", "Colour"],
    }
    products, _ = read(tmp_path, text, mapping=mapping)
    (scarf,) = products
    assert scarf.category == "Clothing > Scarves" and scarf.price == Decimal("12.5")
    assert scarf.currency == "CHF" and scarf.colours == ("red", "blue")
    assert scarf.attributes == {"wool": "yes", "Colour": "red|blue"}


def test_a_mapping_adds_to_what_is_recognised(tmp_path: Path) -> None:
    text = "sku;title;merk;Wat het kost;Voorraad;Zool\n1;Band;Vesting;12,50;3;rubber\n"
    (band,) = read(tmp_path, text, mapping={"price": "Wat het kost", "attributes": ["Zool"]})[0]
    assert (band.sku, band.brand, band.price, band.stock) == ("1", "Vesting", Decimal("12.50"), 3)
    assert band.attributes == {"Zool": "rubber"}
    # A column that the mapping uses isn't taken for another field, and =nothing leaves one out.
    (band,) = read(tmp_path, text, mapping={"description": "merk", "stock": "="})[0]
    assert (band.brand, band.description, band.stock) == ("", "Vesting", None)


def test_a_mapping_adds_to_a_platforms_export(tmp_path: Path) -> None:
    mapping = {"brand": "=Own", "attributes": ["Tags"]}
    (tee,) = read(tmp_path, SHOPIFY, mapping=mapping)[0]
    assert tee.brand == "Own" and len(tee.variants) == 3
    assert tee.attributes["Tags"] == "summer, women"


def test_a_mapping_adds_to_json_with_variants(tmp_path: Path) -> None:
    text = '[{"sku": "1", "naampje": "Tee", "variants": [{"sku": "1-S", "price": 3}]}]'
    (tee,) = read(tmp_path, text, mapping={"title": "naampje"})[0]
    assert tee.title == "Tee" and [one.sku for one in tee.variants] == ["1-S"]


def test_a_field_that_is_none_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="did you mean price"):
        read(tmp_path, "sku,title,Cost\n1,A,3\n", mapping={"prise": "Cost"})


def test_json_lines_report_the_line_that_is_broken(tmp_path: Path) -> None:
    text = '{"sku": "1", "title": "A", "price": 3}\n{broken\n[1]\n{"sku": "2", "title": "B"}\n'
    products, errors = read(tmp_path, text)
    assert [product.sku for product in products] == ["1", "2"]
    assert [error.line for error in errors] == [2, 3]


def test_a_json_list(tmp_path: Path) -> None:
    products, _ = read(tmp_path, '[{"sku": "1", "title": "A", "colours": ["red", "blue"]}]')
    assert products[0].colours == ("red", "blue")


def test_rows_with_mistakes_are_left_out_with_line_and_reason(tmp_path: Path) -> None:
    text = "sku,title,price,stock\n1,Good,5,2\n,No sku,5,2\n3,,5,2\n4,Bad,free,2\n5,Bad,5,lots\n6,Neg,-3,1\n1,Again,5,2\n"
    products, errors = read(tmp_path, text)
    assert [product.sku for product in products] == ["1"]
    assert [error.line for error in errors] == [3, 4, 5, 6, 7, 8]
    assert "second time; line 2 counts" in errors[-1].reason


def test_what_is_kept_without_a_price_is_told_with_its_line(tmp_path: Path) -> None:
    text = (
        "sku,group,title,price,sizes\n1,,Saddle,op aanvraag,\n2-S,2,Glove,9,S\n2-M,2,Glove,,M\n"
        "2-L,2,Glove,Preis auf Anfrage,L\n3,,Bell,-,\n"
    )
    path = tmp_path / "feed"
    path.write_text(text)
    found = read_products(path)
    assert len(found.products) == 3 and found.errors == []
    assert [doubt.line for doubt in found.doubts] == [2, 5, 4, 5]  # "-" is an empty cell
    said = "\n".join(map(str, found.doubts))
    assert "line 2: the price 'op aanvraag' is no amount" in said
    assert "line 4: the variant '2-M' has no price, and is shown with 9" in said
    with pytest.raises(ImportFailed, match="--strict: line 2"):
        read_whole(path, None, "", "EUR", strict=True)


def test_the_bad_row_of_a_variant_is_the_one_that_is_named(tmp_path: Path) -> None:
    text = "sku,group,title,price\n2-S,2,Glove,9\n2-M,2,Glove,9\n2-L,2,Glove,twelve\n"
    (error,) = read(tmp_path, text)[1]
    assert error.line == 4 and "the product of 3 rows is left out" in error.reason


@pytest.mark.parametrize(
    "name",
    ["Prijs incl. btw", "Preis (EUR)", "Prix TTC", "Prix de vente TTC (€)", "Verkaufspreis inkl. MwSt. in EUR",
     "Precio IVA incluido", "Prezzo ivato", "Price GBP", "prijs per stuk", "PRICE_EUR"],
)  # fmt: skip
def test_prices_are_known_with_words_beside_them(tmp_path: Path, name: str) -> None:
    (bell,) = read(tmp_path, f"sku;title;{name}\n1;Bell;9,50\n")[0]
    assert bell.price == Decimal("9.50")


@pytest.mark.parametrize("name", ["Prijs excl. btw", "Prix HT", "Inkoopprijs", "Preis netto"])
def test_what_may_be_no_price_is_named_with_its_mapping(tmp_path: Path, name: str) -> None:
    path = tmp_path / "feed"
    path.write_text(f"sku;title;{name};Pagina;stock\n1;Bell;9,50;3;1\n")
    (warning,) = read_products(path).warnings
    assert f'price: "{name}"' in warning and "Pagina" not in warning
    path.write_text(f"sku;title;{name};Prijs incl. btw;stock\n1;Bell;9,50;11,50;1\n")
    found = read_products(path)
    assert found.warnings == [] and found.products[0].price == Decimal("11.50")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", "a, b"),
        ("title,price\nA,1\n", "sku"),
    ],
)
def test_files_that_cannot_be_used_say_why(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ImportFailed, match=says):
        read(tmp_path, text)


def test_a_mapping_to_a_missing_column_names_it(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="'Nome'.*Name"):
        read(tmp_path, "Id,Name\n1,A\n", mapping={"sku": "Id", "title": "Nome"})


def test_encodings_and_hostile_cells(tmp_path: Path) -> None:
    cell = "x" * 1_000_000
    text = f'sku,title,description\n1,=cmd|calc,"{cell}"\n2,Nul\x00l,<img src=x onerror=alert(1)>\n'
    products, errors = read(tmp_path, b"\xef\xbb\xbf" + text.encode())
    assert errors == [] and len(products[0].description) <= 5002
    assert products[1].title == "Null" and "<" not in products[1].description
    latin, _ = read(tmp_path, "sku,title\n1,Caf\xe9\n".encode("cp1252"))
    assert latin[0].title == "Café"


def test_a_file_that_tells_no_stock_says_that_all_counts_as_there(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text("sku,title,price,Lagerbestandszahl\nA,Mug,3,0\n", encoding="utf-8")
    (warning,) = read_products(path).warnings
    assert "in stock" in warning and warning.endswith('stock: "Lagerbestandszahl"')
    for column in ("stock", "Quantité en stock", "auf Lager", "availability"):
        path.write_text(f"sku,title,price,{column}\nA,Mug,3,0\n", encoding="utf-8")
        found = read_products(path)
        assert not found.warnings and found.products[0].stock == 0, column


def test_stock_within_an_object_is_read(tmp_path: Path) -> None:
    path = tmp_path / "products.json"
    one = {"sku": "A", "title": "Mug", "price": 3, "inventory": {"policy": "deny", "quantity": 4}}
    path.write_text(json.dumps([one]), encoding="utf-8")
    assert read_products(path).products[0].stock == 4


def test_prestashops_list_in_french_has_the_price_with_taxes(tmp_path: Path) -> None:
    header = "ID;Image;Nom;Référence;Catégorie;Prix (HT);Prix (TTC);Quantité;État"
    path = tmp_path / "products.csv"
    path.write_text(f"{header}\n1;;Tasse;T-1;Cuisine;10,00;12,00;3;1\n", encoding="utf-8")
    found = read_products(path)
    assert (found.products[0].price, found.products[0].stock) == (Decimal("12.00"), 3)
    assert "condition" not in found.products[0].attributes and not found.warnings


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [("€ 12,50", "12.50", "EUR"), ("1,299.00 USD", "1299.00", "USD"), ("1.299,95", "1299.95", "")],
)
def test_prices_as_feeds_write_them(text: str, amount: str, currency: str) -> None:
    found, may_be = Amounts([text]).read(text)
    assert (found, may_be[:1]) == (Decimal(amount), [currency] if currency else [])


@pytest.mark.parametrize("cell", ["NaN", "Infinity", "-inf", "1e999999999", "many", "--"])
def test_numbers_that_are_none_are_bad_rows(tmp_path: Path, cell: str) -> None:
    rows = f"sku,title,price,stock\nA,Mug,{cell},1\nB,Cup,2,{cell}\nC,Pot,3,4\n"
    products, errors = read(tmp_path, rows)
    assert [product.sku for product in products] == ["C"]
    assert "price" in str(errors[0]) and "stock" in str(errors[1])


def test_sizes_are_found_however_the_shop_writes_them(tmp_path: Path) -> None:
    (product,), _ = read(tmp_path, "sku,title,sizes\nA,Tee,Small|Large\n")
    assert Filters(sizes=("L",)).accept(product) and not Filters(sizes=("M",)).accept(product)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Warm<br>and <b>dry</b></p>", "Warm and dry"),
        ("warm <![if !mso]>and<![endif]> dry", "warm and dry"),
        ("warm <![ and dry", "warm ![ and dry"),
    ],
)
def test_markup_however_broken_is_text(markup: str, text: str) -> None:
    assert plain_text(markup) == text

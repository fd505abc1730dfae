"""Exports of platforms, files from spreadsheets, and what of a cell can be told only by the whole file."""

import gzip
import io
import json
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from recommender.catalogue.importers import Import, read_products
from recommender.catalogue.importers.words import audience_of
from recommender.errors import ImportFailed
from recommender.product import BACKORDER, PREORDER, Product

EXPORTS = Path(__file__).parents[1] / "data" / "exports"


def read(tmp_path: Path, content: str | bytes, **options) -> Import:
    path = tmp_path / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_products(path, **options)


def prices(tmp_path: Path, *cells: str, **options) -> list[Decimal | None]:
    rows = "\n".join(f'{number}\tThing\t"{cell}"' for number, cell in enumerate(cells))
    return [one.price for one in read(tmp_path, f"sku\ttitle\tprice\n{rows}\n", **options).products]


def only(found: Import, sku: str) -> Product:
    return next(one for one in found.products if one.sku == sku)


def test_shopify_since_its_columns_were_renamed() -> None:
    found = read_products(EXPORTS / "shopify_renamed.csv", currency="EUR")
    (boot,) = found.products
    assert found.format.startswith("shopify") and found.left_out == {"not published": 1}
    assert [one.sku for one in boot.variants] == ["FB-BR-42", "FB-BR-43", "FB-BK-43"]
    brown, sold_out, black = boot.variants
    assert brown.options == {"colour": "Brown", "size": "42"} and brown.gtin == "4006381333931"
    assert (brown.price, brown.compare_at) == (Decimal("129.00"), Decimal("159.00"))
    assert not sold_out.in_stock and black.in_stock and black.stock is None  # sold on without stock
    assert boot.audience == "women" and boot.price == Decimal("129.00") and boot.price_varies


def test_rows_of_one_product_need_not_stand_together(tmp_path: Path) -> None:
    text = "Handle,Title,Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Price\na,A,V,Size,S,A-S,1\nb,B,V,,,B,2\na,,,,M,A-M,3\n"
    found = read(tmp_path, text)
    assert found.errors == [] and [one.name for one in only(found, "a").variants] == ["S", "M"]


def test_woocommerce_in_german() -> None:
    found = read_products(EXPORTS / "woocommerce_de.csv", currency="EUR")
    (boot,) = found.products
    assert found.format.startswith("woocommerce")
    here, later = boot.variants  # the third is a draft
    assert here.price == Decimal("149.00") and here.stock == 3
    assert later.price == Decimal("99.00") and later.compare_at == Decimal("149.00")
    assert later.availability == BACKORDER and later.can_order and not later.in_stock
    assert boot.colours == ("Braun",) and boot.sizes == ("42", "43") and boot.brand == "Gipfel"
    assert boot.category == "Schuhe > Stiefel"


def test_a_variation_without_its_parent_is_said(tmp_path: Path) -> None:
    text = "ID,Type,SKU,Name,Published,Regular price,Parent\n1,variation,V,Lost,1,5,NOBODY\n2,simple,S,Cap,1,5,\n"
    found = read(tmp_path, text)
    assert [one.sku for one in found.products] == ["S"] and "NOBODY" in str(found.errors[0])


def test_magento() -> None:
    found = read_products(EXPORTS / "magento.csv", currency="EUR", today=date(2026, 11, 1))
    top, bag = (
        found.products
    )  # without the translation, the disabled one and the one that isn't shown
    assert [one.sku for one in top.variants] == ["LT-S-Blue", "LT-M-Blue"]
    assert top.variants[1].price == Decimal("29.50") and not top.variants[1].in_stock
    assert top.price == Decimal("39.00")  # the lowest that can be had
    assert top.category == "Women > Tops" and top.attributes["material"] == "Linen, Cotton"
    assert top.brand == "Arvida" and top.description == "Breezy."
    assert bag.price == Decimal("1299.00") and bag.colours == ("Black",) and bag.stock == 3
    assert bag.attributes == {"activity": "Hike, Gym", "note": "two, three"}
    assert found.lost  # a picture whose address the export leaves out


def test_prestashop() -> None:
    found = read_products(EXPORTS / "prestashop.csv", currency="EUR", today=date(2026, 11, 1))
    oak, slate = found.products
    assert oak.sku == "OB-1" and oak.gtin == "4006381333931" and oak.category == "Kitchen"
    assert (oak.price, oak.compare_at) == (Decimal("19.92"), Decimal("24.90"))
    assert oak.attributes["material"] == "Oak" and oak.images == ("https://cdn.example/ob2.jpg",)
    assert slate.price == Decimal("1019.00") and not slate.in_stock
    assert found.left_out == {"not published": 2}


FEED = """<rss xmlns:g="http://base.google.com/ns/1.0"><channel>
<item><g:id>T-R-S</g:id><g:item_group_id>T</g:item_group_id><title>Tee - Red - S</title><g:price>25.00 EUR</g:price><g:sale_price>19.00 EUR</g:sale_price><g:sale_price_effective_date>{dates}</g:sale_price_effective_date><g:color>Red</g:color><g:size>S</g:size><g:gtin>4006381333931</g:gtin><g:mpn>M-1</g:mpn><g:availability>in_stock</g:availability></item>
<item><g:id>P</g:id><title>Tent</title><g:price>320 EUR</g:price><g:availability>preorder</g:availability><g:availability_date>2031-05-01</g:availability_date></item>
<item><g:id>T-B-M</g:id><g:item_group_id>T</g:item_group_id><title>Tee - Blue - M</title><g:price>27.00 EUR</g:price><g:color>Blue</g:color><g:size>M</g:size><g:availability>out_of_stock</g:availability></item>
</channel></rss>"""


@pytest.mark.parametrize(
    ("dates", "price", "changes"),
    [
        ("2026-01-01T00:00-0800/2026-01-31T23:59-0800", "25.00", None),
        ("2026-10-01/2026-11-30", "19.00", date(2026, 12, 1)),
        ("2026-12-01T00:00+0100/2026-12-24T23:59+0100", "25.00", date(2026, 11, 30)),
        ("soon", "25.00", None),
        ("", "19.00", None),
    ],
)
def test_a_sale_price_counts_on_its_days(
    tmp_path: Path, dates: str, price: str, changes: date | None
) -> None:
    found = read(tmp_path, FEED.format(dates=dates), today=date(2026, 11, 15))
    tee = only(found, "T")
    assert tee.price == tee.variants[0].price == Decimal(price) and found.next_change == changes


def test_variants_of_a_feed(tmp_path: Path) -> None:
    found = read(tmp_path, FEED.format(dates=""), today=date(2026, 11, 15))
    tee, tent = found.products
    assert tee.title == "Tee" and [one.sku for one in tee.variants] == ["T-R-S", "T-B-M"]
    assert tee.variants[0].mpn == "M-1" and not tee.variants[1].in_stock
    assert tent.availability == PREORDER and tent.available_from == "2031-05-01"
    assert tent.can_order and not tent.in_stock


def test_files_are_unpacked_and_decoded(tmp_path: Path) -> None:
    text = "sku;title;price\n1;Grüne Vase;29,90\n"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("products.csv", text)
    mangled = text.encode().decode("cp1252").encode()
    for content in (
        text, "sep=;\n" + text, text.encode("utf-16"), text.encode("cp1252"),
        gzip.compress(text.encode()), archive.getvalue(), mangled,
    ):  # fmt: skip
        found = read(tmp_path, content)
        assert [(one.title, one.price) for one in found.products] == [
            ("Grüne Vase", Decimal("29.90"))
        ]
    assert "mended" in " ".join(read(tmp_path, mangled).notes)
    polish = "sku,title\n1,Łyżka stołowa żółta\n2,Świąteczny kubek w grochy i paski\n3,Ręcznik kąpielowy\n"
    assert (
        read(tmp_path, polish.encode("cp1250"), encoding="cp1250").products[0].title
        == "Łyżka stołowa żółta"
    )


def test_words_that_only_look_broken_stay(tmp_path: Path) -> None:
    found = read(tmp_path, "sku,title\n1,AÇAÍ – “Pão” à São Tomé\n")
    assert found.products[0].title == "AÇAÍ – “Pão” à São Tomé" and not found.notes


def test_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "products.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate(
            [
                ("SKU", "Name", "Price", "Barcode", "Published"),
                ("A-1", "Oak Stool", 1299.9, 4006381333931, True),
                ("A-2", "Pine Stool", 1.299, "", False),
            ]
        ):
            sheet.write_row(row, 0, cells)
    (stool,) = read_products(path).products
    assert (
        stool.price == Decimal("1299.9")
        and stool.gtin == "4006381333931"
        and stool.title == "Oak Stool"
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "picture"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "xlsx"),
        (b"\x1f\x8b\x08\x00broken", "gzip"),
        (b"PK\x03\x04broken", "zip"),
        (bytes(500) + b"x", "no text"),
    ],
)
def test_what_is_no_product_file_is_said_in_one_line(
    tmp_path: Path, content: bytes, says: str
) -> None:
    with pytest.raises(ImportFailed, match=says) as failed:
        read(tmp_path, content)
    assert len(str(failed.value)) < 300 and str(failed.value).isprintable()


def test_prices_are_read_by_the_pattern_of_the_file(tmp_path: Path) -> None:
    assert prices(tmp_path, "1.299", "29,90") == [Decimal(1299), Decimal("29.90")]
    assert prices(tmp_path, "1,299", "29.90") == [Decimal(1299), Decimal("29.90")]
    assert prices(tmp_path, "0.125", "1.299") == [Decimal("0.125"), Decimal("1.299")]
    assert prices(tmp_path, "1.299 €", "€ 2.500", "12,-") == [1299, 2500, 12]
    assert prices(tmp_path, "1 000", "1'299.00", "1\u202f299,50") == [
        1000,
        1299,
        Decimal("1299.50"),
    ]
    assert prices(tmp_path, "Rs. 1,299.00", "Rs.1,00,000") == [1299, 100000]
    assert prices(tmp_path, "2.500", "300", decimal=",") == [2500, 300]


def test_prices_that_can_be_read_in_two_ways_are_asked_about(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match=r"2\.500.*--decimal"):
        prices(tmp_path, "2.500", "300")
    found = read(tmp_path, "sku,title,price\n1,A,19.99\n2,B,1.299\n")
    assert [one.sku for one in found.products] == ["1"] and "two ways" in str(found.errors[0])


def test_currencies_are_the_cells_own(tmp_path: Path) -> None:
    text = "sku;title;price\n1;A;19.99USD\n2;B;$ 1,299\n3;C;249 kr\n4;D;5.00\n"
    found = read(tmp_path, text, currency="EUR")
    assert [one.currency for one in found.products] == ["USD", "USD", "SEK", "EUR"]
    assert any("SEK" in note and "read as" in note for note in found.notes)
    assert read(tmp_path, text, currency="DKK").products[2].currency == "DKK"
    assert read(tmp_path, text, currency="CAD").products[1].currency == "CAD"


def test_stock_in_numbers_and_words(tmp_path: Path) -> None:
    cells = ["in stock", "Ausverkauft", ">10", "1 000", "0", "", "pre-order", "-3", "épuisé"]
    rows = "".join(f"{number};Thing;{cell}\n" for number, cell in enumerate(cells))
    found = read(tmp_path, f"sku;title;stock\n{rows}").products
    assert [one.stock for one in found] == [None, 0, 10, 1000, 0, None, 0, 0, 0]
    assert [one.in_stock for one in found] == [
        True,
        False,
        True,
        True,
        False,
        True,
        False,
        False,
        False,
    ]
    assert found[6].availability == PREORDER


@pytest.mark.parametrize(
    "no", ["FALSCH", "faux", "0", "nein", "hidden", "draft", "Entwurf", "archived"]
)
def test_what_is_not_published_is_left_out(tmp_path: Path, no: str) -> None:
    found = read(tmp_path, f"sku,title,published\n1,A,{no}\n2,B,yes\n")
    assert [one.sku for one in found.products] == ["2"] and found.left_out == {"not published": 1}


@pytest.mark.parametrize(
    ("cells", "audience"),
    [
        (("male", "kids"), "boys"), (("female", "toddler"), "girls"), (("unisex", "kids"), "kids"),
        (("male", "adult"), "men"), (("kids, boys, girls",), "kids"), (("Damen",), "women"),
        (("men's, women's",), "unisex"), (("men, cotton",), "men"), (("",), ""), (("garçons",), "boys"),
    ],
)  # fmt: skip
def test_whom_a_product_is_for(cells: tuple[str, ...], audience: str) -> None:
    assert audience_of(*cells) == audience


def test_names_of_columns_in_any_case_and_language(tmp_path: Path) -> None:
    text = "ARTIKELNUMMER;BEZEICHNUNG;PREIS;BESTAND;FARBE;GRÖSSE;EAN\nX-1;Mantel;129,00;3;Rot;37,5;4006381333931\n"
    (coat,) = read(tmp_path, text).products
    assert coat.sku == "X-1" and coat.title == "Mantel" and coat.price == 129 and coat.stock == 3
    assert coat.colours == ("Rot",) and coat.sizes == ("37,5",) and coat.gtin == "4006381333931"


def test_plain_rows_with_a_parent_are_its_variants(tmp_path: Path) -> None:
    text = "sku,parent_sku,name,price,stock,colour,size\nT,,Tee,,,,\nT-1,T,Tee,20,3,red,S\nT-2,T,Tee,22,0,red,M\nC,,Cap,9,1,,\n"
    tee, cap = read(tmp_path, text).products
    assert [one.options for one in tee.variants] == [
        {"colour": "red", "size": "S"},
        {"colour": "red", "size": "M"},
    ]
    assert tee.price == 20 and tee.stock == 3 and cap.variants == ()


def test_json_with_variants_in_their_product(tmp_path: Path) -> None:
    product = {
        "id": 7, "title": "Tee", "handle": "tee", "images": [{"src": "https://cdn.example/t.jpg"}], "tags": ["soft", "men"],
        "options": [{"name": "Size"}, {"name": "Color"}],
        "variants": [
            {"id": 71, "sku": "T-S", "option1": "S", "option2": "Red", "price": "20.00", "compare_at_price": "25.00", "available": True},
            {"id": 72, "sku": "T-M", "option1": "M", "option2": "Red", "price": "21.00", "available": False},
        ],
    }  # fmt: skip
    found = read(tmp_path, json.dumps({"data": {"products": [product]}, "total": 90}))
    (tee,) = found.products
    assert [one.options for one in tee.variants] == [
        {"size": "S", "colour": "Red"},
        {"size": "M", "colour": "Red"},
    ]
    assert tee.variants[0].compare_at == 25 and not tee.variants[1].in_stock
    assert tee.image == "https://cdn.example/t.jpg" and tee.audience == "men"
    assert "data.products" in " ".join(found.notes)


def test_a_page_of_a_list_is_noticed(tmp_path: Path) -> None:
    found = read(tmp_path, json.dumps({"products": [{"id": 1, "name": "A"}], "total": 90}))
    assert "90" in " ".join(found.notes)


def test_categories_that_are_written_as_addresses(tmp_path: Path) -> None:
    found = read(tmp_path, "sku,title,category\n1,A,womens-bags\n2,B,t-shirts\n")
    assert [one.category for one in found.products] == ["Womens bags", "T-shirts"]


def test_what_a_file_has_beyond_our_fields_is_kept_or_said(tmp_path: Path) -> None:
    text = 'sku,title,image,images,rating,review_count,material,Margin\n1,A,https://c.example/1.jpg,"https://c.example/1.jpg, https://c.example/2.jpg",4.6,12,oak,3\n'
    found = read(tmp_path, text)
    (one,) = found.products
    assert one.images == ("https://c.example/2.jpg",) and (one.rating, one.ratings) == (4.6, 12)
    assert one.attributes == {"material": "oak"} and found.unused == ("Margin",)


@pytest.mark.parametrize("title", ["Products 2026\n\n", "Products 2026;;;\n;;;\n", ""])
def test_a_title_above_the_names_of_the_columns_is_passed_over(tmp_path: Path, title: str) -> None:
    found = read(tmp_path, f"{title}SKU;Name;Price;Stock\n1;Lamp;12,50;3\n2;Desk;99,00;1\n")
    assert [(one.sku, one.price) for one in found.products] == [
        ("1", Decimal("12.50")),
        ("2", Decimal("99.00")),
    ]


def test_the_list_of_prestashops_back_office(tmp_path: Path) -> None:
    text = "ID;Image;Name;Reference;Category;Price (tax excl.);Price (tax incl.);Quantity;Status\n1;;Mug;demo_11;Home Accessories;11,90;14,28;300;1\n2;;Poster;demo_6;Art;9,00;10,80;0;0\n"
    found = read(tmp_path, text)
    assert found.format.startswith("prestashop") and found.left_out == {"not published": 1}
    assert [(one.sku, one.price, one.category) for one in found.products] == [
        ("demo_11", Decimal("14.28"), "Home Accessories")
    ]


def test_objects_as_services_nest_them(tmp_path: Path) -> None:
    offer = {
        "@type": "Offer",
        "price": "12.00",
        "priceCurrency": "USD",
        "availability": "https://schema.org/OutOfStock",
    }
    lines = [
        {"sku": "1", "name": "Lamp", "brand": {"@type": "Brand", "name": "Acme"}, "offers": offer},
        {
            "sku": "2",
            "name": "Cap",
            "regular_price": "25.00",
            "price": "19.00",
            "attributes": [{"name": "Color", "options": ["Red", "Blue"]}],
        },
    ]
    lamp, cap = read(tmp_path, "\n".join(map(json.dumps, lines))).products
    assert (
        lamp.brand == "Acme" and lamp.price == 12 and lamp.currency == "USD" and not lamp.in_stock
    )
    assert cap.colours == ("Red", "Blue") and (cap.price, cap.compare_at) == (19, 25)


def test_a_price_on_request_is_none(tmp_path: Path) -> None:
    assert prices(tmp_path, "N/A", "auf Anfrage", "12") == [None, None, 12]


def test_a_web_page_is_no_feed(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="sign in"):
        read(tmp_path, "<!doctype html><html><body>Login</body></html>")

"""Files that a shop hands over are read, or refused with a message; nothing else happens."""

import asyncio
import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.order_backends.interface import OrdersUnavailable
from actions.order_backends.sqlite import COLUMNS, SqliteOrders
from bot.errors import ConfigError
from bot.paths import REPOSITORY
from bot.settings.shop import Shop, load_shop
from bot.surveys.campaign import read_campaign
from recommender.catalogue.importers import FORMATS, RowError, read_products
from recommender.catalogue.reading import from_row, to_row
from recommender.errors import ImportFailed
from recommender.product import Product
from tests.fuzz import NASTY, texts, values

PRODUCT_FIELDS = (
    "sku", "title", "description", "brand", "category", "price", "currency", "colours", "sizes",
    "audience", "stock", "image", "url", "attributes", "Handle", "Vendor", "id", "availability",
    "image_link", "Variant Price", "Option1 Name", "Option1 Value", "g:price",
)  # fmt: skip
DEMO_SHOP = (REPOSITORY / "bot" / "demo" / "shop.yml").read_text(encoding="utf-8")
DEMO_SURVEY = (REPOSITORY / "bot" / "demo" / "surveys" / "recommend.yml").read_text("utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def imported(path: Path, format: str = "") -> None:
    """Read a product file; what comes is what the catalogue can keep."""
    try:
        found = list(read_products(path, None, format, "EUR"))
    except ImportFailed as error:
        assert str(error)
        return
    for one in found:
        assert isinstance(one, (Product, RowError))
        if isinstance(one, Product):
            row = to_row(one)
            assert one.sku and one.title and from_row(row) == one
            json.dumps(row).encode("utf-8")
            assert one.price is None or (one.price.is_finite() and one.price >= 0)


def table(rows: list[dict[str, str]], fields: list[str], delimiter: str = ",") -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, fields, delimiter=delimiter, extrasaction="ignore", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


@given(content=st.one_of(st.binary(max_size=400), texts.map(lambda t: t.encode("utf-8", "replace"))),
       format=st.sampled_from(["", *FORMATS]))  # fmt: skip
def test_any_bytes_as_a_product_file(folder: Path, content: bytes, format: str) -> None:
    path = folder / "products"
    path.write_bytes(content)
    imported(path, format)


@given(data=st.data(), delimiter=st.sampled_from([",", "\t", ";"]))
def test_tables_of_odd_products(folder: Path, data: st.DataObject, delimiter: str) -> None:
    fields = data.draw(st.lists(st.sampled_from(PRODUCT_FIELDS), min_size=1, unique=True))
    cell = st.one_of(
        texts, st.sampled_from(["12.50", "1,299.00 EUR", "-5", "1e5", "inf", "S|M", "a=b|c"])
    )
    rows = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(fields, cell)), max_size=4))
    path = folder / "products.csv"
    path.write_text(table(rows, fields, delimiter), encoding="utf-8", errors="replace")
    imported(path)


@given(
    rows=st.lists(st.dictionaries(st.sampled_from(PRODUCT_FIELDS), values, max_size=8), max_size=4)
)
def test_json_of_odd_products(folder: Path, rows: list) -> None:
    path = folder / "products.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    imported(path)


@given(rows=st.lists(st.fixed_dictionaries(
    {name: st.one_of(texts, st.sampled_from(["HF-1", "shipped", "a@example.com", "2026-01-01", "2x mug"]))
     for name in COLUMNS}), max_size=4), cut=st.integers(0, 400))  # fmt: skip
def test_odd_orders(folder: Path, rows: list, cut: int) -> None:
    path = folder / "orders.csv"
    text = table(rows, list(COLUMNS))
    path.write_text(text[:-cut] if cut < 20 else text, encoding="utf-8", errors="replace")
    (folder / "orders.db").unlink(missing_ok=True)
    orders = SqliteOrders(folder / "orders.db", path)
    try:
        for row in rows:
            found = asyncio.run(orders.find(row["order_number"], row["email"]))
            assert found is None or found.email == row["email"].strip().lower()
    except OrdersUnavailable as error:
        assert str(error)
    finally:
        orders._db.close()


def changed(draw: st.DataObject, text: str) -> str:
    """A file with one to three of its lines changed, cut, doubled or replaced."""
    lines = text.splitlines(keepends=True)
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(0, len(lines) - 1))
        how = draw.draw(st.sampled_from(["value", "cut", "drop", "double", "nasty", "indent"]))
        line = lines[at]
        if how == "value" and ":" in line:
            value = draw.draw(values)
            try:
                shown = json.dumps(value, ensure_ascii=False)
            except ValueError:
                continue
            lines[at] = f"{line.split(':')[0]}: {shown}\n"
        elif how == "cut":
            lines[at] = line[: draw.draw(st.integers(0, len(line)))]
        elif how == "drop":
            lines[at] = ""
        elif how == "double":
            lines[at] = line + line
        elif how == "nasty":
            lines[at] = f"{line.split(':')[0]}: {draw.draw(st.sampled_from(NASTY))}\n"
        else:
            lines[at] = "  " + line
    return "".join(lines)


@given(data=st.data())
def test_shop_yml_with_mistakes(folder: Path, data: st.DataObject) -> None:
    path = folder / "shop.yml"
    for name in ("products.csv", "orders.csv"):
        (folder / name).touch()
    (folder / "policies").mkdir(exist_ok=True)
    for policy in (REPOSITORY / "bot" / "demo" / "policies").iterdir():
        (folder / "policies" / policy.name).touch()
    path.write_text(changed(data, DEMO_SHOP), encoding="utf-8", errors="replace")
    try:
        assert isinstance(load_shop(path), Shop)
    except ConfigError as error:
        assert "shop.yml" in error.message


@given(data=st.data())
def test_campaigns_with_mistakes(data: st.DataObject) -> None:
    try:
        assert read_campaign("mine.yml", changed(data, DEMO_SURVEY)).questions
    except ConfigError as error:
        assert "mine.yml" in error.message

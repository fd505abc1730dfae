"""What the chat says of a product that somebody wants to buy now."""

from decimal import Decimal

import pytest

from bot.web.chat.products import MOST_PIECES, offer
from recommender.product import Product, Variant
from tests.web.conftest import WebProcess
from tests.web.test_chat import Customer

BOOT = Product(
    "B", "Boot", currency="EUR", price=Decimal(129),
    variants=(
        Variant("B-42", {"size": "42", "last": "wide"}, Decimal(129), stock=2),
        Variant("B-43", {"size": "43", "last": "wide"}, Decimal(129), stock=0),
        Variant("B-44", {"size": "44", "last": "wide"}, Decimal("139.5"), availability="preorder"),
    ),
)  # fmt: skip


def test_only_what_differs_is_chosen_and_only_what_is_there_is_bought() -> None:
    said = offer(BOOT, "EUR", "en")
    assert said["options"] == ["size"]
    assert [(one["sku"], one["values"], one["most"]) for one in said["variants"]] == [
        ("B-42", ["42"], 2), ("B-43", ["43"], 0), ("B-44", ["44"], MOST_PIECES),
    ]  # fmt: skip
    assert said["variants"][2]["price"] == "€139.50" and said["variants"][2]["amount"] == 139.5
    assert said["variants"][0]["title"] == "Boot (42, wide)"


@pytest.mark.parametrize(
    ("product", "most"),
    [
        (Product("H", "Hat", price=Decimal(39), stock=4), 4),
        (Product("H", "Hat", price=Decimal(39)), MOST_PIECES),
        (Product("H", "Hat", price=Decimal(39), stock=0), 0),
        (Product("H", "Hat", stock=4), 0),  # nobody knows its price
    ],
)
def test_a_product_of_one_form(product: Product, most: int) -> None:
    said = offer(product, "CHF", "en")
    assert said["options"] == [] and said["currency"] == "CHF"
    (only,) = said["variants"]
    assert (only["sku"], only["title"], only["most"]) == ("H", "Hat", most)


def test_it_is_asked_by_those_who_talk_to_us(web: WebProcess) -> None:
    customer = Customer(web)
    ask = {"sku": "M1", "language": "de"}
    assert customer.http.get("/chat/products", params=ask).status_code == 401
    said = customer.http.get("/chat/products", params=ask, headers=customer.headers)
    assert (
        said.status_code == 200
        and said.json()["variants"][0]["price"] == "14,50\N{NO-BREAK SPACE}€"
    )
    for sku in ("nothing", "", "'; DROP TABLE products"):
        answer = customer.http.get("/chat/products", params={"sku": sku}, headers=customer.headers)
        assert answer.status_code == 404 and "no such product" in answer.json()["error"]

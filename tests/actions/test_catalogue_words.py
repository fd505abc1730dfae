"""What a catalogue in English calls things is said in the customer's language, and a shop's own words stay."""

import pytest
from ruamel.yaml import YAML

from actions.catalogue_words import FOLDER, colour_said, name_said, value_said
from actions.shopping.listing import _option
from actions.shopping.product_talk import (
    ActionCompareProducts,
    ActionProductAvailability,
    ActionProductDetails,
)
from bot.spoken import speaking
from tests.actions.conversation import Conversation

OTHERS = sorted(file.stem for file in FOLDER.glob("*.yml"))


@pytest.mark.parametrize("language", OTHERS)
def test_each_language_says_the_same(language: str) -> None:
    own, german = (YAML(typ="safe").load(FOLDER / f"{name}.yml") for name in (language, "de"))
    assert sorted(own["names"]) == sorted(german["names"])
    assert {*german["values"]} <= {*own["values"]}


@pytest.mark.parametrize(
    ("language", "name", "value", "colour"),
    [
        ("de", "Fassungsvermögen", "gewachste Baumwolle", "rost"),
        ("fr", "contenance", "coton ciré", "rouille"),
        ("zh", "容量", "蜡棉", "铁锈色"),
        ("en", "capacity", "waxed cotton", "rust"),
    ],
)
def test_names_values_and_colours_are_said_in_the_language(
    language: str, name: str, value: str, colour: str
) -> None:
    with speaking(language):
        assert name_said("capacity") == name and value_said("waxed cotton") == value
        assert colour_said("rust") == colour and value_said("2.1 kg") == "2.1 kg"


def test_what_the_shop_says_in_the_customers_language_stays() -> None:
    with speaking("de"):
        assert value_said("Lammfell") == "Lammfell" and name_said("Bügelhinweis") == "Bügelhinweis"
        assert colour_said("bordeaux") == "bordeaux"  # German, too
    with speaking("fr"):
        assert value_said("black, Vert de gris") == "noir, Vert de gris"


@pytest.mark.parametrize(
    ("language", "told", "compared", "asked", "not_in"),
    [
        ("de", ["Farben: navy, schwarz", "Material: Wolle", "Wasserdicht: ja", "Auf Lager"],
         ["Preis", "Marke", "Größen"], "gibt es die auch in rot?", "in rot"),
        ("fr", ["Couleurs: marine, noir", "Matière: laine", "Imperméable: oui", "En stock"],
         ["Prix", "Marque", "Tailles"], "elle existe en rouge ?", "en rouge"),
        ("zh", ["颜色: 藏青, 黑色", "材质: 羊毛", "防水: 是", "有货"],
         ["价格", "品牌", "尺码"], "有红色的吗", "红色"),
    ],
)  # fmt: skip
def test_nothing_that_is_said_of_a_product_is_english_but_its_own_prose(
    chat: Conversation, language: str, told: list[str], compared: list[str], asked: str, not_in: str
) -> None:
    chat.slots["language"] = language
    jacket = [{"entity": "product", "value": "J1", "start": 0, "end": 12}]
    said = chat.say(ActionProductDetails(), "Storm Jacket", jacket)["text"]
    assert all(one in said.replace("：", ": ") for one in told), said
    red = [*jacket, {"entity": "colour", "value": "red", "start": 0, "end": 1}]
    said = chat.say(ActionProductAvailability(), f"Storm Jacket {asked}", red)["text"]
    assert not_in in said and "red" not in said.split() and "black" not in said, said
    other = [*jacket, {"entity": "product", "value": "T1", "start": 17, "end": 26}]
    said = chat.say(ActionCompareProducts(), "Storm Jacket and Lake Tent", other)["text"]
    assert all(one in said for one in compared) and "Price" not in said, said


def test_colours_are_offered_in_the_customers_language() -> None:
    with speaking("fr"):
        assert _option("colour", "black") == "Noir" and _option("category", "Tents") == "Tents"

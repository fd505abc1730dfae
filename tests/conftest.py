"""What many tests need: a small shop of its own in a temporary folder, and its settings."""

import os

os.environ.update(
    RASA_TELEMETRY_ENABLED="false", HF_HUB_OFFLINE="1", TF_CPP_MIN_LOG_LEVEL="3", TQDM_DISABLE="1",
    # Of several tests at once, each with a thread for every core, all wait for one another: torch takes four times as long.
    OMP_NUM_THREADS="1",
)  # fmt: skip

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.paths import REPOSITORY
from bot.settings import Settings, read_settings
from tests.browser.found import WITHOUT, find

# What a machine may lack, the tests that need it, and what is said of it.
NEEDED = [
    (find(), "browser/test_*.py", WITHOUT),
    *(
        (shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin"), tests,
         f"Left out: tests/{tests}, since there is no {program} here.")
        for program, tests in (
            ("nginx", "deploy/test_nginx.py"),
            ("systemd-analyze", "deploy/test_units.py"),
        )
    ),
]  # fmt: skip
collect_ignore_glob = [tests for there, tests, _ in NEEDED if not there]

PRODUCTS = """sku,title,description,brand,category,price,currency,colours,sizes,audience,stock,image,url,attributes
J1,Storm Jacket,A warm winter jacket with a hood,Nordvale,Clothing > Jackets,120.00,EUR,navy|black,S|M|L,men,5,,,material=wool|waterproof=yes
J2,City Jacket,A light jacket for spring evenings,Varen,Clothing > Jackets,60.00,EUR,red,S|M,women,2,,,material=cotton
J3,Kids Jacket,A padded jacket for the playground,Pip,Clothing > Jackets,35.00,EUR,red|green,98|104,kids,9,,,material=polyester
M1,Stone Mug,A heavy mug for tea,Kiln,Kitchen > Mugs,14.50,EUR,blue,,,20,,,capacity=350 ml
M2,Camp Mug,An enamel mug for the trail,Saltmark,Kitchen > Mugs,11.00,EUR,red|white,,,0,,,material=enamel
T1,Lake Tent,A tent for two people,Nordvale,Outdoor > Tents,219.00,EUR,green,,,3,,,people=2
B1,Leather Bag,A small shoulder bag,Varen,Bags > Handbags,129.00,EUR,brown,,women,4,,,material=leather
S1,Trail Shoe,A running shoe for rough paths,Nordvale,Shoes > Sneakers,99.00,EUR,green|black,41|42|43,men,7,,,material=mesh
"""


@pytest.fixture
def catalogue_file(tmp_path: Path) -> Path:
    """A product file of eight products."""
    path = tmp_path / "products.csv"
    path.write_text(PRODUCTS, encoding="utf-8")
    return path


@pytest.fixture
def shop_dir(tmp_path: Path) -> Path:
    """A folder with a shop.yml and what it names; orders are those of the demo shop."""
    folder = tmp_path / "shop"
    folder.mkdir()
    demo = REPOSITORY / "bot" / "demo"
    for name in ("shop.yml", "orders.csv"):
        shutil.copy(demo / name, folder)
    shutil.copytree(demo / "policies", folder / "policies")
    (folder / "products.csv").write_text(PRODUCTS, encoding="utf-8")
    return folder


READ: dict[
    bytes, Settings
] = {}  # shop.yml -> what it says; reading it takes a while, and it is mostly the same


@pytest.fixture
def settings(shop_dir: Path) -> Settings:
    """The settings of that shop."""
    file = shop_dir.resolve() / "shop.yml"
    text = file.read_bytes()
    if text not in READ:
        READ[text] = read_settings({"SHOPTALK_SHOP": str(file)})
    return replace(READ[text], shop_file=file, var=file.parent / "var")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out, and why."""
    for there, _, said in NEEDED:
        if not there:
            terminalreporter.write_line(said)

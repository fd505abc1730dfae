"""What docs/widget.md tells shops' servers to sign is what Shoptalk reads."""

import shutil
import subprocess
import sys
from collections.abc import Callable

import pytest

from bot.paths import REPOSITORY
from bot.web.chat.identity import BadIdentity, read_identity
from tests.docs import examples

KEY = "5b" * 32
CUSTOMER = {"id": "C-17", "email": "Zoë@shop.example", "name": 'Zoë "Z" O’Neil'}
CALLS = {
    "python": ([sys.executable, "-c"], "{code}\nimport sys\nprint(shoptalk_token(*sys.argv[1:]))"),
    "js": (["node", "-e"], "{code}\nconsole.log(shoptalkToken(...process.argv.slice(1)))"),
    "php": (["php", "-r"], "{code}\necho shoptalk_token(...array_slice($argv, 1));"),
}  # fmt: skip
HERE = [language for language, ((program, *_), _) in CALLS.items() if shutil.which(program)]


@pytest.fixture(scope="module")
def code() -> Callable[[str], str]:
    page = list(examples.fences(REPOSITORY / "docs" / "widget.md"))
    return lambda language: next(text for name, text in page if name == language)


@pytest.mark.parametrize("language", HERE)
def test_a_token_of_the_docs_says_who_the_customer_is(
    code: Callable[[str], str], language: str
) -> None:
    command, call = CALLS[language]
    given = [KEY, CUSTOMER["id"], CUSTOMER["email"], CUSTOMER["name"]]
    done = subprocess.run(
        [*command, call.replace("{code}", code(language)), *given],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    token = done.stdout.strip()
    assert read_identity(token, [KEY]) == {**CUSTOMER, "email": "zoë@shop.example"}
    with pytest.raises(BadIdentity):
        read_identity(token, ["6c" * 32])

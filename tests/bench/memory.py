"""`make bench-memory`: what the processes of `shoptalk up` keep in memory after a hundred messages, by language.

Counted is the proportional set size (Pss), in which memory that processes share counts once. Linux alone tells it.
"""

import argparse
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table
from ruamel.yaml import YAML

from bot.paths import REPOSITORY
from tests.bench.speed import MESSAGES
from tests.stack import Stack

PROCESSES = {"web": "bot.web", "dialogue": "bot.dialogue", "actions": "actions"}
SAID = REPOSITORY / "tests" / "data" / "languages"
TALK = 5  # messages of one conversation
ENGLISH = "en"


def main() -> None:
    """Start the demo shop for each choice of languages, talk to it, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100, help="in all")
    parser.add_argument(
        "--languages", nargs="*", default=["en", "nl,fr", "en,nl,de,fr,es,zh"],
        help="what the shop speaks, its own first; a start for each",
    )  # fmt: skip
    options = parser.parse_args()
    table = Table("languages", "", *PROCESSES, "supervisor", "all, GB", title="Memory, MB of Pss")
    for languages in options.languages:
        for when, found in measured(languages.split(","), options.messages):
            cells = [f"{found[name] / 1000:.0f}" for name in (*PROCESSES, "supervisor")]
            table.add_row(languages, when, *cells, f"{sum(found.values()) / 1e6:.2f}")
    Console().print(table)


def measured(languages: list[str], messages: int) -> Iterator[tuple[str, dict[str, int]]]:
    """Kilobytes of each process, after the start and after the messages."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "shop", lambda shop: speak(shop, languages))
        try:
            yield "ready", memory(stack)
            talk(stack, list(texts(languages, messages)))
            yield f"after {messages} messages", memory(stack)
        finally:
            stack.stop()


def speak(shop: Path, languages: list[str]) -> None:
    """Write into shop.yml what the shop speaks."""
    file, yaml = shop / "shop.yml", YAML()
    content = yaml.load(file.read_text(encoding="utf-8"))
    content["languages"] = languages
    yaml.dump(content, file)


def texts(languages: list[str], count: int) -> Iterator[str]:
    """What is said: each language's turn after the other's, from the files of `make bench-languages`."""
    said = {
        language: MESSAGES
        if language == ENGLISH
        else [one["text"] for one in YAML(typ="safe").load(SAID / f"{language}.yml")]
        for language in languages
    }
    for number in range(count):
        own = said[languages[number // TALK % len(languages)]]
        yield own[number // len(languages) % len(own)]


def talk(stack: Stack, said: list[str]) -> None:
    """Say it, a new conversation every few messages, each once the one before is answered."""
    with httpx.Client(base_url=stack.url, timeout=60, trust_env=False) as client:
        headers: dict[str, str] = {}
        for number, text in enumerate(said):
            if number % TALK == 0:
                token = client.post("/chat/session").raise_for_status().json()["token"]
                headers = {"Authorization": f"Bearer {token}"}
            message = {"id": str(uuid.uuid4()), "text": text}
            sent = client.post("/chat/messages", json=message, headers=headers)
            after = sent.raise_for_status().json()["seq"]
            with client.stream("GET", f"/chat/stream?after={after}", headers=headers) as stream:
                next(line for line in stream.iter_lines() if '"assistant"' in line)


def memory(stack: Stack) -> dict[str, int]:
    """Kilobytes of each process."""
    pids = {name: stack.pid(module) for name, module in PROCESSES.items()}
    return {name: pss(pid) for name, pid in (*pids.items(), ("supervisor", stack.process.pid))}


def pss(pid: int) -> int:
    """The proportional set size of a process, in kilobytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    main()

"""A campaign's answers as a table for a spreadsheet or a statistics program, with a codebook."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from bot.errors import NotFound
from bot.privacy import mask
from bot.surveys.anonymity import MIN_GROUP, let_out
from bot.surveys.campaign import Question
from bot.surveys.campaigns import Campaigns
from bot.surveys.flow import own_words
from bot.surveys.forms import Form, forms
from bot.surveys.records import Given, Run
from bot.surveys.results import results
from bot.transcripts.store import neutral_cell

SENTIMENT = "sentiment of the text"
STATES = "shown, started, dismissed, completed or over quota"
FIXED = (
    ("run", "one person's way through the survey; a random text"),
    ("version", "the version of the campaign that was asked"),
    ("way", "chat: asked by the assistant; page: on its own page"),
    ("state", f"how far the person came: {STATES}"),
    ("shown_at", "when it was shown (UTC); the day alone in an anonymous campaign"),
    ("seconds", "from being shown to the last answer; empty when not completed"),
    ("conversation", "the conversation it was asked in; empty in an anonymous campaign"),
    ("simulated", "1 when a simulator answered and not a customer"),
)


@dataclass(frozen=True)
class Column:
    """A column of the table, and its line of the codebook."""

    name: str
    form: Form | None
    option: str  # of a choice of several, or SENTIMENT
    meaning: str
    values: str


def export_csv(campaigns: Campaigns, name: str, answers: TextIO, codebook: TextIO) -> int:
    """Write the answers and the codebook as CSV; returns the number of rows.

    A text that a spreadsheet would take for a formula gets a ' in front. Raises NotFound.
    """
    columns, rows = table(campaigns, name)
    writer = csv.writer(answers)
    writer.writerow([column.name for column in columns])
    writer.writerows([neutral_cell(cell) for cell in row] for row in rows)
    book = csv.writer(codebook)
    book.writerow(["column", "question", "meaning", "values"])
    book.writerows([neutral_cell(cell) for cell in line] for line in _codebook(columns))
    return len(rows)


def export_xlsx(campaigns: Campaigns, name: str, path: Path) -> int:
    """Write a workbook with the answers, the codebook and the figures; returns the number of rows.

    Texts are written as texts, so none is a formula or a link. Raises NotFound.
    """
    import xlsxwriter

    columns, rows = table(campaigns, name)
    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        head = [column.name for column in columns]
        _sheet(book.add_worksheet("Answers"), head, rows, bold)
        _sheet(
            book.add_worksheet("Codebook"), ["column", "question", "meaning", "values"],
            _codebook(columns), bold,
        )  # fmt: skip
        _sheet(
            book.add_worksheet("Figures"), ["question", "figure", "value", "95 % from", "to", "n"],
            _figures(campaigns, name), bold,
        )  # fmt: skip
    return len(rows)


def table(campaigns: Campaigns, name: str) -> tuple[list[Column], list[list[Any]]]:
    """Columns and rows, a row for each run; a choice of several has a column for each option.

    Of an anonymous one only what was let out (anonymity.py). Raises NotFound for a campaign that
    isn't there, or an anonymous one that too few completed.
    """
    entry = campaigns.get(name)
    runs = campaigns.runs(name)
    if entry.campaign.anonymous:
        done = sum(run.completed_at is not None for run in runs)
        if done < MIN_GROUP:
            raise NotFound(
                f"{name} is anonymous and {done} people completed it.",
                f"Its answers are given out from {MIN_GROUP} on.",
            )
    segments = sorted({key for run in runs for key in run.segments})
    columns = [Column(key, None, "", meaning, "") for key, meaning in FIXED]
    columns += [Column(f"segment_{key}", None, "", f"the customer's {key}", "") for key in segments]
    taken: set[str] = set()
    for form in forms(campaigns, name):
        short = form.question.id
        columns += _columns_of(form, form.key.replace("-", "_") if short in taken else short)
        taken.add(short)
    answers = _given_out(campaigns, name, runs)
    return columns, [_row(columns, run, answers[run.id]) for run in runs if run.id in answers]


def _given_out(campaigns: Campaigns, name: str, runs: list[Run]) -> dict[str, dict[str, Given]]:
    """Runs -> their answers that may be shown, by form; anonymous ones without any stay out."""
    found: dict[str, dict[str, Given]] = {run.id: {} for run in runs if not run.anonymous}
    for form in forms(campaigns, name):
        asked = form.question.id
        for run, given in let_out(
            (run, run.answers[asked])
            for run in runs
            if run.version in form.versions and asked in run.answers
        ):
            found.setdefault(run.id, {})[form.key] = given
    return found


def _columns_of(form: Form, name: str) -> list[Column]:
    question = form.question
    if question.kind == "multiple":
        found = [
            Column(f"{name}_{number}", form, option, f"chose “{option}”", "1 yes, 0 no")
            for number, option in enumerate(question.options, start=1)
        ]
        if question.other:
            found.append(Column(f"{name}_other", form, "", "in own words", "text"))
        return found
    found = [Column(name, form, "", question.kind, _values(question))]
    if question.kind == "text":
        words, score = "sentiment of the answer", "-1 very unhappy to 1 very happy"
        found.append(Column(f"{name}_sentiment", form, SENTIMENT, words, score))
    return found


def _values(question: Question) -> str:
    if question.scale:
        low, high = question.scale
        ends = " to ".join(end for end in question.ends if end)
        return f"{low}–{high}{f': {ends}' if ends else ''}; empty: skipped or not asked"
    if question.kind == "single":
        return " | ".join([*question.options, *(["own words"] if question.other else [])])
    return {"consent": "1 yes, 0 no", "number": "a number", "text": "text"}.get(question.kind, "")


def _row(columns: list[Column], run: Run, answers: Mapping[str, Given]) -> list[Any]:
    fixed = {
        "run": run.id,
        "version": run.version,
        "way": run.way,
        "state": _state(run),
        "shown_at": _time(run.shown_at, run.anonymous),
        "seconds": "" if run.seconds is None else round(run.seconds),
        "conversation": run.conversation or "",
        "simulated": int(run.simulated),
    }
    return [
        _cell(column.form.question, column.option, answers.get(column.form.key))
        if column.form
        else fixed[column.name]
        if column.name in fixed
        else run.segments.get(column.name.removeprefix("segment_"), "")
        for column in columns
    ]


def _cell(question: Question, option: str, given: Given | None) -> Any:
    if given is None or given.value is None:
        return ""
    if option == SENTIMENT:
        return "" if given.score is None else given.score
    if question.kind == "multiple":
        if option:
            return int(option in given.value)
        return mask(", ".join(own_words(question, given.value)))
    if said := own_words(question, given.value):
        return mask(said[0])
    return int(given.value) if isinstance(given.value, bool) else given.value


def _state(run: Run) -> str:
    if run.over_quota:
        return "over quota"
    if run.completed_at is not None:
        return "completed"
    if run.dismissed_at is not None:
        return "dismissed"
    return "started" if run.started_at is not None else "shown"


def _time(at: float | None, day_only: bool) -> str:
    if at is None:
        return ""
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment:%Y-%m-%d}" if day_only else f"{moment:%Y-%m-%d %H:%M:%S}"


def _codebook(columns: list[Column]) -> list[list[str]]:
    return [
        [
            column.name,
            column.form.question.ask if column.form else "",
            column.meaning,
            column.values,
        ]
        for column in columns
    ]


def _figures(campaigns: Campaigns, name: str) -> list[list[Any]]:
    lines: list[list[Any]] = []
    for one in results(campaigns, name).questions:
        if one.estimate:
            figure = one.estimate
            lines.append(
                [one.question.ask, one.metric, figure.value, figure.low, figure.high, figure.n]
            )
        lines += [[one.question.ask, bar.label, bar.count, "", "", ""] for bar in one.bars]
    return lines


def _sheet(sheet: Any, head: list[str], rows: list[list[Any]], bold: Any) -> None:
    for column, name in enumerate(head):
        sheet.write_string(0, column, name, bold)
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell)
            elif cell == cell:  # a figure without an interval is nan, which a sheet can't hold
                sheet.write_number(number, column, cell)
    sheet.freeze_panes(1, 0)
    sheet.autofit()

"""Logs: one line for each thing that happened, with its conversation and nobody's personal data.

What belongs to a line besides its words is given as `extra=about(conversation=…, seconds=…)`. The
trace is the id that the widget gave a message: the same in web, dialogue, actions and the tracker.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from bot.privacy import mask

ERROR_LENGTH = 300


def about(**fields: Any) -> dict[str, Any]:
    """For a logger's `extra`: what a line is about; None is left out, seconds are rounded."""
    shown = {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in fields.items()
        if value is not None
    }
    return {"about": shown}


def trace_of(message_id: Any, conversation: str) -> str:
    """The widget's own id of a message, from the id by which a turn is known."""
    return str(message_id or "").removeprefix(f"{conversation}-")


class OneLine(logging.Formatter):
    """A record as `LEVEL words name=value …`, or as a JSON object; never more than one line.

    Personal data in words is masked, and of an error the type, message and last place are kept: the
    values of a traceback are customers' own.
    """

    def __init__(self, process: str, as_json: bool) -> None:
        super().__init__()
        self._process, self._json = process, as_json

    def format(self, record: logging.LogRecord) -> str:
        """See logging."""
        said = mask(" ".join(record.getMessage().split()))
        fields = dict(getattr(record, "about", {}))
        if record.exc_info and record.exc_info[1]:
            fields["error"] = _error(record.exc_info[1])
        if not self._json:
            pairs = (f"{name}={_plain(value)}" for name, value in fields.items())
            return " ".join([record.levelname, said, *pairs])
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname.lower(), "process": self._process, "said": said}
        return json.dumps({**line, **fields}, ensure_ascii=False, default=str)


def set_up(process: str, form: str, level: int = logging.INFO) -> None:
    """Let all loggers of this process write such lines; `form` is "text" or "json"."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine(process, form == "json"))
    logging.basicConfig(level=level, handlers=[handler], force=True)


def line(process: str, form: str, words: str) -> str:
    """A line for what is no log record: what the supervisor says."""
    if form != "json":
        return words
    record = logging.LogRecord(process, logging.INFO, "", 0, words, None, None)
    return OneLine(process, True).format(record)


def _error(error: BaseException) -> str:
    """Type, message and where: "KeyError: 'x' (bot/web/chat/delivery.py:88)"."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    place = f" ({'/'.join(ours[-1].filename.split('/')[-3:])}:{ours[-1].lineno})" if ours else ""
    said = mask(" ".join(str(error).split()))[:ERROR_LENGTH]
    return f"{type(error).__name__}: {said}{place}"


def _plain(value: Any) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if " " in text or "=" in text else text

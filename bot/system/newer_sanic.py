"""Rasa's servers on a Sanic that is maintained: Rasa 3.6 was written for 21.12.

Called by the packages that Rasa's own commands import before they serve, so that `rasa run`,
`rasa shell` and `rasa run actions` work, too.
"""

from functools import partialmethod
from typing import Any, cast

import sanic.response
from sanic import Sanic
from sanic.response import ResponseStream


def help_rasa() -> None:
    """Bring back the two things that Rasa and rasa-sdk need of Sanic 21.12."""
    # Newer ones serve in a second process, which looks the app up by its name; Rasa makes its app
    # in a function, so that it isn't found there.
    newer = cast(Any, Sanic)
    newer.run = partialmethod(newer.run, single_process=True)
    sanic.response.__dict__["stream"] = ResponseStream  # gone since 22.6; `rasa shell` asks for it

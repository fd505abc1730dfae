"""The `rasa` of this checkout: Rasa's own command line, which tells nobody and writes nothing at home.

Rasa counts its users unless it is told not to, fails over that with the error reporter that is
installed, and notes in the user's home what it was told. `rasa run actions` listens on every
address of the machine unless the environment names one.
"""

import os
import sys
import warnings

from bot.paths import REPOSITORY
from bot.service.training import quiet_environment

NOTES = REPOSITORY / ".rasa"  # what Rasa and its libraries would keep in the user's home


def main() -> None:
    """What `rasa` does."""
    os.environ.update(quiet_environment())
    for name, value in (
        ("SANIC_HOST", "127.0.0.1"),
        ("KERAS_HOME", str(NOTES / "keras")),
        ("MPLCONFIGDIR", str(NOTES / "matplotlib")),
    ):
        os.environ.setdefault(name, value)
    warnings.simplefilter("ignore")  # the variable for it comes too late for this process

    import rasa.__main__
    import rasa.constants

    rasa.constants.GLOBAL_USER_CONFIG_PATH = str(NOTES / "global.yml")
    sys.exit(rasa.__main__.main())


if __name__ == "__main__":
    main()

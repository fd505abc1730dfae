"""The nightly work of market research: `python -m bot.insights`, started by the supervisor."""

from bot.errors import NotFound
from bot.insights.refresh import refresh
from bot.insights.report import weekly
from bot.settings import get_settings
from bot.system.private_file import keep_private
from recommender.embedder import Embedder


def main() -> None:
    """Read new texts, and write this week's report if it isn't there."""
    keep_private()
    settings = get_settings()
    try:
        refresh(settings, Embedder(settings.embedding_model, settings.device))
        weekly(settings)
    except NotFound:
        pass  # nobody has written yet


if __name__ == "__main__":
    main()

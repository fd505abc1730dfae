"""Which encoder reads a shop's catalogue: the one of English, or the one of all languages."""

from bot.settings import Settings
from bot.spoken import ENGLISH
from recommender import multilingual
from recommender.centred import Centred
from recommender.embedder import Embedder


def catalogue_encoder(settings: Settings) -> Embedder:
    """The encoder of a shop's catalogue, which is in the shop's own language.

    That of all languages where this isn't English, unless the settings name a model or the one isn't installed.
    """
    english = settings.shop.languages[0] == ENGLISH or multilingual.weights_file() is None
    if english or settings.embedding_model:
        return Embedder(settings.embedding_model, settings.device)
    return Centred(settings.device)

"""What runs inside Rasa."""

from bot.dialogue.startup import put_off
from bot.system.newer_sanic import help_rasa

help_rasa()
# Rasa imports it with every policy, for its neural components; it imports TensorFlow.
put_off("rasa.utils.train_utils")

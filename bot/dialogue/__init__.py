"""What runs inside Rasa."""

from bot.newer_sanic import help_rasa

help_rasa()

"""What the assistant does, a module for each topic; rasa-sdk imports them all to find the actions.

Nothing here opens a file, a connection or a model while it is imported; see `actions.backends`.
"""

from bot.system.newer_sanic import help_rasa

help_rasa()

"""`python -m bot.cli`: the `shoptalk` command."""

from bot.cli import main

main()

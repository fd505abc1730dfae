"""`python -m bot.cli`: the `shoptalk` command."""

from bot.cli import main

if __name__ == "__main__":  # a process that was begun for a piece of work reads this, too
    main()

"""The people who use the console, and their work on conversations and requests."""

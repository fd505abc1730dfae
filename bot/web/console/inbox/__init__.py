"""Staff at work on conversations and requests."""

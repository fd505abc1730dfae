"""Small talk, not understanding, and surveys in the chat."""

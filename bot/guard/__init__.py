"""Who guesses orders and codes, how often they still may, and which attacks staff see."""

"""Words of English that the recommender knows, and how any text is bounded."""

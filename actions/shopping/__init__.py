"""Products: searching, refining, talking about them, favourites, alerts."""

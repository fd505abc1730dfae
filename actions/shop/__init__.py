"""The shop itself: delivery, returns, its pages, its opening hours."""

"""Shoptalk without its actions and its recommender: see docs/architecture.md."""

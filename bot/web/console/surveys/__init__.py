"""Campaigns in the console: their editor and their results."""

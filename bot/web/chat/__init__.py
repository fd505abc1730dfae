"""Chatting: the widget's API, delivery to the dialogue, streams, and staff who step in."""

"""Surveys on the web: a page of their own behind a signed link, and invitations in the chat."""

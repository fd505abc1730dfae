"""The platform that a shop runs on: its catalogue, read over the platform's interface."""

"""The console's pages of campaigns: what came of them, and what is known of a person."""

"""Survey campaigns: what is asked, whom and when, how answers are understood, and what they say."""

"""Campaigns that act: who people are and what they agreed to, segments, mails, journeys, offers, results.

docs/campaigns.md has the whole. What is known comes from other rooms' databases (`gathering`), and lies in
campaigns.db: people by keyed hash, what they did, what they agreed to, what was sent to them.
"""

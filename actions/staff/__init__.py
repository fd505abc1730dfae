"""What reaches a person: requests, call-backs, hand-overs, danger, a customer's own data."""

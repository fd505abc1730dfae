"""What all databases share: opening, migrating, days, sealed columns."""

"""What must reach every database: backups, keys, retention, a person's export and erasure."""

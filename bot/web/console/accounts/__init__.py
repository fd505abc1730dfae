"""Who uses the console: signing in, people, the audit log, attacks."""

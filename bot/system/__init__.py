"""What the machine is asked for: private files, locks, open files, processes."""

"""Days and times, as they are read and told."""

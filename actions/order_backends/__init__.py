"""Where orders come from: a file, or the shop's own service."""

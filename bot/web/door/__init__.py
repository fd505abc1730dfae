"""What stands between the network and the rooms behind: limits, origins, bodies of requests."""

"""Plain work on the catalogue: choosing, counting, adding up, looking facts up. It knows no words and no language."""

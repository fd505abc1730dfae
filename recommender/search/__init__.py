"""Finding products: ranking, reasons, titles, sets, the question that narrows a search."""

"""What can go wrong with a catalogue."""


class RecommenderError(Exception):
    """Base: a catalogue, an index or a product file can't be used; the message says why."""


class NoCatalogue(RecommenderError):
    """There is no catalogue in the folder yet."""


class ImportFailed(RecommenderError):
    """A product file can't be read as a whole, or --strict met a bad row."""


class IngestBusy(RecommenderError):
    """Another ingest is writing the same catalogue."""

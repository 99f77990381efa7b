"""What a user can mend: one line that names the thing, the fact and the remedy."""

from detector.names import one_line


class DetectorError(Exception):
    """Base of every error whose text is meant for the user: one line, whatever is in a file's name."""

    def __str__(self) -> str:
        return one_line(super().__str__())


class MediaError(DetectorError):
    """A photo or video that cannot be read, or is over a limit."""


class WeightsError(DetectorError):
    """Weights that are missing, altered or do not fit their detector."""


class EngineError(DetectorError):
    """An engine or device that this machine does not have."""


class SettingsError(DetectorError):
    """A setting with an impossible value."""


class OutputError(DetectorError):
    """A file that could not be written: no room, no right, or gone with its folder."""


class TrainingError(DetectorError):
    """A training under a watchdog that breaks off again and again."""


class FetchError(DetectorError):
    """A download that breaks off, or does not hold what it should."""

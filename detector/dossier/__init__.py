"""Reports for people, each one page of HTML that holds all it shows: of a file, and of many.

Of a file, by one detector or several:

    scan = pipeline.scan(path)
    measured = read_trust()  # of explain.trust
    judgements = [with_maps(pipeline.judge(scan, detector), detector, measured) for detector in detectors]
    page = file_report(scan, judgements, settings.of_judging, str(path))

Of many, whose pictures need not be kept:

    rows = [row_of(str(path), analyses, error) ...]
    page = batch_report(rows, [detector.info for detector in detectors])
"""

from detector.dossier.batch import Row, batch_report, row_of
from detector.dossier.maps import with_maps
from detector.dossier.report import FaceMap, Judgement, file_report

__all__ = ["FaceMap", "Judgement", "Row", "batch_report", "file_report", "row_of", "with_maps"]

"""How good detectors are: predictions on labelled files, metrics of them with intervals, and reports."""

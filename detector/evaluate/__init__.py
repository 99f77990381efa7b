"""An index of labelled files to predictions through the whole pipeline, and from them to figures with
intervals.
"""

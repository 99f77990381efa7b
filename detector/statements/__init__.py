"""Evidence in words, for every door, and nowhere else.

What a score says is told as a likelihood ratio and as counts of pictures, never as a probability that a file
is fake.
"""

from detector.statements.answer import (
    agreement,
    change_sentence,
    changed_in_words,
    delivery_lines,
    lines,
    prevalence_sentence,
    reference_sentences,
    sentence_to_copy,
    statement,
    statement_of_file,
)
from detector.statements.coverage import coverage_phrases, coverage_sentences, looked_at
from detector.statements.scale import (
    answer_to_question,
    heading,
    kind_in_words,
    mark,
    nearest_reference,
    ratio_sentence,
    reference_sentence,
    rounded_ratio,
)
from detector.statements.withheld import muted_phrases, withheld_phrase

__all__ = [
    "agreement",
    "answer_to_question",
    "change_sentence",
    "changed_in_words",
    "coverage_phrases",
    "coverage_sentences",
    "delivery_lines",
    "heading",
    "kind_in_words",
    "lines",
    "looked_at",
    "mark",
    "muted_phrases",
    "nearest_reference",
    "prevalence_sentence",
    "ratio_sentence",
    "reference_sentence",
    "reference_sentences",
    "rounded_ratio",
    "sentence_to_copy",
    "statement",
    "statement_of_file",
    "withheld_phrase",
]

"""Evidence: how far a score shifts the odds between fake and real, and which genuine pictures score like it.

Judging (light: numpy alone):

    fitted = read(weights / file_name(detector))             # Fitted; WeightsError in one line
    circumstances = Circumstances(conditions, ways_out, marked, frames)
    evidence = weigh(logit, fitted, question, circumstances)  # of a face, or of a track by its mean logit
    evidence = of_file(evidences, logits, fitted)             # of a file: the mean of its faces' ratios

`fitted` None (a detector without such a file) gives Evidence without a ratio, NOT_FITTED in `muted`.
`muted` holds only what took a word of strength away. References count pictures that score as high; as low
only where the direction is real. The numbers of NOT_RELEASED are those of one `Refusal`, by its cause.

Fitting, from labelled scores of one detector (every picture plain, and in its variants):

    scores = Scores.of([Score(file, logit, is_fake, set, source, kind, group, clip, variant, ...), ...])
    write_scores(path, scores); scores = read_scores(path)    # kept as CSV
    fitted = fit(scores, question, detector=name, weights=sha256, fitted_on=words)
    write(path, fitted)

`fit` picks the fakes of the question itself, and needs the variant PLAIN at least. `conditions` of a row are
those measured on its face after the variant was made; none of them is ORDINARY. Frames with the same `clip`
are averaged for the likelihood ratio; references and gates count pictures by group.
"""

from detector.evidence.fit import Validation, fit, validate
from detector.evidence.fitted import Fitted, file_name, read, to_bytes, write
from detector.evidence.references import GenuineClips, genuine_clips, kinds_of, nearest_kind, references_of
from detector.evidence.scores import VARIANT_OF, Score, Scores, Variant, hashed, read_scores, write_scores
from detector.evidence.weigh import Circumstances, of_file, strength_of, weigh

__all__ = [
    "VARIANT_OF",
    "Circumstances",
    "Fitted",
    "GenuineClips",
    "Score",
    "Scores",
    "Validation",
    "Variant",
    "file_name",
    "fit",
    "genuine_clips",
    "hashed",
    "kinds_of",
    "nearest_kind",
    "of_file",
    "read",
    "read_scores",
    "references_of",
    "strength_of",
    "to_bytes",
    "validate",
    "weigh",
    "write",
    "write_scores",
]

"""A judged face to the four pictures of what the networks are given, each with a sentence."""

from __future__ import annotations

from html import escape

from detector.structures import DetectorInfo, FaceScore
from detector.ui import picture
from detector.ui import planes_texts as texts
from detector.zoo.specs import SPECS


def planes(score: FaceScore, info: DetectorInfo) -> str:
    """HTML of the planes of the face's crop as the detector `info` cuts it, and which of them that detector
    was given.
    """
    from detector.explain.planes import given, plane_pictures
    from detector.faces.crop import crop_face

    pictures = vars(plane_pictures(crop_face(score.face, info.input).image))
    taken = given(SPECS[info.name])
    listed = [texts.NAMES[name] for name in taken]
    told = f"{', '.join(listed[:-1])} and {listed[-1]}" if len(listed) > 1 else texts.ONLY
    lead = f"{texts.LEAD} {texts.TAKEN.format(title=escape(info.title), planes=told)}"
    figures = []
    for name, words in texts.PLANES.items():
        source = picture.data_uri(pictures[name], lossless=name != "colours")
        mark = f'<span class="given">{texts.GIVEN_MARK}</span>' if name in taken else ""
        figures.append(
            f'<figure><img src="{source}" alt="{words.title} of the'
            f' face"><figcaption><header><b>{words.title}</b>{mark}</header>'
            f"<p>{words.sentence}</p><p>{words.given}</p></figcaption></figure>"
        )
    return f'<p class="hint">{lead}</p><div class="planes">{"".join(figures)}</div>'

"""A detector's answer with the maps of the face that decides, as a report shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.dossier.pictures import FACE_SIDE, data_uri
from detector.dossier.report import FaceMap, Judgement
from detector.evidence import genuine_clips

if TYPE_CHECKING:
    from detector.explain.trust import TrustFile
    from detector.pipeline import Detector
    from detector.structures import Analysis


def with_maps(analysis: Analysis, detector: Detector, measured: TrustFile) -> Judgement:
    """`analysis` with the maps that `detector`, which gave it, has of the face that decides: by the method
    that is its default as `measured`, and of a transformer what it looked at. No map where no face decides
    or the engine keeps no network.
    """
    from detector.explain.heatmap import heatmap, lack
    from detector.explain.maps import Method
    from detector.explain.overlay import overlay
    from detector.explain.regions import read
    from detector.explain.trust import default_method, trust_of
    from detector.explain.words import TITLES, caption, trust_words
    from detector.faces.crop import crop_face

    if analysis.deciding is None:
        return Judgement(analysis, clips=genuine_clips(detector.fitted))
    crop = crop_face(analysis.deciding.face, detector.input)
    maps = [FaceMap("The face as the network gets it", data_uri(crop.image, FACE_SIDE), "")]
    for method in dict.fromkeys((default_method(detector, measured), Method.ATTENTION)):
        if lack(detector, method) is None:
            found = heatmap(crop, detector, method)
            drawn = data_uri(overlay(crop, found), FACE_SIDE)
            maps.append(
                FaceMap(
                    title=TITLES[method],
                    picture=drawn,
                    caption=caption(read(found, crop)),
                    is_map=True,
                    trust=trust_words(trust_of(detector, method, measured)),
                )
            )
    shown = tuple(maps) if len(maps) > 1 else ()
    return Judgement(analysis, shown, genuine_clips(detector.fitted))

"""Makes the example pictures and clips of `assets/` from three official portraits: see assets/SOURCES.md.

    python -m tools.make_assets FOLDER_OF_FACE_RECOGNITION

FOLDER is the unpacked source package of face_recognition 1.3.0. Needs scikit-image, matplotlib, dlib and, for
the icon, playwright.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import matplotlib
import numpy as np
import skimage.data
from PIL import Image as Pillow

from detector.blending.blend import Blend, self_blend
from detector.faces.crop import cut_square, square_around
from detector.faces.finder import default_finder
from detector.faces.landmarks import dense68
from detector.structures import Floats, Frame, Image

ASSETS = Path(__file__).resolve().parent.parent / "assets"
FPS, CLIP_FRAMES, CLIP_WIDTH, CLIP_HEIGHT = 25, 125, 640, 360
JPEG_QUALITY = 92
SELF_BLEND = "Self-blend made for Unblend: the face was altered."

# chosen by eye among 24 draws: whole masks, seams that one can find
COLLINS_SEED, HOPPER_SEED = 2, 24


def main(face_recognition: Path) -> None:
    """Write every derived file of `assets/`."""
    hopper_file = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    collins, hopper = example("astronaut"), read(hopper_file)
    collins_box, hopper_box = face_box(collins), face_box(hopper)
    # the notice in this file forbids manipulation: it is shown whole, only smaller
    obama = fit_height(read(face_recognition / "tests" / "test_images" / "obama.jpg"), 1000)
    blended = {
        "collins": blend(collins, collins_box, COLLINS_SEED),
        "hopper": blend(hopper, hopper_box, HOPPER_SEED),
    }

    for name, picture in {"collins": collins, "hopper": hopper, "obama": obama}.items():
        save(f"portrait_{name}.jpg", picture)
    for name, made in blended.items():
        save(f"{name}_selfblend.jpg", made.fake, SELF_BLEND)
        save_mask(f"{name}_selfblend_mask.png", as_picture(made))
    save("group.jpg", side_by_side([collins, obama, hopper]))
    save(
        "group_selfblend.jpg",
        side_by_side([collins, obama, blended["hopper"].fake]),
        SELF_BLEND + " The one on the right.",
    )
    masks = [np.zeros_like(collins), np.zeros_like(obama), as_picture(blended["hopper"])]
    save_mask("group_selfblend_mask.png", side_by_side(masks, around=0))
    save("no_face.jpg", example("coffee"))
    golden, _ = cut_square(collins, square_around(collins_box, 0.5), 512)
    Pillow.fromarray(golden).save(ASSETS / "golden.png", optimize=True)

    write_clip("clip_real.mp4", (move_over(hopper, hopper_box, place) for place in places()))
    write_clip("clip_half_selfblend.mp4", half_fake(collins, blended["collins"].fake, collins_box))
    draw_cartoon()
    draw_icon()


def read(path: Path) -> Image:
    """A picture file as (H, W, 3) uint8 RGB."""
    return np.asarray(Pillow.open(path).convert("RGB"))


def save(name: str, picture: Image, comment: str = "") -> None:
    """Write a JPEG without metadata but the comment."""
    Pillow.fromarray(picture).save(ASSETS / name, quality=JPEG_QUALITY, optimize=True, comment=comment)


def face_box(picture: Image) -> Floats:
    """Box (4,) x1, y1, x2, y2 of the largest face."""
    return default_finder().find(Frame(picture))[0].box


def blend(picture: Image, box: Floats, seed: int) -> Blend:
    """A self-blended pair."""
    return self_blend(picture, dense68(picture, box), np.random.default_rng(seed))


def as_picture(made: Blend) -> Image:
    """Where a blend was put in, as shares of its own most: (H, W, 3) uint8 grey."""
    grey = np.rint(255 * made.mask / made.mask.max()).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def save_mask(name: str, picture: Image) -> None:
    """Write where a picture was altered, as grey PNG: `detector.explain.altered` finds it by its name."""
    Pillow.fromarray(picture[..., 0]).save(ASSETS / name, optimize=True)


def example(name: str) -> Image:
    """A picture that comes with scikit-image, by the name of its function there."""
    picture: Image = getattr(skimage.data, name)()
    return picture


def fit_height(picture: Image, height: int) -> Image:
    """The whole picture, smaller or larger."""
    width = round(picture.shape[1] * height / picture.shape[0])
    shrinking = height < picture.shape[0]
    interpolation = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (width, height), interpolation=interpolation), dtype=np.uint8)


def side_by_side(pictures: Iterable[Image], height: int = 436, gap: int = 12, around: int = 255) -> Image:
    """Whole pictures in a row on white, or on the grey `around`."""
    row = [fit_height(picture, height) for picture in pictures]
    return np.hstack(
        [
            np.pad(picture, ((gap, gap), (gap // 2, gap // 2), (0, 0)), constant_values=around)
            for picture in row
        ]
    )


def places() -> Iterable[float]:
    """Where in the move each frame stands, 0 to 1, slow at both ends."""
    return ((1 - np.cos(np.pi * index / (CLIP_FRAMES - 1))) / 2 for index in range(CLIP_FRAMES))


def move_over(picture: Image, box: Floats, place: float) -> Image:
    """A frame of the slow zoom towards the face, from the whole width (place 0) to eight tenths of it (place
    1).
    """
    height, width = picture.shape[:2]
    window_width = width * (1 - 0.2 * place)
    window_height = window_width * CLIP_HEIGHT / CLIP_WIDTH
    x = (1 - place) * width / 2 + place * (box[0] + box[2]) / 2
    y = (box[1] + box[3]) / 2
    left = min(max(0.0, x - window_width / 2), width - window_width)
    top = min(max(0.0, y - window_height / 2), height - window_height)
    scale = CLIP_WIDTH / window_width
    to_frame = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
    size, border = (CLIP_WIDTH, CLIP_HEIGHT), cv2.BORDER_REFLECT_101
    frame = cv2.warpAffine(picture, to_frame, size, flags=cv2.INTER_CUBIC, borderMode=border)
    return np.asarray(frame, dtype=np.uint8)


def half_fake(genuine: Image, fake: Image, box: Floats) -> Iterable[Image]:
    """The genuine picture, then from the middle on the fake, captioned."""
    for index, place in enumerate(places()):
        if index < CLIP_FRAMES // 2:
            yield move_over(genuine, box, place)
            continue
        frame = move_over(fake, box, place)
        cv2.putText(
            frame,
            "self-blend",
            (12, CLIP_HEIGHT - 14),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.6,
            (0, 0, 0),
            4,
            cv2.LINE_AA,
        )
        cv2.putText(
            frame,
            "self-blend",
            (12, CLIP_HEIGHT - 14),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.6,
            (255, 255, 255),
            1,
            cv2.LINE_AA,
        )
        yield frame


def write_clip(name: str, frames: Iterable[Image]) -> None:
    """An H.264 clip that every browser plays."""
    options = {"crf": "21", "preset": "slow", "threads": "1", "g": str(FPS)}
    with av.open(str(ASSETS / name), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(FPS), options=options)
        stream.width, stream.height, stream.pix_fmt = CLIP_WIDTH, CLIP_HEIGHT, "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))


def draw_cartoon() -> None:
    """cartoon.jpg from cartoon.svg, which was drawn for Unblend."""
    from playwright.sync_api import sync_playwright

    svg = (ASSETS / "cartoon.svg").read_text()
    with sync_playwright() as player:
        browser = player.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 640, "height": 720})
        page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{svg}")
        page.screenshot(path=ASSETS / "cartoon.jpg", type="jpeg", quality=90)
        browser.close()


def draw_icon(size: int = 64) -> None:
    """favicon.png from logo.svg."""
    from playwright.sync_api import sync_playwright

    svg = (ASSETS / "logo.svg").read_text()
    with sync_playwright() as player:
        browser = player.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": size, "height": size})
        page.set_content(
            f"<style>body{{margin:0}}svg{{display:block;width:{size}px;height:{size}px}}</style>{svg}"
        )
        page.screenshot(path=ASSETS / "favicon.png", omit_background=True)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""What a file says of its origin, read from files made here; and that nothing in it can break a scan."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image as Pictures
from PIL import PngImagePlugin

from detector.errors import MediaError
from detector.pipeline import judge, scan
from detector.provenance import video_provenance
from detector.provenance.sorting import MOST_CHARACTERS
from detector.report import to_dict
from detector.structures import CredentialState, Tag
from tests.makers import FakeFinder, make_detector, save_picture, whole_frame_face
from tests.media.clips import numbered
from tests.provenance.made import picture, provenance_of, xmp

WEBUI = "a portrait Negative prompt: none Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512"


def exif(**named: object) -> Pictures.Exif:
    """An EXIF block; names of the second directory begin with an underscore."""
    numbers = {"make": 0x010F, "model": 0x0110, "software": 0x0131, "time": 0x0132}
    inner = {"_taken": 0x9003, "_comment": 0x9286, "_lens": 0xA434}
    block = Pictures.Exif()
    for name, value in named.items():
        if name in numbers:
            block[numbers[name]] = value
        else:
            block.get_ifd(0x8769)[inner[name]] = value
    return block


def texts(**chunks: str) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    for name, value in chunks.items():
        info.add_text(name, value)
    return info


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "avif"])
def test_exif_names_camera_software_and_time(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    block = exif(make="Leica", model="M11", software="Ver. 2", _taken="2024:05:01 10:00:00", _lens="50mm")
    picture().save(path, exif=block)
    read = provenance_of(path)
    assert [tag.value for tag in read.camera] == ["Leica", "M11", "50mm"]
    assert read.software == (Tag("EXIF", "Software", "Ver. 2"),)
    assert read.times == (Tag("EXIF", "DateTimeOriginal", "2024:05:01 10:00:00"),)
    assert not read.says_generated and not read.has_location and read.unread == ()


def test_a_tiffs_own_entries_are_read(tmp_path):
    picture().save(tmp_path / "a.tif", exif=exif(make="Leica", software="Ver. 2"))
    read = provenance_of(tmp_path / "a.tif")
    assert (read.camera[0].value, read.software[0].value) == ("Leica", "Ver. 2")


def test_a_place_is_told_and_not_kept(tmp_path):
    block = exif(make="Leica")
    block.get_ifd(0x8825)[2] = (48.0, 12.0, 30.5)
    picture().save(tmp_path / "a.jpg", exif=block)
    read = provenance_of(tmp_path / "a.jpg")
    assert read.has_location
    assert "48" not in str(read) and "30.5" not in str(read)


def test_a_file_without_entries_says_nothing(tmp_path):
    picture().save(tmp_path / "a.png")
    read = provenance_of(tmp_path / "a.png")
    assert read.camera == read.software == read.times == read.source_types == read.generation == ()
    assert read.jpeg is None and read.earlier_quality is None and not read.says_generated
    assert read.credentials.state is CredentialState.ABSENT


@pytest.mark.parametrize(
    "chunks, tool",
    [
        ({"parameters": WEBUI}, "Stable Diffusion (web UI or alike)"),
        ({"parameters": WEBUI, "fooocus_scheme": "fooocus"}, "Stable Diffusion (web UI or alike)"),
        ({"prompt": '{"3": {"class_type": "KSampler", "inputs": {}}}'}, "ComfyUI"),
        ({"workflow": '{"last_node_id": 9, "nodes": []}'}, "ComfyUI"),
        ({"Software": "NovelAI", "Comment": '{"steps": 28}'}, "NovelAI"),
        ({"invokeai_metadata": '{"app_version": "3"}'}, "InvokeAI"),
        ({"Description": "a face --v 6 Job ID: 0b6e4a0c-9d5e-4b57-8f5f-27f14c9a9d11"}, "Midjourney"),
    ],
)
def test_a_generators_parameters_are_known(tmp_path, chunks, tool):
    picture().save(tmp_path / "a.png", pnginfo=texts(**chunks))
    read = provenance_of(tmp_path / "a.png")
    assert read.generation[0].tool == tool
    assert read.generation[0].tag.block == "PNG text"
    assert read.says_generated


@pytest.mark.parametrize("order", ["utf-16-be", "utf-16-le"])
def test_parameters_in_the_comment_of_a_jpeg_are_known(tmp_path, order):
    block = exif(_comment=b"UNICODE\0" + WEBUI.encode(order))
    picture().save(tmp_path / "a.jpg", exif=block)
    (generation,) = provenance_of(tmp_path / "a.jpg").generation
    assert generation.tag.name == "UserComment" and "Sampler: Euler a" in generation.tag.value


def test_a_graph_in_the_entries_of_a_webp_is_known(tmp_path):
    picture().save(tmp_path / "a.webp", exif=exif(make='prompt:{"3": {"class_type": "KSampler"}}'))
    read = provenance_of(tmp_path / "a.webp")
    assert read.generation[0].tool == "ComfyUI" and read.camera == ()


@pytest.mark.parametrize("name", ["prompt", "workflow", "parameters", "Comment", "Software"])
def test_words_alone_are_no_parameters(tmp_path, name):
    picture().save(tmp_path / "a.png", pnginfo=texts(**{name: "Steps to the sampler: a photograph"}))
    assert not provenance_of(tmp_path / "a.png").says_generated


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif"])
def test_xmp_tells_the_kind_of_source(tmp_path, ending):
    address = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    packet = xmp(f'Iptc4xmpExt:DigitalSourceType="{address}" xmp:CreatorTool="A program"')
    path = tmp_path / f"a.{ending}"
    if ending == "png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet.decode())
        picture().save(path, pnginfo=info)
    elif ending == "tif":
        picture().save(path, tiffinfo={700: packet})
    else:
        picture().save(path, xmp=packet)
    read = provenance_of(path)
    assert read.source_types == (Tag("XMP", "DigitalSourceType", "trainedAlgorithmicMedia"),)
    assert read.software == (Tag("XMP", "CreatorTool", "A program"),)
    assert read.says_generated


def test_xmp_elements_and_lists_are_read_like_attributes(tmp_path):
    elements = (
        '<Iptc4xmpExt:DigitalSourceType rdf:resource="http://x/digitalsourcetype/digitalCapture"/>'
        "<photoshop:Credit>Made with Google AI</photoshop:Credit><exif:GPSLatitude>48,12N</exif:GPSLatitude>"
        '<dc:description><rdf:Alt><rdf:li xml:lang="x-default">A street</rdf:li></rdf:Alt></dc:description>'
    )
    picture().save(tmp_path / "a.jpg", xmp=xmp(elements=elements))
    read = provenance_of(tmp_path / "a.jpg")
    assert read.source_types[0].value == "digitalCapture"
    assert read.labels == (Tag("XMP", "Credit", "Made with Google AI"),)
    assert read.comments == (Tag("XMP", "description", "A street"),)
    assert read.has_location and read.says_generated


def test_the_chinese_label_counts_as_one(tmp_path):
    label = '{"Label":"1","ContentProducer":"someone"}'
    picture().save(tmp_path / "a.jpg", xmp=xmp(elements=f"<TC260:AIGC>{label}</TC260:AIGC>"))
    assert provenance_of(tmp_path / "a.jpg").labels == (Tag("XMP", "AIGC", label),)


def test_a_photographers_credit_is_no_label(tmp_path):
    picture().save(tmp_path / "a.jpg", xmp=xmp('photoshop:Credit="Painted with Aida"'))
    assert not provenance_of(tmp_path / "a.jpg").says_generated


def test_a_videos_container_names_device_and_encoder(tmp_path):
    path = tmp_path / "a.mov"
    with av.open(str(path), "w", format="mov", options={"movflags": "use_metadata_tags"}) as output:
        output.metadata.update(
            {
                "com.apple.quicktime.make": "Apple",
                "com.apple.quicktime.model": "iPhone 15",
                "com.apple.quicktime.software": "17.4",
                "com.apple.quicktime.location.ISO6709": "+48.2000+016.3000/",
                "creation_time": "2024-05-01T10:00:00.000000Z",
            }
        )
        stream = output.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(3):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(numbered(number), format="rgb24")))
        output.mux(stream.encode(None))
    read = video_provenance(path)
    assert [tag.value for tag in read.camera] == ["Apple", "iPhone 15"]
    assert "17.4" in [tag.value for tag in read.software]
    assert any("Lavf" in tag.value for tag in read.software)
    assert read.times[0].value.startswith("2024-05-01T10:00:00")
    assert read.has_location and "48.2" not in str(read)
    assert read.jpeg is None


def test_an_entry_is_cut_and_one_of_many(tmp_path):
    chunks = {f"Software{place}": "x" for place in range(300)} | {"Software": "y" * 5000}
    picture().save(tmp_path / "a.png", pnginfo=texts(Software="y" * 5000, **{"Creation Time": "z" * 5000}))
    read = provenance_of(tmp_path / "a.png")
    assert len(read.software[0].value) == len(read.times[0].value) == MOST_CHARACTERS
    assert read.software[0].value.endswith("…")
    picture().save(tmp_path / "b.png", pnginfo=texts(**chunks))
    provenance_of(tmp_path / "b.png")


@pytest.mark.parametrize(
    "packet",
    [
        b"<x:xmpmeta",
        b"\xff\xfe\x00",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b"<a>" * 100_000,
        b"<a/>" + b" " * 1_100_000 + b"<",
    ],
)
def test_broken_xmp_is_named_and_breaks_nothing(tmp_path, packet):
    picture().save(tmp_path / "a.webp", xmp=packet, exif=exif(make="Leica"))
    read = provenance_of(tmp_path / "a.webp")
    assert read.unread == ("XMP",)
    assert read.camera[0].value == "Leica"


def test_bytes_drawn_at_random_in_every_block_break_nothing(tmp_path):
    rng = np.random.default_rng(0)
    whole = tmp_path / "whole.jpg"
    picture().save(
        whole,
        exif=exif(make="Leica", _comment=b"ASCII\0\0\0words"),
        xmp=xmp('xmp:CreatorTool="x"'),
        comment=b"c",
    )
    content = np.frombuffer(whole.read_bytes(), dtype=np.uint8)
    header = content.tobytes().index(b"\xff\xdb")  # the tables of the picture itself stay whole
    for _ in range(60):
        changed = content.copy()
        places = rng.integers(20, header, 25)
        changed[places] = rng.integers(0, 256, len(places))
        path = tmp_path / "a.jpg"
        path.write_bytes(changed.tobytes())
        with contextlib.suppress(MediaError):  # the markers between blocks were hit
            provenance_of(path)


def test_a_scan_carries_it_into_answer_and_json(tmp_path):
    path = save_picture(tmp_path / "a.jpg", 0.8)
    with Pictures.open(path) as plain:
        plain.save(path, exif=exif(make="<b>Leica</b>"))
    scanned = scan(path, finder=FakeFinder(whole_frame_face))
    analysis = judge(scanned, make_detector())
    assert analysis.provenance == scanned.provenance is not None
    told = json.loads(json.dumps(to_dict(analysis)))["provenance"]
    assert told["camera"] == [{"block": "EXIF", "name": "Make", "value": "<b>Leica</b>"}]
    assert told["credentials"]["state"] == "absent"
    assert told["jpeg"]["tables"] == "standard"


def test_a_file_named_like_another_format_is_read_by_its_content(tmp_path):
    picture().save(tmp_path / "a.jpg", format="PNG", pnginfo=texts(parameters=WEBUI))
    assert provenance_of(Path(tmp_path / "a.jpg")).says_generated

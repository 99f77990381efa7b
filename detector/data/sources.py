"""The data sets that have a layout here: where each is to be had, on what terms, and how it lies once it is
unpacked.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A published data set. `record` is its number at Zenodo where it can be had without asking; empty: it is
    asked for at `address`.

    `steps` are what to do before it lies as `tree` shows.
    """

    title: str
    address: str
    licence: str
    layout: str
    steps: tuple[str, ...]
    tree: tuple[str, ...]
    record: str = ""


SOURCES: dict[str, Source] = {
    "ffpp": Source(
        title="FaceForensics++ and DeepFakeDetection",
        address="https://github.com/ondyari/FaceForensics",
        licence="FaceForensics Terms of Use: non-commercial research and education, no redistribution",
        layout="ffpp",
        steps=(
            "fill in the form that the page links to; its authors send a download script",
            "run it for every method and compression wanted: -d all -c c23 -t videos (also c40, raw)",
            "take train.json, val.json and test.json from dataset/splits of the page",
        ),
        tree=(
            "train.json, val.json, test.json",
            "original_sequences/youtube/{c0 or raw,c23,c40}/videos/000.mp4",
            "original_sequences/actors/{c0 or raw,c23,c40}/videos/01__hugging_happy.mp4",
            (
                "manipulated_sequences/{Deepfakes,Face2Face,FaceSwap,NeuralTextures,FaceShifter}/{c0 or"
                " raw,c23,c40}/videos/000_003.mp4"
            ),
            (
                "manipulated_sequences/DeepFakeDetection/{c0 or"
                " raw,c23,c40}/videos/01_02__hugging_happy__YVGY8LOK.mp4"
            ),
        ),
    ),
    "celebdf": Source(
        title="Celeb-DF-v2",
        address="https://github.com/yuezunli/celeb-deepfakeforensics",
        licence="Celeb-DF terms: non-commercial research, no redistribution",
        layout="celebdf",
        steps=("fill in the form that the page links to; its authors send a link", "unpack Celeb-DF-v2.zip"),
        tree=(
            "List_of_testing_videos.txt (in it 1 means real)",
            "Celeb-real/id0_0000.mp4",
            "YouTube-real/00000.mp4",
            "Celeb-synthesis/id0_id1_0000.mp4",
        ),
    ),
    "dfdc": Source(
        title="Deepfake Detection Challenge, the training parts",
        address=(
            "https://ai.meta.com/datasets/dfdc/ and"
            " https://www.kaggle.com/c/deepfake-detection-challenge/data"
        ),
        licence="the challenge's rules, which are accepted there",
        layout="dfdc",
        steps=(
            "log in at one of the two pages, accept the rules, and download the 50 parts (about 470 GB)",
            "unpack each part beside the others, its metadata.json in its own folder",
        ),
        tree=(
            "dfdc_train_part_0/metadata.json",
            "dfdc_train_part_0/aaqaifqrwn.mp4",
            "dfdc_train_part_1/metadata.json and so on, as many parts as there are",
        ),
    ),
    "dffd": Source(
        title="Diverse Fake Face Dataset",
        address="http://cvlab.cse.msu.edu/dffd-dataset.html",
        licence="the agreement that is signed there, for research; CelebA and FFHQ have terms of their own",
        layout="dffd",
        steps=(
            "ask for it as the page says; its authors send a link",
            "CelebA (img_align_celeba and list_eval_partition.txt) and FFHQ come from their own pages",
        ),
        tree=(
            "list_eval_partition.txt",
            "img_align_celeba/000001.jpg",
            "ffhq/{train,validation,test}/00000.png",
            "{pggan_v1,pggan_v2,stylegan_celeba,stylegan_ffhq,faceapp,stargan}/{train,validation,test}/NAME.png",
        ),
    ),
    "openforensics": Source(
        title="OpenForensics",
        address="https://zenodo.org/records/5528418",
        licence="CC BY 4.0",
        layout="openforensics",
        steps=("unpack every archive in the folder of the annotations",),
        tree=(
            "Train_poly.json, Val_poly.json, Test-Dev_poly.json, Test-Challenge_poly.json",
            "Images/{Train,Val,Test-Dev,Test-Challenge}/NAME.jpg",
        ),
        record="5528418",
    ),
}


def instructions(source: Source) -> str:
    """Where to ask, on what terms, what to do then, and how it must lie for `data prepare`; lines of text."""
    lines = [source.title, f"  address: {source.address}", f"  licence: {source.licence}"]
    lines += [f"  {number}. {step}" for number, step in enumerate(source.steps, start=1)]
    lines += [
        f"  expected in FOLDER for `data prepare FOLDER --layout {source.layout}`:",
        *(f"    {line}" for line in source.tree),
    ]
    lines += [f"  what of it is missing says `data verify FOLDER --layout {source.layout}`"]
    return "\n".join(lines)

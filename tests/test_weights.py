"""The manifest read, refused and written; weights checked and loaded."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

from detector.errors import WeightsError
from detector.manifest import Entry, EvidenceFile, Manifest
from detector.metrics import Metrics, SourceMetrics, Summary
from detector.structures import Thresholds
from detector.weights import (
    default_name,
    default_names,
    evidence_path,
    find_assets,
    find_weights,
    load_into,
    load_network,
    read_manifest,
    write_entry,
)
from detector.zoo.build import build_network
from detector.zoo.specs import PAIR, SPECS, with_head
from tests.makers import make_entry


@pytest.mark.fidelity("3-9")
def test_an_entry_survives_being_written_and_read(tmp_path):
    metrics = Metrics(
        test={
            "dfdc": SourceMetrics(n=10, auc=0.9, ap=0.8, interval=(0.85, 0.95)),
            "aaf": SourceMetrics(n=5, false_positives=0.1),
        },
        cross={"swaps": SourceMetrics(n=7, auc=0.7)},
        ece={"tune": 0.03},
    )
    entry = make_entry(
        metrics=metrics,
        golden=(0.1, -0.2),
        thresholds=Thresholds(t=0.1 + 0.2, fitted_on="cross"),
    )
    write_entry(tmp_path, "unblend-lite2", entry)
    assert read_manifest(tmp_path)["unblend-lite2"] == entry


def test_the_first_entry_becomes_the_default_and_stays_it(tmp_path):
    write_entry(tmp_path, "first", make_entry())
    write_entry(tmp_path, "second", make_entry())
    assert default_name(read_manifest(tmp_path)) == "first"
    write_entry(tmp_path, "second", make_entry(), default="second")
    assert default_name(read_manifest(tmp_path)) == "second"
    assert json.loads((tmp_path / "manifest.json").read_text())["schema"] == 1


def test_writing_leaves_nothing_but_the_manifest_and_other_entries_alone(tmp_path):
    write_entry(tmp_path, "a", make_entry(gmacs=1.0))
    write_entry(tmp_path, "b", make_entry(gmacs=2.0))
    write_entry(tmp_path, "b", make_entry(gmacs=3.0))
    assert {name: entry.gmacs for name, entry in read_manifest(tmp_path).items()} == {"a": 1.0, "b": 3.0}
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_a_default_that_is_no_entry_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(WeightsError, match="default 'other' is no entry"):
        write_entry(tmp_path, "a", make_entry(), default="other")
    assert list(tmp_path.iterdir()) == []


def test_an_entry_that_could_not_be_read_again_is_not_written(tmp_path):
    with pytest.raises(WeightsError, match="lite: sha256 is 'abc'; it must be"):
        write_entry(tmp_path, "lite", make_entry(sha256="abc"))
    assert list(tmp_path.iterdir()) == []


def test_a_manifest_without_entries_has_no_default():
    with pytest.raises(WeightsError, match="names no default detector"):
        default_name(Manifest({}))


def edited(folder: Path, *keys: str, value: object) -> Path:
    """A manifest of one entry `lite` in which the field at `keys` is `value`; DELETED takes it away."""
    write_entry(folder, "lite", make_entry())
    document = json.loads((folder / "manifest.json").read_text())
    place = document["detectors"]["lite"]
    for key in keys[:-1]:
        place = place[key]
    if value is DELETED:
        del place[keys[-1]]
    else:
        place[keys[-1]] = value
    (folder / "manifest.json").write_text(json.dumps(document))
    return folder


DELETED = object()


@pytest.mark.parametrize(
    ("keys", "value", "said"),
    [
        (
            ("sha256",),
            DELETED,
            "key 'sha256' is missing; it must be 64 lower-case hexadecimal digits",
        ),
        (("sha256",), "abc", "sha256 is 'abc'; it must be 64 lower-case hexadecimal digits"),
        (
            ("file",),
            "../../x.safetensors",
            "file is '../../x.safetensors'; it must be a plain name of",
        ),
        (("file",), "weights.pt", "file is 'weights.pt'; it must be a plain name of .safetensors"),
        (("bytes",), "many", "bytes is 'many'; it must be a whole number"),
        (("bytes",), True, "bytes is True; it must be a whole number"),
        (("precision",), "fp8", "precision is 'fp8'; it must be one of fp16, fp32, 1 bit + fp16"),
        (("input", "size"), 260.5, "input.size is 260.5; it must be a whole number, 1 or more"),
        (("input", "margin"), -0.1, "input.margin is -0.1; it must be a number, 0 or more"),
        (("thresholds", "t"), 1.5, "thresholds: threshold 1.5 is not from 0 to 1"),
        (("thresholds", "t"), DELETED, "key 'thresholds.t' is missing; it must be a number"),
        (("calibration", "a"), -1.0, "calibration.a -1.0 is not positive"),
        (("golden",), ["x"], "golden is ['x']; it must be a list, each a number"),
        (("trained_on", "sources"), "dfdc", "trained_on.sources is 'dfdc'; it must be a list, each a text"),
        (("seen",), {"faces": 1}, "key 'seen.size_px' is missing; it must be a section with low, high"),
        (("metrics", "test"), {"dfdc": {"n": "1"}}, "metrics.test.dfdc.n is '1'; it must be a whole number"),
        (
            ("metrics", "test"),
            {"dfdc": {"n": 1, "auk": 0.5}},
            "unknown key 'metrics.test.dfdc.auk'; did you mean",
        ),
        (("colour",), "red", "unknown key 'colour'; there are file, sha256"),
        (("trained_on",), 5, "trained_on is 5; it must be a section with sources, samples"),
    ],
)
def test_a_fault_is_named_by_entry_and_field(tmp_path, keys, value, said):
    with pytest.raises(WeightsError) as raised:
        read_manifest(edited(tmp_path, *keys, value=value))
    assert str(raised.value).startswith(f"{tmp_path / 'manifest.json'}: lite: {said}")
    assert str(raised.value).endswith("; publish it again") and "\n" not in str(raised.value)


def test_val_is_read_as_test_and_written_so(tmp_path):
    metrics = {
        "val": {"dfdc": {"n": 1, "auc": 0.5}},
        "ece": {"val": 0.1, "cross": 0.2},
        "fits": {"tune": {}, "val": {"none": {"log_loss": 0.7, "brier": 0.2, "ece": 0.1}}},
        "cuts": {
            "best F1": {"t": 0.5, "on": {"val": {"fakes": 1, "caught": 1, "reals": 1, "false_alarms": 0}}}
        },
    }
    entry = read_manifest(edited(tmp_path, "metrics", value=metrics))["lite"]
    assert entry.metrics.test == {"dfdc": SourceMetrics(n=1, auc=0.5)}
    assert [*entry.metrics.ece, *entry.metrics.fits] == ["test", "cross", "tune", "test"]
    assert [*entry.metrics.cuts["best F1"].on] == ["test"]
    write_entry(tmp_path, "lite", entry)
    assert '"val"' not in (tmp_path / "manifest.json").read_text()
    assert read_manifest(tmp_path)["lite"] == entry


@pytest.mark.parametrize(
    "of_the_band",
    [
        {"committed": 0.5, "sure": 4, "wrong": 0.25, "wrong_interval": [0.1, 0.4], "band": "b"},
        {"coverage": 0.5, "covered": 4, "risk": None, "risk_interval": None, "band": "b"},
    ],
)
def test_what_earlier_versions_said_of_a_band_is_passed_over(tmp_path, of_the_band):
    metrics = {
        "committed": {"swaps": {"n": 7, "committed": 0.5, "wrong": 0.25}},
        "selective": {"swaps": {"n": 7, "coverage": 0.5, "risk": 0.25}},
        "cross": {"aaf": {"n": 5, "false_positives": 0.1, "over_hi": 0.0}},
        "summary": {
            "cross": {"files": 7, "groups": 3, "parts": 1, "auc": 0.7, "interval": None, **of_the_band}
        },
    }
    edited(tmp_path, "metrics", value=metrics)
    document = json.loads((tmp_path / "manifest.json").read_text())
    document["detectors"]["lite"]["thresholds"] = {"t": 0.4, "lo": 0.0, "hi": 1.0, "fitted_on": "tune"}
    (tmp_path / "manifest.json").write_text(json.dumps(document))
    entry = read_manifest(tmp_path)["lite"]
    assert entry.thresholds == Thresholds(0.4, "tune")
    assert entry.metrics.summary == {"cross": Summary(files=7, groups=3, parts=1, auc=0.7, interval=None)}
    assert entry.metrics.cross == {"aaf": SourceMetrics(n=5, false_positives=0.1)}
    write_entry(tmp_path, "lite", entry)
    written = (tmp_path / "manifest.json").read_text()
    assert not re.search('"(lo|hi|committed|selective|risk|over_hi)"', written)
    assert read_manifest(tmp_path)["lite"] == entry


def test_a_golden_of_one_number_is_read_as_one_logit(tmp_path):
    assert read_manifest(edited(tmp_path, "golden", value=1.5))["lite"].golden == (1.5,)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": 2, "detectors": {}}', '{"schema": 1, "detectors": []}']
)
def test_what_is_no_manifest_is_refused(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(WeightsError, match=r"not JSON|not a manifest"):
        read_manifest(tmp_path)


def test_a_default_without_an_entry_is_refused_on_reading(tmp_path):
    (tmp_path / "manifest.json").write_text('{"schema": 1, "default": "gone", "detectors": {}}')
    with pytest.raises(WeightsError, match="default 'gone' is no entry; there are: none"):
        read_manifest(tmp_path)


def test_a_given_folder_without_a_manifest_is_not_replaced_by_another(tmp_path):
    with pytest.raises(WeightsError, match="UNBLEND_WEIGHTS"):
        find_weights(tmp_path)
    with pytest.raises(WeightsError, match="UNBLEND_WEIGHTS"):
        read_manifest(tmp_path)


def test_a_given_folder_with_a_manifest_is_taken(tmp_path):
    write_entry(tmp_path, "a", make_entry())
    assert find_weights(tmp_path) == tmp_path


def test_the_assets_of_a_checkout_are_found(assets):
    assert find_assets() == assets


def test_the_pair_is_shown_where_both_are_trained_else_the_default():
    alone = Manifest({"unblend-lite2": make_entry(), PAIR[0]: make_entry()}, "unblend-lite2")
    assert default_names(alone) == ("unblend-lite2",)
    assert default_names(Manifest({**alone.entries, PAIR[1]: make_entry()}, "unblend-lite2")) == PAIR
    with pytest.raises(WeightsError, match="no default"):
        default_names(Manifest({}))


def test_the_evidence_of_an_entry_is_found_by_its_hash(tmp_path):
    assert evidence_path(make_entry(), tmp_path) is None
    (tmp_path / "some.evidence.json").write_bytes(b"{}")
    entry = make_entry(evidence=EvidenceFile("some.evidence.json", hashlib.sha256(b"{}").hexdigest()))
    write_entry(tmp_path, "unblend-lite2", entry)
    assert (
        evidence_path(read_manifest(tmp_path)["unblend-lite2"], tmp_path) == tmp_path / "some.evidence.json"
    )
    (tmp_path / "some.evidence.json").write_bytes(b"{ }")
    with pytest.raises(WeightsError, match=r"some\.evidence\.json is altered: .*; fetch it again"):
        evidence_path(entry, tmp_path)
    (tmp_path / "some.evidence.json").unlink()
    with pytest.raises(WeightsError, match=r"some\.evidence\.json cannot be read"):
        evidence_path(entry, tmp_path)


@pytest.mark.parametrize("file", ["../some.evidence.json", "some.json", "a/b.evidence.json"])
def test_evidence_lies_beside_the_weights_under_its_own_ending(tmp_path, file):
    entry = make_entry(evidence=EvidenceFile(file, "0" * 64))
    with pytest.raises(WeightsError, match="plain name of .evidence.json"):
        write_entry(tmp_path, "unblend-lite2", entry)


class Small(nn.Module):
    """A layer and a counter: what batch normalisation brings."""

    def __init__(self, outputs: int = 2) -> None:
        super().__init__()
        self.layer = nn.Linear(3, outputs)
        self.register_buffer("count", torch.tensor(0))


def stored(folder: Path, network: nn.Module) -> Entry:
    """`network` as fp16 in `folder`, and its entry."""
    state = {
        key: value.half() if value.is_floating_point() else value
        for key, value in network.state_dict().items()
    }
    content = safetensors.torch.save(state)
    entry = make_entry(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
    (folder / entry.file).write_bytes(content)
    return entry


@pytest.mark.fidelity("0-19")
def test_weights_stored_as_fp16_are_loaded_as_fp32(tmp_path):
    made, filled = Small(), Small()
    made.count += 7
    load_into(filled, stored(tmp_path, made), tmp_path)
    assert filled.layer.weight.dtype == torch.float32
    torch.testing.assert_close(filled.layer.weight, made.layer.weight.half().float(), rtol=0, atol=0)
    assert int(filled.count) == 7


@pytest.mark.fidelity("3-12")
def test_altered_weights_are_refused_before_they_are_read(tmp_path):
    entry = stored(tmp_path, Small())
    path = tmp_path / entry.file
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(WeightsError, match=r"is altered: sha256 .*; fetch it again"):
        load_into(Small(), entry, tmp_path)


@pytest.mark.fidelity("4-19")
def test_weights_of_another_network_are_refused(tmp_path):
    entry = stored(tmp_path, Small(outputs=5))
    with pytest.raises(WeightsError, match="does not fit its network"):
        load_into(Small(), entry, tmp_path)


def test_weights_that_lack_a_layer_are_refused(tmp_path):
    entry = stored(tmp_path, nn.Linear(3, 2))
    with pytest.raises(WeightsError, match="does not fit its network"):
        load_into(Small(), entry, tmp_path)


def test_the_network_of_an_entry_has_the_head_it_was_trained_with(tmp_path):
    head = (256, 512, 1024)
    made = build_network(with_head(SPECS["inspector-b0"], head))
    network = load_network("inspector-b0", replace(stored(tmp_path, made), head=head), tmp_path)
    assert network.state_dict().keys() == made.state_dict().keys()


def test_a_missing_file_of_weights_is_named(tmp_path):
    with pytest.raises(WeightsError, match=r"unblend-lite2\.safetensors cannot be read"):
        load_into(Small(), make_entry(), tmp_path)


def test_a_file_with_the_right_hash_that_is_no_safetensors_is_refused(tmp_path):
    content = b"not a tensor"
    entry = replace(make_entry(), sha256=hashlib.sha256(content).hexdigest())
    (tmp_path / entry.file).write_bytes(content)
    with pytest.raises(WeightsError, match="not a safetensors file"):
        load_into(Small(), entry, tmp_path)


def test_samples_that_an_earlier_version_counted_as_pictures_are_read_as_such(tmp_path: Path) -> None:
    write_entry(tmp_path, "lite", make_entry())
    path = tmp_path / "manifest.json"
    document = json.loads(path.read_text())
    told = document["detectors"]["lite"]["trained_on"]
    told["pictures"] = told.pop("samples")
    path.write_text(json.dumps(document))
    trained_on = read_manifest(tmp_path)["lite"].trained_on
    assert (trained_on.samples, trained_on.pictures) == (100, None)

"""Weights published while the page runs, as who opens it afterwards sees them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from detector.manifest import Figure, Metrics
from detector.settings import Settings
from detector.ui.app import launch_options, lay_out
from detector.ui.backend import Backend
from detector.weights import write_entry
from tests.e2e.conftest import Visitor, _free_port, visit
from tests.makers import make_entry

FIRST, SECOND = "unblend-lite2", "sbi-efficientnet-b4"


def figures(auc: float) -> Metrics:
    return Metrics(test={"a": Figure(n=9, auc=auc)}, cross={"b": Figure(n=9, auc=auc - 0.2)})


def chosen(visitor: Visitor) -> tuple[str, str]:
    """The detector chosen in the tab Photo, and what stands under the list."""
    picker = visitor.page.locator("#photo-detector")
    return picker.locator("select").input_value(), picker.locator(".note p:visible").inner_text()


def test_who_opens_the_page_after_a_publish_sees_its_figures_and_can_choose(chromium, tmp_path: Path) -> None:
    write_entry(tmp_path, FIRST, make_entry(metrics=figures(0.91)))
    backend = Backend(replace(Settings.from_env({}), weights=tmp_path, port=_free_port()))
    page = lay_out(backend)
    page.launch(ssr_mode=False, prevent_thread_lock=True, quiet=True, **launch_options(backend.settings))
    try:
        visitor = visit(chromium, f"http://127.0.0.1:{backend.settings.port}")
        name, note = chosen(visitor)
        assert name == FIRST and "0.910" in note
        visitor.open_tab("Video")
        assert visitor.page.locator("#video-detector select").input_value() == FIRST
        write_entry(tmp_path, FIRST, make_entry(metrics=figures(0.83)))
        write_entry(tmp_path, SECOND, make_entry(metrics=figures(0.72)), default=SECOND)
        visitor.page.reload()
        visitor.page.locator("#photo-detector .note p:visible", has_text="0.720").wait_for()
        assert chosen(visitor)[0] == SECOND
        visitor.choose(FIRST)
        visitor.page.locator("#photo-detector .note p:visible", has_text="0.830").wait_for()
        assert chosen(visitor)[0] == FIRST
        visitor.open_tab("Video")
        assert visitor.page.locator("#video-detector select").input_value() == SECOND
        visitor.open_tab("About")
        rows = visitor.page.locator("#about table tr").all_inner_texts()
        assert [re.findall(r"\d\.\d{3}", row) for row in rows[1:]] == [["0.720", "0.520"], ["0.830", "0.630"]]
        visitor.open_tab("Detectors")
        visitor.page.locator("#worth [data-name]").nth(1).wait_for()
        assert visitor.complaints == []
        visitor.page.context.close()
    finally:
        page.close(verbose=False)

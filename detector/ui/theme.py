"""The look of the page: one Gradio theme for light and dark, the style sheet, the script, and what components
call of it.
"""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from gradio.themes.utils import colors, fonts, sizes
from markupsafe import Markup

from detector.ui.html import render

STYLES = tuple(sorted(Path(__file__).with_name("css").glob("*.css")))
"""One sheet a room, and those that all share: frame.css, evidence.css. A room's rules begin with its id."""

SCRIPTS = tuple(sorted(Path(__file__).with_name("js").glob("*.js")))
"""As STYLES; each adds what it offers to `window.unblend`, which has what components call on load."""

PICK = "unblend.pick(element, trigger)"
"""Where a component is loaded: what carries data-pick in it is a button, whose number `select` tells."""

ACT = "unblend.act(element, trigger)"
"""Where a component is loaded: a click on what carries data-act in it, or a change of such a field, triggers
`select` with `act` and `value`, the element's data-value or the field's value.
"""

CHECK = "unblend.check(element, props, trigger, watch)"
"""As ACT, and what is new in it is told, focused, and drawn on; what had the focus keeps it."""

CAMERA = "unblend.camera(element, server)"
"""The camera of Check: shots for the drop box, and frames for the live view."""

IS_DARK = "() => unblend.isDark()"

INK = colors.Color(
    name="ink", c50="#f7f8f9", c100="#eff1f3", c200="#dfe3e8", c300="#c5ccd4", c400="#97a2af", c500="#66727f",
    c600="#4b5663", c700="#37414d", c800="#222a34", c900="#171d25", c950="#0f141a",
)  # fmt: skip
BLUE = colors.Color(
    name="blue",
    c50="#eef5fd",
    c100="#d9e8fb",
    c200="#b5d2f7",
    c300="#86b5f0",
    c400="#5797e8",
    c500="#2f7de1",
    c600="#1d62bd",
    c700="#184f98",
    c800="#16427c",
    c900="#153760",
    c950="#0e2340",
)


def head() -> Markup:
    """What stands in the head of the document."""
    script = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    return render("head", script=Markup(script))


def page_theme() -> gr.themes.Base:
    """The theme of the page; its fonts come with Gradio, so that nothing is fetched from elsewhere."""
    theme = gr.themes.Base(
        primary_hue=BLUE,
        secondary_hue=BLUE,
        neutral_hue=INK,
        text_size=sizes.text_md,
        radius_size=sizes.radius_lg,
        spacing_size=sizes.spacing_md,
        # 600 is left out: the file that comes with Gradio lacks letters
        font=(fonts.LocalFont("IBM Plex Sans", weights=(400, 700)), "system-ui", "sans-serif"),
        font_mono=(fonts.LocalFont("IBM Plex Mono"), "ui-monospace", "monospace"),
    )
    return theme.set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_800",
        body_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_500",
        body_text_color_subdued_dark="*neutral_400",
        background_fill_primary="white",
        background_fill_primary_dark="*neutral_900",
        background_fill_secondary="*neutral_50",
        background_fill_secondary_dark="*neutral_950",
        block_background_fill="white",
        block_background_fill_dark="*neutral_900",
        block_border_width="1px",
        block_border_color="*neutral_200",
        block_border_color_dark="*neutral_800",
        border_color_primary="*neutral_200",
        border_color_primary_dark="*neutral_800",
        block_shadow="none",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_label_border_width="0px",
        block_label_text_color="*neutral_600",
        block_label_text_color_dark="*neutral_300",
        block_title_text_color="*neutral_800",
        block_title_text_color_dark="*neutral_100",
        block_title_text_weight="600",
        block_info_text_size="*text_sm",
        input_border_width="1px",
        input_border_color="*neutral_300",
        input_border_color_dark="*neutral_700",
        input_background_fill="white",
        input_background_fill_dark="*neutral_900",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_text_color="white",
        button_secondary_background_fill="white",
        button_secondary_background_fill_hover="*neutral_100",
        button_secondary_background_fill_dark="*neutral_800",
        button_secondary_background_fill_hover_dark="*neutral_700",
        button_secondary_border_color="*neutral_300",
        button_secondary_border_color_dark="*neutral_700",
        button_secondary_text_color="*neutral_800",
        button_secondary_text_color_dark="*neutral_100",
    )

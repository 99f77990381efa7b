"""Further tables of an evaluation, beside those of `tables`: into its Markdown and its JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from detector.evaluate.report.report import Report


@dataclass(frozen=True)
class Section:
    """Tables as Markdown that begins with a heading of the third level, and the same figures as plain values
    for JSON.
    """

    markdown: str
    content: Mapping[str, object]


def with_sections(report: Report, sections: Mapping[str, Section]) -> Report:
    """The report with each section at the end of its Markdown, and in its JSON under the section's name;
    without sections as it was.
    """
    if not sections:
        return report
    markdown = (
        "\n\n".join([report.markdown.rstrip(), *(one.markdown.strip() for one in sections.values())]) + "\n"
    )
    content = json.loads(report.json) | {name: one.content for name, one in sections.items()}
    return replace(report, markdown=markdown, json=json.dumps(content, indent=1, ensure_ascii=False) + "\n")

"""The stopwatch that times the page, in a real browser on a page whose delays are known."""

from __future__ import annotations

from tests.e2e.conftest import SHOWN_MS
from tools.stopwatch import STOPWATCH, Visit

PAGE = """<button>ask</button><p>before</p><script>
document.querySelector('button').addEventListener('click', () => {
  setTimeout(() => { document.querySelector('p').textContent += '.'; }, 200);
  setTimeout(() => { document.body.append(document.createElement('i')); }, 400);
});
</script>"""


def test_time_is_taken_from_the_click_until_what_is_new_is_shown(chromium) -> None:
    page = chromium.new_page()
    page.set_content(PAGE)
    page.add_script_tag(content=STOPWATCH)
    visit = Visit(page)
    button = page.get_by_role("button")
    for number in range(1, 4):
        page.wait_for_timeout(300)  # what passes before the click does not count
        changed = f"fresh('p') && count('i') >= {number}"
        visit.note(
            lambda: button.click(timeout=SHOWN_MS), {("first", 1.0): "fresh('p')", ("all", 0.1): changed}
        )
    first, everything = visit.timed
    assert len(first.seconds) == len(everything.seconds) == 2
    assert 0.2 <= first.first_s < 0.4 <= everything.median_s < 2
    assert first.kept and not everything.kept
    page.close()

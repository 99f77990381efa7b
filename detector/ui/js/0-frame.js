// What the page does in the browser: links to tabs and files, and `unblend`, which components call when they are
// loaded.

// What carries data-tab opens that tab.
document.addEventListener('click', (event) => {
  const link = event.target.closest('[data-tab]');
  if (!link) return;
  window.unblend.openTab(link.dataset.tab);
});

// What carries data-open shows that file of the visit on Check, whose room hears of it.
document.addEventListener('click', (event) => {
  const link = event.target.closest('[data-open]');
  if (!link) return;
  window.unblend.openTab('Check');
  document.dispatchEvent(new CustomEvent('unblend:open', { detail: link.dataset.open }));
});

// Gradio names the pictures of its footer a second time beside their words.
new MutationObserver((_, observer) => {
  const doubled = document.querySelectorAll('footer img');
  doubled.forEach((image) => { image.alt = ''; });
  if (doubled.length) observer.disconnect();
}).observe(document, { childList: true, subtree: true });

window.unblend = Object.assign(window.unblend || {}, {
  openTab(label) {
    const tabs = [...document.querySelectorAll('button[role=tab]')];
    tabs.find((tab) => tab.textContent.trim() === label)?.click();
    window.scrollTo({ top: 0 });
  },

  // What carries data-pick is a button: chosen by click, Enter or blank.
  pick(element, trigger) {
    element.addEventListener('click', (event) => {
      const chosen = event.target.closest('[data-pick]');
      if (chosen) trigger('select', { index: Number(chosen.dataset.pick) });
    });
  },

  // What carries data-act acts: a button by a click, a field (radio, list, range) by a change.
  act(element, trigger) {
    const tell = (source, value) => trigger('select', { act: source.dataset.act, value });
    element.addEventListener('click', (event) => {
      const source = event.target.closest('[data-act]');
      if (source && !source.matches('input, select')) tell(source, source.dataset.value ?? null);
    });
    element.addEventListener('change', (event) => {
      if (event.target.matches('input[data-act], select[data-act]')) tell(event.target, event.target.value);
    });
  },

  // Reads words out to who does not see the page.
  say(words) {
    const announcer = document.getElementById('announcer');
    if (!announcer) return;
    announcer.textContent = '';
    requestAnimationFrame(() => { announcer.textContent = words; });
  },

  isDark() {
    return [document.body, document.documentElement].some((part) => part.classList.contains('dark'));
  },
});

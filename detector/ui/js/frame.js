// What the page does in the browser: files pasted anywhere, links to tabs, and `unblend`, which components call
// when they are loaded.

document.addEventListener('paste', (event) => {
  const files = event.clipboardData ? event.clipboardData.files : [];
  if (!files.length) return;
  const inputs = [...document.querySelectorAll('.drop input[type=file]')];
  const target = inputs.find((input) => input.closest('.drop').offsetParent !== null);
  if (!target) return;
  const parcel = new DataTransfer();
  [...files].forEach((file) => parcel.items.add(file));
  target.files = parcel.files;
  target.dispatchEvent(new Event('change', { bubbles: true }));
});

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

  // As pick, and a click on a point of the timeline chooses that moment.
  pickMoment(element, trigger) {
    this.pick(element, trigger);
    const hook = () => document.querySelectorAll('#timeline .js-plotly-plot').forEach((plot) => {
      if (plot.dataset.hooked || !plot.on) return;
      plot.dataset.hooked = '1';
      plot.on('plotly_click', (click) => trigger('select', { time_s: click.points[0].x }));
    });
    new MutationObserver(hook).observe(document.body, { childList: true, subtree: true });
  },

  // Keeps the value of a component, the browser's own list and the note under it in step.
  follow(element, props, trigger, watch) {
    const select = element.querySelector('select');
    const show = () => {
      select.value = props.value;
      element.querySelectorAll('[data-detector]').forEach((note) => {
        note.hidden = note.dataset.detector !== select.value;
      });
    };
    show();
    select.addEventListener('change', () => { props.value = select.value; show(); trigger('input'); });
    watch(['value', 'choices'], show);
  },

  isDark() {
    return [document.body, document.documentElement].some((part) => part.classList.contains('dark'));
  },
});

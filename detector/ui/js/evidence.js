// Maps over a face are switched and faded in the browser alone; the kind that was chosen last stays chosen.
(() => {
  let kind = null;
  const show = (panel) => {
    panel.querySelectorAll('[data-kind]').forEach((part) => { part.hidden = part.dataset.kind !== kind; });
  };
  document.addEventListener('change', (event) => {
    const panel = event.target.closest('[data-map]');
    if (!panel || event.target.type !== 'radio') return;
    kind = event.target.value;
    show(panel);
  });
  document.addEventListener('input', (event) => {
    if (!event.target.matches('[data-fade]')) return;
    event.target.closest('[data-map]').style.setProperty('--opacity', event.target.value / 100);
  });
})();

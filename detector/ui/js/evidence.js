// Maps over a face are switched and faded in the browser alone; the kind that was chosen last stays chosen.
(() => {
  let kind = null;
  const show = (panel) => {
    panel.querySelectorAll('[data-kind]').forEach((part) => { part.hidden = part.dataset.kind !== kind; });
  };
  // New maps show the kind that was chosen before, where they have it.
  window.unblend.showMaps = (element) => element.querySelectorAll('[data-map]').forEach((panel) => {
    const choice = [...panel.querySelectorAll('input[type=radio]:enabled')].find((radio) => radio.value === kind);
    if (!choice) return;
    choice.checked = true;
    show(panel);
  });
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

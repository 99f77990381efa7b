// The strips of the tab Compare: one detector's are shown, and a cut is dragged over them in the browser alone.
(() => {
  const numbers = (text) => text.split(' ').map(Number);

  const showStrips = (radio) => radio.closest('section').querySelectorAll('[data-strips]').forEach((strips) => {
    strips.hidden = strips.dataset.strips !== radio.value;
  });

  const count = (strips, cut) => strips.querySelectorAll('output').forEach((output) => {
    const weights = numbers(output.dataset.weights);
    const share = numbers(output.dataset.logits)
      .reduce((sum, logit, place) => sum + (logit >= cut ? weights[place] : 0), 0);
    const groups = Number(output.dataset.n);
    output.textContent = `${Math.round(100 * share)} %${groups < 50 ? ` of ${groups}` : ''}`;
  });

  document.addEventListener('change', (event) => {
    if (event.target.matches('[data-strips-of]')) showStrips(event.target);
  });
  document.addEventListener('input', (event) => {
    if (!event.target.matches('[data-cut]')) return;
    const strips = event.target.closest('[data-strips]');
    const share = Number(event.target.value) / 1000;
    const { low, high } = strips.dataset;
    strips.style.setProperty('--cut', `${100 * share}%`);
    count(strips, Number(low) + share * (Number(high) - Number(low)));
  });
})();

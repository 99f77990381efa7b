// A button that was pressed has the keyboard again when the component around it was drawn anew.
window.unblend = Object.assign(window.unblend || {}, {
  stay(element, watch) {
    let pressed = null;
    element.addEventListener('click', (event) => {
      const button = event.target.closest('[data-act]');
      pressed = button ? button.dataset.act : null;
    });
    document.addEventListener('focusin', (event) => {
      if (!element.contains(event.target) && event.target !== document.body) pressed = null;
    });
    watch('value', () => requestAnimationFrame(() => {
      if (pressed) element.querySelector(`[data-act="${pressed}"]`)?.focus({ preventScroll: true });
    }));
  },
});

// The tab Learn: which of its four parts is shown, what is read out, the base-rate slider; and ?class=1.

if (new URLSearchParams(window.location.search).get('class') === '1') {
  document.documentElement.classList.add('in-class');
  // a class begins in its own room
  const tabs = new MutationObserver(() => {
    const own = [...document.querySelectorAll('button[role=tab]')].find((tab) => tab.textContent.trim() === 'Learn');
    if (!own) return;
    tabs.disconnect();
    requestAnimationFrame(() => own.click());
  });
  tabs.observe(document, { childList: true, subtree: true });
  // no file by any way: hidden drop boxes take none, and neither does the page
  ['paste', 'drop', 'dragover'].forEach((name) => document.addEventListener(name, (event) => {
    const carried = event.clipboardData || event.dataTransfer;
    if (carried && [...carried.types].includes('Files')) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true));
}

window.unblend = Object.assign(window.unblend || {}, {
  // The four steps: a click shows one of them, and the server hears of it.
  steps(element, trigger) {
    const room = element.closest('#learn');
    const show = (step, focus) => {
      room.dataset.step = step;
      element.querySelectorAll('[data-step]').forEach((button) => {
        if (button.dataset.step === step) button.setAttribute('aria-current', 'step');
        else button.removeAttribute('aria-current');
      });
      trigger('select', { act: 'step', value: step });
      if (!focus) return;
      const part = room.querySelector(`.learn-step-${step}`);
      window.requestAnimationFrame(() => {
        element.scrollIntoView({ block: 'start' });
        part.querySelector('h2')?.focus({ preventScroll: true });
      });
    };
    room.addEventListener('click', (event) => {
      const link = event.target.closest('[data-step], [data-go]');
      if (link && link !== room) show(link.dataset.step || link.dataset.go, Boolean(link.dataset.go));
    });
    // the first time that somebody sees it, and not before
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      show('1', false);
    });
    seen.observe(element);
  },

  // What is new and carries data-focus gets the focus, so that it is read out and the next key acts there.
  attend(element) {
    let last = null;
    new MutationObserver(() => {
      const target = element.querySelector('[data-focus]');
      if (!target || target.dataset.focus === last) return;
      if (last !== null) target.focus({ preventScroll: false });
      last = target.dataset.focus;
    }).observe(element, { childList: true, subtree: true });
  },

  // The base-rate slider; `data-stops` are shares of fakes, before them stands "no assumption".
  why(element) {
    const root = element.querySelector('[data-why]');
    const slider = root.querySelector('#why-prior');
    const stops = slider.dataset.stops.split(',').map(Number);
    const told = (share) => {
      if (share < 0.01) return `1 in ${Math.round(1 / share).toLocaleString('en')}`;
      return `${Math.round(share * 100)} in 100`;
    };
    const draw = () => {
      const ratio = root.querySelector('input[name=why-ratio]:checked');
      const times = Number(ratio.value);
      const share = slider.value === '0' ? null : stops[Number(slider.value) - 1];
      const fakes = share === null ? null : (100 * share * times) / (share * times + 1 - share);
      const count = fakes === null ? null : Math.round(fakes);
      let about = String(count);
      if (fakes !== null && fakes < 1) about = 'fewer than 1';
      const sentence = fakes === null
        ? `The odds become ${times} times what they were. What they were, the score does not know.`
        : `Of 100 pictures like yours with such a score about ${about} ${count === 1 ? 'is' : 'are'} fake.`
          .replace('about fewer', 'fewer');
      const words = share === null ? 'No assumption' : `${told(share)} are fake`;
      slider.setAttribute('aria-valuetext', words);
      root.querySelector('[data-prior]').textContent = words;
      root.querySelector('[data-sentence]').textContent = sentence;
      root.querySelector('[data-hundred]').setAttribute('aria-label', sentence);
      root.querySelector('[data-hundred]').dataset.known = String(fakes !== null);
      root.querySelectorAll('rect').forEach((rect, place) => {
        rect.classList.toggle('on', fakes !== null && place < count);
      });
    };
    root.addEventListener('input', draw);
    draw();
  },
});

// The room Check: files handed to Gradio's field, answers told and focused, boxes on a clip, the curve.
(() => {
  const PHONE = matchMedia('(max-width: 900px)');
  const told = new Set();

  const deliver = (files) => {
    const target = document.querySelector('#check-files input[type=file]');
    if (!target || !files.length) return;
    window.unblend.openTab('Check');
    const parcel = new DataTransfer();
    [...files].forEach((file) => parcel.items.add(file));
    target.files = parcel.files;
    target.dispatchEvent(new Event('change', { bubbles: true }));
  };

  document.addEventListener('paste', (event) => {
    const onCheck = document.querySelector('#check-bar')?.offsetParent;
    if (onCheck && event.clipboardData?.files.length) deliver(event.clipboardData.files);
  });

  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-choose]')) document.querySelector('#check-files input[type=file]')?.click();
    const toggle = event.target.closest('[data-toggle]');
    if (toggle) {
      const part = document.getElementById(toggle.dataset.toggle);
      part.hidden = !part.hidden;
      toggle.setAttribute('aria-expanded', String(!part.hidden));
    }
    const copy = event.target.closest('[data-copy]');
    if (copy) copyWords(copy);
  });

  const copyWords = async (button) => {
    const words = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(words);
    } catch {
      const field = Object.assign(document.createElement('textarea'), { value: words });
      document.body.append(field);
      field.select();
      document.execCommand('copy');
      field.remove();
      button.focus();
    }
    const label = button.textContent;
    button.textContent = 'Copied';
    window.unblend.say('Copied');
    setTimeout(() => { button.textContent = label; }, 2000);
  };

  // A file dragged anywhere over the room may be dropped on it.
  const onRoom = (event) => document.querySelector('#check-bar')?.offsetParent && event.dataTransfer?.types.includes('Files');
  document.addEventListener('dragover', (event) => {
    if (!onRoom(event)) return;
    event.preventDefault();
    document.querySelector('[data-drop]')?.classList.add('over');
  });
  document.addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) document.querySelector('[data-drop]')?.classList.remove('over');
  });
  document.addEventListener('drop', (event) => {
    if (!onRoom(event)) return;
    event.preventDefault();
    document.querySelector('[data-drop]')?.classList.remove('over');
    deliver(event.dataTransfer.files);
  });

  const focusOn = (heading) => {
    const far = PHONE.matches || heading.getBoundingClientRect().top < 0
      || heading.getBoundingClientRect().bottom > innerHeight;
    if (far) heading.scrollIntoView({ block: 'start' });
    heading.focus({ preventScroll: true });
  };

  // What names an element within its component, so that its successor can be found.
  const nameOf = (part) => {
    if (part.id) return `#${CSS.escape(part.id)}`;
    if (part.dataset.act) {
      const value = part.matches('input') ? `[value="${CSS.escape(part.value)}"]`
        : part.dataset.value === undefined ? '' : `[data-value="${CSS.escape(part.dataset.value)}"]`;
      return `[data-act="${part.dataset.act}"]${value}`;
    }
    return part.matches('[data-answer]') ? '[data-answer]' : null;
  };

  const freshen = (element) => {
    const saying = element.querySelector('[data-say]');
    if (saying && saying.dataset.say !== element.dataset.said) {
      element.dataset.said = saying.dataset.say;
      window.unblend.say(saying.dataset.say);
    }
    if (!saying) delete element.dataset.said;
    const fresh = element.querySelector('[data-fresh]');
    if (fresh && fresh.dataset.fresh !== element.dataset.seen) {
      element.dataset.seen = fresh.dataset.fresh;
      const heading = fresh.matches('[data-answer]') ? fresh : fresh.querySelector('[data-answer]');
      if (heading) focusOn(heading);
    }
    if (!fresh) delete element.dataset.seen;
    element.querySelectorAll('[data-player]').forEach(play);
    element.querySelectorAll('[data-curve]').forEach(followCurve);
    window.unblend.showMaps?.(element);
  };

  // Boxes that follow people between the judged moments.
  const play = (sheet) => {
    const video = sheet.querySelector('video'), boxes = sheet.querySelector('.boxes');
    const people = JSON.parse(sheet.dataset.moments);
    const marks = people.map((_, number) => {
      const mark = document.createElement('div');
      mark.className = 'box';
      mark.innerHTML = `<span>${number + 1}</span>`;
      boxes.append(mark);
      return mark;
    });
    const draw = () => {
      const chosen = Number(document.querySelector('input[name=check-face]:checked')?.value ?? 0);
      people.forEach((moments, number) => {
        const mark = marks[number], now = video.currentTime;
        const after = moments.findIndex((moment) => moment[0] >= now);
        const next = moments[after < 0 ? moments.length - 1 : after];
        const before = moments[Math.max(0, (after < 0 ? moments.length : after) - 1)];
        const gap = next[0] - before[0], step = moments.length > 1 ? (moments.at(-1)[0] - moments[0][0]) / (moments.length - 1) : 1;
        const seen = now >= moments[0][0] - step && now <= moments.at(-1)[0] + step && gap <= 2.5 * step + 0.01;
        const share = gap > 0 ? Math.min(1, Math.max(0, (now - before[0]) / gap)) : 0;
        mark.hidden = !seen;
        mark.classList.toggle('chosen', number === chosen && people.length > 1);
        ['left', 'top', 'width', 'height'].forEach((side, place) => {
          mark.style[side] = `${before[place + 1] + share * (next[place + 1] - before[place + 1])}%`;
        });
      });
      const now = document.querySelector('[data-now]'), plot = document.querySelector('[data-curve]');
      if (now && plot) ['x1', 'x2'].forEach((end) => now.setAttribute(end, 1000 * video.currentTime / plot.dataset.end));
    };
    const each = () => { draw(); if (sheet.isConnected) video.requestVideoFrameCallback?.(each); };
    video.addEventListener('loadeddata', draw);
    ['timeupdate', 'seeked'].forEach((name) => video.addEventListener(name, draw));
    document.addEventListener('change', draw);
    video.requestVideoFrameCallback?.(each);
    draw();
  };

  const seek = (time) => { const video = document.querySelector('[data-player] video'); if (video) video.currentTime = time; };

  const followCurve = (plot) => {
    const range = plot.parentElement.querySelector('[data-times]'), times = JSON.parse(range.dataset.times);
    const shown = range.parentElement.querySelector('output');
    const move = () => {
      const time = times[range.value];
      shown.textContent = `${time.toFixed(1)} s`;
      range.setAttribute('aria-valuetext', shown.textContent);
      seek(time);
    };
    range.addEventListener('input', move);
    plot.addEventListener('click', (event) => {
      const box = plot.querySelector('svg').getBoundingClientRect();
      const time = plot.dataset.end * (event.clientX - box.left) / box.width;
      range.value = times.reduce((best, each, place) => (Math.abs(each - time) < Math.abs(times[best] - time) ? place : best), 0);
      move();
      range.dispatchEvent(new Event('change', { bubbles: true }));
    });
    seek(times[range.value]);
  };

  // Faces are marked on the picture as they are chosen.
  document.addEventListener('change', (event) => {
    if (event.target.name !== 'check-face') return;
    document.querySelectorAll('#check-picture [data-box]').forEach((box) => {
      box.classList.toggle('chosen', box.dataset.box === event.target.value);
    });
  });

  Object.assign(window.unblend, {
    deliver,
    check(element, props, trigger, watch) {
      this.act(element, trigger);
      let last = null;
      element.addEventListener('focusin', (event) => { last = nameOf(event.target); });
      document.addEventListener('focusin', (event) => { if (!element.contains(event.target)) last = null; });
      watch('value', () => {
        if (last && document.activeElement === document.body) element.querySelector(last)?.focus({ preventScroll: true });
        freshen(element);
      });
      freshen(element);
      if (element.closest('#check-strip')) {
        document.addEventListener('unblend:open', (event) => trigger('select', { act: 'open', value: event.detail }));
      }
    },
    camera(element, server) {
      const room = element.querySelector('.camera'), video = room.querySelector('video');
      const boxes = room.querySelector('.boxes'), live = room.querySelector('[data-live]');
      const sheet = document.createElement('canvas');
      let shown = [], isLive = false, began = 0, frames = 0;
      const draw = (width) => {
        sheet.width = Math.min(width, video.videoWidth);
        sheet.height = Math.round(sheet.width * video.videoHeight / video.videoWidth);
        sheet.getContext('2d').drawImage(video, 0, 0, sheet.width, sheet.height);
      };
      const close = () => {
        isLive = false;
        video.srcObject?.getTracks().forEach((track) => track.stop());
        video.srcObject = null;
        room.hidden = true;
        boxes.replaceChildren();
        shown = [];
        live.setAttribute('aria-pressed', 'false');
        document.querySelector('[data-camera]')?.setAttribute('aria-expanded', 'false');
      };
      const open = async () => {
        room.hidden = false;
        document.querySelector('[data-camera]').setAttribute('aria-expanded', 'true');
        try {
          video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 1280 } });
          room.querySelector('[data-shot]').focus();
        } catch {
          room.querySelector('[data-live-said]').textContent = 'The browser gives no camera to this page.';
        }
      };
      // A face is the one before whose middle is nearest; its box moves half of the way.
      const smooth = (faces) => faces.map((face) => {
        const middle = (place) => [place[0] + place[2] / 2, place[1] + place[3] / 2];
        const [x, y] = middle(face.place);
        const before = shown.find((other) => { const [u, v] = middle(other.place); return Math.hypot(u - x, v - y) < face.place[2]; });
        return before ? { ...face, place: face.place.map((value, side) => (value + before.place[side]) / 2) } : face;
      });
      const look = async () => {
        if (!isLive || !video.videoWidth) return;
        draw(640);
        const faces = await server.glance(sheet.toDataURL('image/jpeg', 0.85));
        if (!isLive) return;
        shown = smooth(faces);
        boxes.replaceChildren(...shown.map((face) => {
          const box = document.createElement('div'), words = document.createElement('span');
          box.className = 'box';
          words.textContent = face.words;
          ['left', 'top', 'width', 'height'].forEach((side, place) => { box.style[side] = `${face.place[place]}%`; });
          box.append(words);
          return box;
        }));
        frames += 1;
        boxes.dataset.rate = (1000 * frames / (performance.now() - began)).toFixed(2);
        setTimeout(look, 60);
      };
      document.addEventListener('click', (event) => {
        if (event.target.closest('[data-camera]')) { if (room.hidden) open(); else close(); }
      });
      room.addEventListener('click', (event) => {
        if (event.target.closest('[data-close]')) { close(); document.querySelector('[data-camera]')?.focus(); }
        if (event.target.closest('[data-shot]') && video.videoWidth) {
          draw(video.videoWidth);
          sheet.toBlob((blob) => { close(); deliver([new File([blob], 'camera.png', { type: 'image/png' })]); }, 'image/png');
        }
        if (event.target.closest('[data-live]')) {
          isLive = !isLive;
          live.setAttribute('aria-pressed', String(isLive));
          [began, frames] = [performance.now(), 0];
          if (isLive) look(); else boxes.replaceChildren();
        }
      });
    },
  });
})();

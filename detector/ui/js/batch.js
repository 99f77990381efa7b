// The tab Batch: folders that are dropped, and files that open in Check.

window.unblend = Object.assign(window.unblend || {}, {
  // Shows a file of the visit in Check.
  openFile(key) {
    if (!key) return;
    this.openTab('Check');
    document.dispatchEvent(new CustomEvent('unblend:open', { detail: key }));
  },

  // A folder dropped on the box is taken as the files in it.
  dropFolders() {
    const box = document.querySelector('#batch-drop');
    if (!box || box.dataset.folders) return;
    box.dataset.folders = '1';
    const filesIn = async (entry) => {
      if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
      const reader = entry.createReader();
      const found = [];
      for (;;) {
        // a reader gives a hundred at a time
        const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
        if (!some.length) break;
        for (const one of some) found.push(...await filesIn(one));
      }
      return found;
    };
    box.addEventListener('drop', async (event) => {
      const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
      if (!entries.some((entry) => entry.isDirectory)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const parcel = new DataTransfer();
      for (const entry of entries) (await filesIn(entry)).forEach((file) => parcel.items.add(file));
      const input = box.querySelector('input[type=file]');
      input.files = parcel.files;
      input.dispatchEvent(new Event('change', { bubbles: true }));
    }, true);
  },
});

"use strict";
(() => {
  const one = (what, within = document) => within.querySelector(what);
  const all = (what, within = document) => [...within.querySelectorAll(what)];
  const form = one("#filter");
  if (!form) return;
  const rows = all("#rows tr[data-n]");
  const dialog = one("#drill");
  const evidence = JSON.parse(one("#evidence").textContent);
  const names = ["q", "warehouse", "class", "owner", "ev", "age", "open"];
  const text = new Map(rows.map(row => [row, row.textContent.toLowerCase()]));
  let settling = false;

  const fields = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const write = (wanted) => {
    const kept = new URLSearchParams();
    for (const name of [...names, "key"]) if (wanted[name]) kept.set(name, wanted[name]);
    const hash = kept.toString().replaceAll("+", "%20");
    history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
  };
  const asked = () => {
    const found = {};
    for (const name of names) {
      const input = form.elements[name];
      const value = input.type === "checkbox" ? (input.checked ? "1" : "") : input.value.trim();
      if (value) found[name] = value;
    }
    return found;
  };
  const show = (wanted) => {
    const words = (wanted.q || "").toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const fits = words.every(word => text.get(row).includes(word))
        && (!wanted.warehouse || row.parentNode.dataset.warehouse === wanted.warehouse)
        && ["class", "owner", "ev", "age", "open"].every(name => !wanted[name] || row.dataset[name] === wanted[name]);
      row.hidden = !fits;
      count += fits;
    }
    for (const body of all("#rows tbody")) body.hidden = !all("tr[data-n]:not([hidden])", body).length;
    one("output", form).textContent = count;
    const todo = one(".todo");
    todo.classList.toggle("picked", Boolean(wanted.owner));
    for (const item of all("li", todo)) item.classList.toggle("of", item.dataset.owner === wanted.owner);
    for (const link of all(".owners a", todo)) link.classList.toggle("on", link.dataset.owner === wanted.owner);
  };
  const fill = (wanted) => {
    for (const name of names) {
      const input = form.elements[name];
      if (input.type === "checkbox") input.checked = wanted[name] === "1";
      else input.value = wanted[name] || "";
    }
  };
  const make = (kind, words, parent) => {
    const node = document.createElement(kind);
    if (words !== undefined) node.textContent = words;
    if (parent) parent.append(node);
    return node;
  };
  const drill = (row) => {
    const found = evidence[row.dataset.n];
    one("h2", dialog).textContent = found.title;
    one(".why", dialog).textContent = found.why;
    const place = one(".sections", dialog);
    place.replaceChildren();
    for (const part of found.sections) {
      const box = make("div", undefined, place);
      if (part.head.length > 6) box.className = "wide";
      make("h3", part.title, box);
      if (part.note) make("p", part.note, box).className = "quiet";
      if (!part.rows.length) continue;
      const table = make("table", undefined, box);
      const head = make("tr", undefined, make("thead", undefined, table));
      const body = make("tbody", undefined, table);
      const numbers = new Set(part.numbers || []);
      part.head.forEach((words, n) => { const cell = make("th", words, head); if (numbers.has(n)) cell.className = "n"; });
      part.rows.forEach((cells, number) => {
        const line = make("tr", undefined, body);
        const mark = (part.marks || {})[number];
        cells.forEach((words, n) => { const cell = make("td", words, line); if (numbers.has(n)) cell.className = "n"; });
        if (mark) { line.className = "mark"; make("b", " ◀ " + mark, line.lastChild); }
      });
    }
    if (!dialog.open) dialog.showModal();
  };
  const goto = () => {
    if (settling) return;
    const hash = location.hash.slice(1);
    const wanted = fields();
    if (wanted.key) {
      const row = document.getElementById(wanted.key);
      fill(wanted); show(wanted);
      if (row) { row.hidden = false; row.parentNode.hidden = false; drill(row); }
    } else if (names.some(name => wanted[name])) {
      fill(wanted); show(wanted);
      if (Object.keys(wanted).join() !== "owner") one("#controller").scrollIntoView();
    } else if (!hash || document.getElementById(hash)) {
      if (dialog.open) dialog.close();
    }
  };
  form.addEventListener("input", () => { const wanted = asked(); write(wanted); show(wanted); });
  form.addEventListener("reset", () => setTimeout(() => { write({}); show({}); }));
  form.addEventListener("submit", event => event.preventDefault());
  dialog.addEventListener("close", () => { settling = true; write(asked()); settling = false; });
  dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close(); });
  addEventListener("hashchange", goto);
  for (const link of all(".owners a")) link.addEventListener("click", event => {
    if (!link.classList.contains("on")) return;
    event.preventDefault(); fill({}); write({}); show({});
  });
  one("#rows").addEventListener("click", event => {
    const row = event.target.closest("tr[data-n]");
    if (row && !event.target.closest("a") && !String(getSelection())) { row.focus(); location.hash = "key=" + row.id; }
  });
  addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) { if (event.key === "Escape") event.target.blur(); return; }
    const parts = ["overview", "controller", "figures", "dba", "auditor"];
    if (event.key === "/") { event.preventDefault(); form.scrollIntoView(); form.elements.q.focus(); }
    else if (parts[event.key - 1]) document.getElementById(parts[event.key - 1]).scrollIntoView();
    else if (event.key === "j" || event.key === "k") {
      const shown = rows.filter(row => !row.hidden);
      const at = shown.indexOf(document.activeElement.closest("tr"));
      const next = shown[Math.max(0, Math.min(shown.length - 1, at + (event.key === "j" ? 1 : -1)))];
      if (next) { next.focus({preventScroll: true}); next.scrollIntoView({block: "center"}); }
    } else if (event.key === "Enter") {
      const row = document.activeElement.closest("#rows tr[data-n]");
      if (row) { event.preventDefault(); location.hash = "key=" + row.id; }
    }
  });
  show({});
  goto();
})();

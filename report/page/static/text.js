// Small helpers for text on the page.
export const byId = (id) => document.getElementById(id);

export function copyOf(template) {
  return byId(template).content.firstElementChild.cloneNode(true);
}

// setText leaves an unchanged text alone, so that screen readers and selections are not disturbed.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setPill(element, status, text = status) {
  element.dataset.status = status;
  setText(element, text);
}

// facts shows [name, value, bad] as a description list, reusing what is there.
export function facts(list, rows) {
  while (list.children.length > rows.length) list.lastElementChild.remove();
  rows.forEach(([name, value, bad = false], i) => {
    let row = list.children[i];
    if (!row) {
      row = document.createElement("div");
      row.append(document.createElement("dt"), document.createElement("dd"));
      list.append(row);
    }
    setText(row.firstElementChild, name);
    setText(row.lastElementChild, value);
    row.classList.toggle("bad", bad);
  });
}

export function clock(date) {
  return date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

// day is the clock's time, with the date unless it is today's.
export function day(date) {
  const today = new Date().toDateString() === date.toDateString();
  return today ? clock(date) : `${date.toLocaleDateString()} ${clock(date)}`;
}

export function span(seconds) {
  const s = Math.floor(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

// sign shows a label's sign and its name.
export function sign(element, label) {
  element.dataset.label = label;
  element.querySelector("use").setAttribute("href", `#${label}`);
  setText(element.querySelector("b"), label);
}

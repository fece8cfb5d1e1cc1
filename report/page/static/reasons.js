// The list of problems: what has one, what was found, what to do about it, and since when.
import { byId, copyOf, day, setText } from "./text.js";

export function showReasons({ reasons: texts, health }) {
  const list = byId("reasons");
  const known = new Set((health.reason ?? "").split("\n")); // the texts of health.reasons
  const recent = texts.filter((text) => !known.has(text)).map((finding) => ({ finding })); // too new to count for the health
  const rows = [...(health.reasons ?? []), ...recent];
  while (list.children.length > rows.length) list.lastElementChild.remove();
  while (list.children.length < rows.length) list.append(copyOf("reason"));
  rows.forEach((reason, i) => show(list.children[i], reason));
  list.hidden = rows.length === 0;
}

function show(row, { subject = "", check = "", finding, hint = "", since }) {
  setText(row.querySelector(".subject"), [subject, check].filter(Boolean).join(" "));
  setText(row.querySelector(".finding"), finding);
  setText(row.querySelector(".hint"), hint);
  const time = row.querySelector("time");
  setText(time, since ? `since ${day(new Date(since))}` : "");
  if (since) time.dateTime = since;
  else time.removeAttribute("datetime");
}

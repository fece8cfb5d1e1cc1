// The list of the last decisions, and how many there were of each label.
import { byId, clock, copyOf, setText, sign } from "./text.js";

const LABELS = ["correct", "incorrect", "none", "unknown"];
const KEPT = 50;
const log = byId("decisions");
const list = log.querySelector("ol");
const shown = new Set(); // ids: after a reconnect the daemon repeats the recent ones

export function addDecision({ event, truth }) {
  if (shown.has(event.id)) return;
  shown.add(event.id);
  const row = copyOf("decision");
  row.dataset.id = event.id;
  const part = (name) => row.querySelector(name);
  sign(part(".label"), LABELS.includes(event.label) ? event.label : "unknown");
  part(".who").textContent = `person ${event.track}, ${event.camera}`;
  part("time").textContent = clock(new Date(event.time));
  part("time").dateTime = event.time;
  part(".why").textContent = why(event);
  part(".defense").textContent = defense(event);
  part(".defense").classList.toggle("alarm", Boolean(event.alarm));
  if (truth) {
    part(".truth").hidden = false;
    part(".truth").textContent = truth === event.label ? `truth: ${truth}` : `≠ truth: ${truth}`;
    part(".truth").classList.toggle("wrong", truth !== event.label);
  }
  list.prepend(row);
  log.querySelector(".empty").hidden = true;
  while (list.children.length > KEPT) {
    shown.delete(list.lastElementChild.dataset.id);
    list.lastElementChild.remove();
  }
}

function why(event) {
  const unverified = event.verified ? "" : ", unverified";
  if (event.reason === "fail_safe") return "the self-test failed" + unverified;
  if (event.reason) return event.reason.replaceAll("_", " ") + unverified;
  const votes = Object.values(event.votes).reduce((a, b) => a + b, 0);
  const probability = event.probabilities[event.label];
  const parts = [`${event.votes[event.label]} of ${votes} votes`];
  if (probability !== undefined) parts.unshift(`${Math.round(100 * probability)} %`);
  return parts.join(", ") + unverified;
}

// defense is what the deciding frame guarantees or makes suspicious.
function defense(event) {
  const parts = event.alarm ? [`alarm: ${event.alarm}`] : [];
  const patches = `for patches up to ${Math.round(100 * event.certified_patch)} %`;
  if (event.certified && event.certified !== "never_correct") parts.push(`${event.certified} certified ${patches}`);
  if (event.never_correct) parts.push(`certified never correct ${patches}`);
  if (event.suspected) parts.push(`suspected: ${event.suspicion.join(", ").replaceAll("_", " ")}`);
  if (event.recovered) parts.push(`recovered: ${event.recovered}`);
  return parts.join("; ");
}

export function clearDecisions() {
  list.replaceChildren();
  shown.clear();
  log.querySelector(".empty").hidden = false;
  log.setAttribute("aria-busy", "true");
}

// announceDecisions lets screen readers read from now on: the first ones were old.
export function announceDecisions() {
  log.setAttribute("aria-busy", "false");
}

export function showRates(decisions) {
  const rates = byId("rates");
  LABELS.forEach((label, i) => {
    let tile = rates.children[i];
    if (!tile) {
      tile = copyOf("rate");
      sign(tile.querySelector(".label"), label);
      rates.append(tile);
    }
    const { total, per_minute: rate } = decisions[label];
    setText(tile.querySelector("strong"), rate.toLocaleString());
    setText(tile.querySelector(".total"), `${total.toLocaleString()} since the start`);
  });
}

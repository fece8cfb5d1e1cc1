// Connects the daemon's events to cameras, decisions and system facts.
import { showCameras, pausePictures } from "./camera.js";
import { addDecision, clearDecisions, showRates, announceDecisions } from "./decision.js";
import { listen } from "./feed.js";
import { healthFacts, offerSelfTest, showAlarm } from "./health.js";
import { showReasons } from "./reasons.js";
import { byId, clock, facts, setPill, span } from "./text.js";

let instance;
let version;

function showState(message) {
  const state = message.state;
  if (version && version !== state.version) {
    location.reload(); // the daemon was updated, and this page with it
    return;
  }
  version = state.version;
  if (instance && instance !== state.instance) {
    clearDecisions();
  }
  instance = state.instance;

  document.title = `${state.device} – maskwarden`;
  byId("device").textContent = state.device;
  setPill(byId("status"), state.status);
  showReasons(state);
  showAlarm(state.health);
  offerSelfTest(message.selftest);

  showCameras(state.cameras, message.stages);
  showRates(message.decisions);
  facts(byId("system"), systemFacts(message));
}

function systemFacts({ state, broker_connected: connected }) {
  const spool = state.spool;
  const outbox = [spool.queued === 0 ? "empty" : `${spool.queued} waiting`];
  if (spool.dropped > 0) outbox.push(`${spool.dropped} lost`);
  if (spool.error) outbox.push(spool.error);
  return [
    ...healthFacts(state.health),
    ["Broker", connected === undefined ? "none configured" : connected ? "connected" : "not connected", connected === false],
    ["Outbox", outbox.join(", "), spool.dropped > 0 || Boolean(spool.error)],
    ["Model", state.model || "none loaded"],
    ["Version", state.version],
    ["Running for", span(state.uptime_seconds)],
  ];
}

function showContact(ok, last) {
  const banner = byId("lost");
  document.body.classList.toggle("stale", !ok);
  banner.hidden = ok;
  if (ok) return;
  const when = last ? `Last message at ${clock(last)}.` : "";
  banner.textContent = `Contact with the daemon lost. ${when} Reconnecting; the data below is old.`;
  setPill(byId("status"), "lost", "contact lost");
  pausePictures();
}

listen({ state: showState, decision: addDecision, contact: showContact, settled: announceDecisions });

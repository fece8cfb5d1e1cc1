// The state of health, the alarm, and the button that starts a self-test.
import { byId, day, setText } from "./text.js";

const NAMES = { init: "not tested yet", selftest: "testing itself", fail_safe: "fail-safe" };

export function healthFacts({ state, since, selftest }) {
  const rows = [["Health", `${NAMES[state] ?? state} since ${day(new Date(since))}`, state === "degraded" || state === "fail_safe"]];
  if (selftest) {
    const parts = [`${selftest.result} at ${day(new Date(selftest.time))}`, `${selftest.checks} checks`];
    if (selftest.failed.length > 0) parts.push(`failed: ${selftest.failed.join(", ")}`);
    if (selftest.warned.length > 0) parts.push(`warned: ${selftest.warned.join(", ")}`);
    rows.push(["Self-test", parts.join("; "), selftest.result !== "pass"]);
  }
  return rows;
}

export function showAlarm({ alarm }) {
  const banner = byId("alarm");
  setText(banner, alarm ? "The self-test failed: every label is unknown until it passes." : "");
  banner.hidden = !alarm;
}

// Without a token every user of the unit could press it.
export function offerSelfTest(allowed) {
  byId("selftest").parentElement.hidden = !allowed;
}

byId("selftest").addEventListener("click", async () => {
  const requested = byId("requested");
  try {
    const answer = await fetch(new URL("selftest", location.origin + location.pathname), { method: "POST" });
    setText(requested, answer.ok ? "Requested: it starts within a minute." : `Refused: ${await answer.text()}`);
  } catch {
    setText(requested, "The daemon cannot be reached.");
  }
});

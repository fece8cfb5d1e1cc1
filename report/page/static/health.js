// The state of health, the alarm, and the button that asks for a self-test.
import { byId, clock, setText } from "./text.js";

const NAMES = { init: "not tested yet", selftest: "testing itself", fail_safe: "fail-safe" };

function day(date) {
  const today = new Date().toDateString() === date.toDateString();
  return today ? clock(date) : `${date.toLocaleDateString()} ${clock(date)}`;
}

export function healthFacts({ state, since, selftest }) {
  const rows = [["Health", `${NAMES[state] ?? state} since ${day(new Date(since))}`, state === "degraded" || state === "fail_safe"]];
  if (selftest) {
    const failed = selftest.failed.length > 0 ? `: ${selftest.failed.join(", ")}` : ` of ${selftest.checks} checks`;
    rows.push(["Self-test", `${selftest.result} at ${day(new Date(selftest.time))}${failed}`, selftest.result !== "pass"]);
  }
  return rows;
}

export function showAlarm({ alarm, reason }) {
  const banner = byId("alarm");
  const text = alarm ? `The self-test failed: nobody is judged until it passes. ${reason}` : "";
  if (banner.hidden === alarm || banner.textContent !== text) {
    setText(banner, text);
    banner.hidden = !alarm;
  }
}

byId("selftest").addEventListener("click", async () => {
  const asked = byId("asked");
  try {
    const answer = await fetch("selftest", { method: "POST" });
    setText(asked, answer.ok ? "Asked for; it starts within a minute." : `Refused: ${await answer.text()}`);
  } catch {
    setText(asked, "The daemon cannot be reached.");
  }
});

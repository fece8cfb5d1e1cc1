// One card a camera: picture, health, stage times.
import { byId, clock, copyOf, facts, setPill, setText } from "./text.js";

// A browser opens six connections to a server, the events take one: so many pictures move, others are stills.
const MOVING = 3;
const STILL = 2000; // ms between stills, and before a picture that failed is tried again

const cards = new Map();
let contact = false;

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) cards.get(entry.target.dataset.name).visible = entry.isIntersecting;
  direct();
});

class Card {
  constructor(name) {
    this.visible = false;
    this.mode = "off";
    this.root = copyOf("camera");
    this.root.dataset.name = name;
    const part = (selector) => this.root.querySelector(selector);
    this.img = part("img");
    this.veil = part(".veil");
    this.pill = part(".pill");
    this.facts = part(".facts dl");
    this.stages = part(".stages");
    this.url = `camera/${encodeURIComponent(name)}`;
    this.img.alt = `Live picture of camera ${name}, faces boxed and labeled`;
    part("h2").textContent = name;
    this.img.addEventListener("load", () => this.loaded());
    this.img.addEventListener("error", () => this.failed());
  }

  // play sets the picture to off, still or moving.
  play(mode) {
    if (mode === this.mode) return;
    clearTimeout(this.timer);
    this.mode = mode;
    if (mode === "off") this.img.removeAttribute("src"); // ends the stream: the daemon stops encoding
    else this.load();
  }

  load() {
    this.img.src = `${this.url}.${this.mode === "moving" ? "mjpeg" : "jpg"}?${Date.now()}`;
  }

  loaded() {
    this.img.hidden = false;
    if (this.mode === "still") this.timer = setTimeout(() => this.load(), STILL);
  }

  failed() {
    if (this.mode === "off") return;
    this.img.hidden = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(), STILL);
  }

  show(camera, stages) {
    this.status = camera.status;
    setPill(this.pill, camera.status);
    const lost = camera.status === "lost";
    const reason = camera.reason ? `: ${camera.reason}` : "";
    setText(this.veil, lost ? `No picture since ${clock(new Date(camera.since))}${reason}` : "Waiting for a picture");
    this.root.classList.toggle("lost", lost);
    if (camera.width && camera.height) this.img.parentElement.style.aspectRatio = `${camera.width} / ${camera.height}`;
    facts(this.facts, [
      ["people", lost ? "–" : String(camera.people)],
      ["fps", lost ? "–" : camera.fps.toFixed(1)],
      ["dropped", camera.dropped.toLocaleString(), camera.dropped > 0.1 * camera.frames],
      ["damaged", camera.damaged.toLocaleString(), camera.damaged > 0.05 * camera.frames],
      ["size", camera.width ? `${camera.width}×${camera.height}` : "–"],
    ]);
    this.root.querySelector("h3").hidden = stages.length === 0;
    facts(this.stages, stages.map((s) => [s.stage, s.p50_ms.toFixed(s.p50_ms < 10 ? 2 : 1)]));
    const longest = Math.max(0.001, ...stages.map((s) => s.p50_ms));
    stages.forEach((s, i) => this.stages.children[i].style.setProperty("--share", s.p50_ms / longest));
  }
}

// direct gives the moving pictures to the first cameras in sight.
function direct() {
  let moving = 0;
  for (const card of cards.values()) {
    if (!contact || document.hidden || !card.visible || card.status === "lost") card.play("off");
    else card.play(moving++ < MOVING ? "moving" : "still");
  }
}

export function showCameras(cameras, stages) {
  contact = true;
  const section = byId("cameras");
  const names = new Set(cameras.map((camera) => camera.name));
  for (const [name, card] of cards) {
    if (names.has(name)) continue;
    seen.unobserve(card.root);
    card.play("off");
    card.root.remove();
    cards.delete(name);
  }
  for (const camera of cameras) {
    if (!cards.has(camera.name)) {
      const card = new Card(camera.name);
      cards.set(camera.name, card);
      section.append(card.root);
      seen.observe(card.root);
    }
    cards.get(camera.name).show(camera, stages[camera.name] ?? []);
  }
  const empty = section.querySelector(".empty");
  empty.hidden = cameras.length > 0;
  setText(empty, "The configuration names no camera.");
  direct();
}

export function pausePictures() {
  contact = false;
  for (const card of cards.values()) {
    setText(card.veil, "No live picture: contact lost");
    setPill(card.pill, "unknown");
  }
  direct();
}

document.addEventListener("visibilitychange", direct);

// The daemon's events, with a new connection whenever one breaks or falls silent.
const SILENCE = 5000; // ms; the daemon speaks every second
const PAUSE = 1500; // ms before another try

export function listen({ state, decision, contact, settled }) {
  let source;
  let retry;
  let heard = Date.now(); // when the last message came
  let last; // the same as a Date, undefined before the first
  let states = 0; // on this connection

  function open() {
    states = 0;
    heard = Date.now();
    source = new EventSource("events");
    source.addEventListener("state", (event) => {
      heard = Date.now();
      last = new Date();
      states += 1;
      contact(true, last);
      state(JSON.parse(event.data));
      if (states === 2) settled(); // the recent decisions came between the first and the second
    });
    source.addEventListener("decision", (event) => decision(JSON.parse(event.data)));
    source.addEventListener("error", lose);
  }

  // EventSource would give up on some errors by itself: always open a new one.
  function lose() {
    source.close();
    contact(false, last);
    clearTimeout(retry);
    retry = setTimeout(open, PAUSE);
    heard = Infinity;
  }

  setInterval(() => {
    if (Date.now() - heard > SILENCE) lose();
  }, 1000);
  open();
}

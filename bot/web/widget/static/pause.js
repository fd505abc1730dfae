// Pauses that grow, each of a random length so that many widgets don't come back at once
// ("full jitter": between half of the pause and the whole).
const FIRST = 1000;
const LONGEST = 20000;

export class Pause {
  constructor() {
    this.reset();
    addEventListener("online", () => this.end());
  }

  reset() {
    this.length = FIRST;
  }

  // least: seconds that the server asked for.
  take(least = 0) {
    const length = Math.max(
      this.length * (0.5 + Math.random() / 2),
      least * 1000 * (1 + Math.random() / 2),
    );
    this.length = Math.min(LONGEST, this.length * 2);
    return new Promise(done => {
      this.done = done;
      this.timer = setTimeout(done, length);
    });
  }

  // Go on at once.
  end() {
    clearTimeout(this.timer);
    this.reset();
    this.done?.();
  }
}

// What is promised, or an error once it is stopped: a page may have a fetch of its own that knows of no signals.
export const within = (promise, signal) => {
  const stopped = new Promise((_, fail) => signal.addEventListener("abort", fail));
  return Promise.race([promise, stopped]);
};

// Until so many ms are over, or it is stopped.
export const wait = (length, signal) =>
  new Promise(done => {
    const timer = setTimeout(done, length);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      done();
    });
  });

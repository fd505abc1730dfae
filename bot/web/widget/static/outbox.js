// Messages and events on their way to the server: each a key of its own in the store, so that tabs
// can add without overwriting each other. One tab at a time sends, in order, until each is taken.
import { Pause } from "./pause.js";

const ANSWER_WITHIN = 15000;
const MOST_EVENTS = 50;
let latest = 0; // a clock that is set back changes no order

export class Outbox {
  // ask(method, path, body, signal) -> Response; on { status(id, status, detail), gone(answer) }
  constructor(store, locked, ask, on) {
    Object.assign(this, { store, locked, ask, on });
    this.pause = new Pause();
    this.running = false;
  }

  // kind: "message", kept until it is taken; "event", of which only the latest wait.
  add(kind, path, body, shown) {
    latest = Math.max(latest + 1, Date.now() * 1000);
    const order = String(latest).padStart(17, "0");
    this.store.set(`out:${kind}:${order}-${body.id}`, { path, body, shown });
    if (kind === "event")
      this.waiting("event")
        .slice(0, -MOST_EVENTS)
        .forEach(one => this.store.remove(one.key));
    this.flush();
  }

  waiting(kind) {
    return this.store
      .names(`out:${kind}:`)
      .map(key => ({ key, ...this.store.get(key) }))
      .filter(one => one.body);
  }

  // The server has it, whoever found out.
  taken(id) {
    this.waiting("message")
      .filter(one => one.body.id === id)
      .forEach(one => this.store.remove(one.key));
  }

  async flush() {
    if (this.running) return;
    this.running = true;
    try {
      await this.locked("send", () => this.sendAll());
    } finally {
      this.running = false;
    }
    if (this.next()) this.flush(); // came in between the last look and the end
  }

  next() {
    return this.waiting("message")[0] || this.waiting("event")[0];
  }

  async sendAll() {
    for (let one = this.next(); one; one = this.next()) {
      if (await this.send(one)) this.pause.reset();
      else await this.pause.take(this.least);
    }
  }

  later() {
    this.waiting("message").forEach(one => this.on.status(one.body.id, "waiting"));
    return false;
  }

  // Whether this one is done with, for good or ill.
  async send({ key, path, body }) {
    this.on.status(body.id, "sending");
    let answer = null;
    this.least = 0;
    try {
      answer = await this.ask("POST", path, body, AbortSignal.timeout?.(ANSWER_WITHIN));
    } catch {
      return this.later();
    }
    if (await this.on.gone(answer)) return false;
    if (answer.status === 429 || answer.status >= 500) {
      this.least = Number(answer.headers.get("Retry-After"));
      return this.later();
    }
    this.store.remove(key);
    const detail = await answer.json().catch(() => ({}));
    this.on.status(body.id, answer.ok ? "sent" : "refused", answer.ok ? detail.seq : detail.error);
    return true;
  }
}

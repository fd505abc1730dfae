// A conversation that loses and doubles nothing: messages have ids of the widget's, the server
// numbers them, and whoever was away asks for what came after the last number that it saw. One tab
// holds the stream and passes it on to the others; each event names the number before it, so that
// a tab that missed one notices, and fetches it. Where something on the way holds the stream back, it
// is asked for what is new every few seconds: what is asked later is answered first then, which on a slow
// machine or line it isn't.
import { newId } from "./dom.js";
import { Outbox } from "./outbox.js";
import { Pause, wait, within } from "./pause.js";
import { written } from "./store.js";

const SILENT_FOR = 40000; // the server says something each 15 s; else the connection is dead
const LATE_AFTER = 2500; // the server speaks at once, and of each message that it took
const GRACE = 500; // for what was on its way when something that was asked later was answered
const POLL_EVERY = 3000;
const POLL_FOR = 60000; // then the stream is tried again

export class Conversation {
  // on { message(event), state({state, who}), status(id, status, detail), queued(body, shown),
  //      language(), part(name), connection(isUp), heldBack(isHeld), clock(now), cleared(receipt) }
  constructor(base, store, on) {
    Object.assign(this, { base, store, on });
    this.last = 0;
    this.known = new Set(); // numbers of the messages that were told
    this.pause = new Pause();
    this.outbox = new Outbox(
      store,
      (name, work) => this.locked(name, work),
      (...request) => this.ask(...request),
      {
        status: (id, status, detail) => {
          this.tell("status", { id, status, detail });
          const isMessage = status === "sent" && Number.isInteger(detail); // and not a click, say
          if (isMessage) setTimeout(this.expect, LATE_AFTER, detail, this.token);
        },
        gone: answer => this.gone(answer),
      },
    );
    this.openChannel();
    addEventListener("storage", change => this.stored(change));
    addEventListener("offline", () => {
      this.stopStream?.abort(); // what was asked before may still be answered: the next one tells
      this.connected(false);
    });
    addEventListener("online", () => {
      this.stopStream?.abort(); // what was open may be dead without knowing it
      this.settle();
    });
    // A page that the browser keeps for "back" holds nothing that others wait for, and goes on later.
    addEventListener("pagehide", () => this.rest());
    addEventListener("pageshow", event => {
      if (!event.persisted) return;
      this.begun = "";
      this.openChannel();
      this.retry();
    });
  }

  rest() {
    this.run = null;
    this.stopStream?.abort();
    this.queue?.abort();
    this.pause.end();
    this.channel = this.channel?.close(); // none: an answer may still come before the page is gone
  }

  // To the other tabs; a browser may refuse it, as it may locks and storage.
  openChannel() {
    try {
      this.channel = new BroadcastChannel(this.store.prefix);
      this.channel.addEventListener("message", ({ data }) => this.heard(data));
    } catch {
      this.channel = null;
    }
  }

  get token() {
    return this.store.get("token");
  }

  // One tab at a time; where the browser has no locks for us, the ids alone keep things single.
  async locked(name, work, signal) {
    let begun = false;
    const begin = () => {
      begun = true;
      return work();
    };
    try {
      return await navigator.locks.request(this.store.prefix + name, { signal }, begin);
    } catch (error) {
      if (begun || signal?.aborted) throw error;
      return work();
    }
  }

  async ask(method, path, body, signal) {
    const token = this.token || (await this.newToken());
    const isBlob = body instanceof Blob;
    const headers = {
      "Content-Type": isBlob ? body.type : "application/json",
      "Accept-Language": this.on.language(), // of a refusal's words
      Authorization: `Bearer ${token}`,
    };
    return fetch(this.base + path, {
      method,
      headers,
      signal,
      body: isBlob ? body : body && written(body),
    });
  }

  // Asked twice at once, it asks once.
  newToken() {
    this.asking ??= this.askToken().finally(() => (this.asking = null));
    return this.asking;
  }

  askToken() {
    return this.locked("session", async () => {
      if (this.token) return this.token; // another tab was first
      const begin = body => fetch(`${this.base}/chat/session`, { method: "POST", body });
      let answer = await begin();
      const puzzle = answer.status === 428 && (await this.on.part("puzzle"));
      if (puzzle) answer = await begin(await puzzle.solve(await answer.json()));
      if (!answer.ok) throw new Error(`no session: ${answer.status}`);
      this.store.set("token", (await answer.json()).token);
      this.begin();
      return this.token;
    });
  }

  // Show what there is, and listen.
  async begin() {
    const token = this.token;
    if (!token || this.begun === token) return;
    this.begun = token;
    const run = {};
    this.run = run;
    this.outbox.flush();
    await this.settle();
    const queue = new AbortController();
    this.queue = queue;
    const stream = () => this.stream(token, run);
    if (!this.channel) return stream(); // nobody could pass anything on
    this.locked(`stream:${token}`, stream, queue.signal).catch(
      () => queue.signal.aborted || stream(),
    );
  }

  say(body, shown) {
    const message = { id: newId(), ...body };
    this.on.queued(message, shown);
    this.outbox.add("message", "/chat/messages", message, shown);
    return message.id;
  }

  // What the customer does is told only of those who talk to us.
  report(kind, details = {}) {
    const talks = this.token || this.outbox.waiting("message").length;
    if (talks) this.outbox.add("event", "/chat/events", { id: newId(), kind, ...details });
  }

  typing() {
    if (this.token) this.ask("POST", "/chat/typing").catch(() => {});
  }

  // Tell the shop's server who the customer is, by a token that the shop signed.
  async identify(token) {
    const answer = await this.ask("POST", "/chat/identify", { token });
    if (!answer.ok) throw new Error((await answer.json()).error);
  }

  retry() {
    this.outbox.pause.end();
    this.pause.end();
    this.channel?.postMessage({ kind: "retry" });
    this.begin();
  }

  async settle() {
    while (this.token && !(await this.catchUp())) await this.pause.take();
  }

  // All that came after the last number; whether it could be had. Asked twice at once, it asks once.
  catchUp() {
    this.catching ??= this.fetchMissing().finally(() => (this.catching = null));
    return this.catching;
  }

  async fetchMissing() {
    try {
      for (;;) {
        const answer = await this.ask("GET", `/chat/messages?after=${this.last}`);
        if (await this.gone(answer)) return true;
        if (!answer.ok) return false;
        const { messages, more, state, now } = await answer.json();
        this.on.clock(now);
        messages.forEach(event => (this.polling ? this.pass(event) : this.take(event)));
        if (!more) {
          this.on.state(state);
          this.connected(true);
          return true;
        }
      }
    } catch {
      this.connected(false);
      return false;
    }
  }

  take(event) {
    if (this.known.has(event.seq)) return;
    this.known.add(event.seq);
    this.last = Math.max(this.last, event.seq);
    if (event.from === "customer") this.outbox.taken(event.id);
    this.on.message(event);
  }

  // Holds the stream until the conversation ends; other tabs wait for the lock meanwhile.
  async stream(token, run) {
    const goesOn = () => this.token === token && this.run === run;
    while (goesOn()) {
      const stop = new AbortController();
      let held = false;
      let heard = false;
      this.stopStream = stop;
      this.hold = () => {
        held = true;
        stop.abort();
      };
      this.watch(stop, () => heard);
      try {
        const path = `/chat/stream?after=${this.last}`;
        const answer = await within(this.ask("GET", path, undefined, stop.signal), stop.signal);
        if (await this.gone(answer)) return;
        if (!answer.ok) throw new Error(String(answer.status));
        this.connected(true);
        if (!answer.body) throw this.hold(); // all at once at its end, by a fetch of the page's own
        await this.receive(answer.body.getReader(), stop, () => {
          heard = true;
          this.on.heldBack(false);
        });
      } catch {
        if (!held) this.connected(false);
      }
      heard = true; // or over
      const isFine = held && (await this.poll(goesOn));
      if (!isFine && goesOn()) await this.pause.take();
    }
  }

  // Whether the server could be asked all the time.
  async poll(goesOn) {
    const stop = new AbortController();
    const until = Date.now() + POLL_FOR;
    this.stopStream = stop;
    this.polling = true;
    this.on.heldBack(true);
    let isFine = true;
    while (isFine && goesOn() && !stop.signal.aborted && Date.now() < until) {
      isFine = await this.catchUp();
      await wait(POLL_EVERY, stop.signal);
    }
    this.polling = false;
    return isFine;
  }

  // Until the stream's first word: a line that is dead, or held back, isn't waited for.
  async watch(stop, isHeard) {
    for (;;) {
      await wait(LATE_AFTER, stop.signal);
      if (isHeard() || stop.signal.aborted) return;
      const isHeld = await this.overtakes(isHeard);
      if (isHeard() || stop.signal.aborted) return;
      if (isHeld === null) stop.abort();
      else if (isHeld) this.hold();
    }
  }

  // Whether what is asked now is answered before something that should long be there, by
  // isThere(the messages of the answer); null when nothing can be asked.
  async overtakes(isThere) {
    const began = Date.now();
    let messages = [];
    try {
      const answer = await this.ask("GET", `/chat/messages?after=${this.last}`);
      if (!answer.ok) return false;
      messages = (await answer.json()).messages;
    } catch {
      return null;
    }
    await wait(Math.max(GRACE, Date.now() - began));
    return !isThere(messages);
  }

  // A message of ours that the server took: it comes in the stream, and so does its answer. While
  // there is none, it is asked less and less often whether there is something that the stream doesn't bring.
  expect = async (seq, token, late = LATE_AFTER) => {
    const isOver = () => !this.run || this.polling || this.token !== token || this.last > seq;
    if (isOver()) return;
    if (await this.overtakes(messages => messages.every(one => this.known.has(one.seq))))
      this.tell("held");
    else if (!this.known.has(seq)) this.settle();
    if (late < SILENT_FOR / 2) setTimeout(this.expect, 2 * late, seq, token, 2 * late);
  };

  async receive(reader, stop, onWord) {
    stop.signal.addEventListener("abort", () => reader.cancel().catch(() => {}));
    const decoder = new TextDecoder();
    let buffer = "";
    for (;;) {
      const watch = setTimeout(() => stop.abort(), SILENT_FOR);
      const { value, done } = await reader.read().finally(() => clearTimeout(watch));
      if (done) return;
      onWord();
      this.pause.reset();
      const parts = (buffer + decoder.decode(value, { stream: true })).split("\n\n");
      buffer = parts.pop();
      parts.forEach(part => this.handle(part));
    }
  }

  handle(part) {
    const fields = Object.fromEntries(
      part.split("\n").map(line => line.split(/: (.*)/s).slice(0, 2)),
    );
    if (!fields.data) return;
    const data = JSON.parse(fields.data);
    if (fields.event === "state") return this.tell("state", data);
    this.pass(data);
  }

  // Take a message, and let the other tabs have it.
  pass(event) {
    const before = this.last;
    this.take(event);
    this.channel?.postMessage({ kind: "message", before, event });
  }

  connected(isUp) {
    this.on.connection(isUp);
  }

  // To this tab and the others.
  tell(kind, data) {
    this.channel?.postMessage({ kind, data });
    this.heard({ kind, data });
  }

  heard({ kind, data, before, event }) {
    if (kind === "message" && before <= this.last) this.take(event);
    else if (kind === "message") this.settle();
    else if (kind === "status") this.on.status(data.id, data.status, data.detail);
    else if (kind === "state") this.on.state(data);
    else if (kind === "held") this.hold?.();
    else if (kind === "retry") {
      this.outbox.pause.end();
      this.pause.end();
    } else if (kind === "end") this.forget(data);
  }

  // Something that another tab wrote.
  stored({ key, newValue }) {
    if (!key?.startsWith(this.store.prefix)) return;
    const name = key.slice(this.store.prefix.length);
    if (name === "token" && newValue) this.begin();
    if (!name.startsWith("out:") || !newValue) return;
    const { body, shown } = JSON.parse(newValue);
    if (name.startsWith("out:message:")) this.on.queued(body, shown);
    this.outbox.flush();
  }

  // Whether the server no longer knows the conversation (401), or erased it (410, with a receipt).
  async gone(answer) {
    if (![401, 410].includes(answer.status)) return false;
    const { receipt } = await answer.json().catch(() => ({}));
    this.end("lost", receipt);
    return true;
  }

  // "lost": the server has it no longer; what waits is sent in a new one.
  end(why, receipt) {
    const waiting = why === "lost" ? this.outbox.waiting("message") : [];
    this.store.clear();
    waiting.forEach(({ key, ...one }) => this.store.set(key, one));
    this.tell("end", receipt);
  }

  forget(receipt) {
    this.last = 0;
    this.known.clear();
    this.begun = "";
    this.run = null;
    this.stopStream?.abort();
    this.on.cleared(receipt);
    this.outbox.waiting("message").forEach(one => this.on.queued(one.body, one.shown));
  }
}

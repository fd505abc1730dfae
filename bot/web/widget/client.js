// The chat API: a session that outlives a reload, messages that are sent until they are taken, and
// a stream that goes on where it broke off.

const RETRY_FIRST = 1000;
const RETRY_LONGEST = 15000;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

export class Client {
  constructor(base, on) {
    this.base = base;
    this.on = on; // { message(event), state(name), sent(id), refused(id, reason), connection(isUp) }
    this.key = `shoptalk:${base}`;
    const kept = this.read();
    this.token = kept.token || "";
    this.unsent = kept.unsent || [];
    this.last = 0;
    this.sending = false;
  }

  read() {
    try {
      return JSON.parse(localStorage.getItem(this.key)) || {};
    } catch {
      return {}; // private windows may refuse storage: the conversation then ends with the page
    }
  }

  keep() {
    try {
      localStorage.setItem(this.key, JSON.stringify({ token: this.token, unsent: this.unsent }));
    } catch {
      // see read()
    }
  }

  get known() {
    return Boolean(this.token);
  }

  async open() {
    if (!this.token) {
      const answer = await this.ask("POST", "/chat/session", undefined, false);
      this.token = (await answer.json()).token;
      this.keep();
    }
    if (!this.streaming) {
      this.streaming = true;
      this.listen();
    }
    this.flush();
  }

  ask(method, path, body, withToken = true) {
    const headers = { "Content-Type": "application/json" };
    if (withToken) headers.Authorization = `Bearer ${this.token}`;
    return fetch(this.base + path, { method, headers, body: body && JSON.stringify(body) });
  }

  async say(message) {
    const id = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`.replace(".", "");
    this.unsent.push({ id, ...message });
    this.keep();
    this.open().catch(() => this.later());
    return id;
  }

  later() {
    this.on.connection(false);
    setTimeout(() => this.open().catch(() => this.later()), RETRY_FIRST * 2);
  }

  async flush() {
    if (this.sending) return;
    this.sending = true;
    let pause = RETRY_FIRST;
    while (this.unsent.length) {
      const { title, ...message } = this.unsent[0];
      let answer = null;
      try {
        answer = await this.ask("POST", "/chat/messages", message);
      } catch {
        this.on.connection(false);
      }
      if (answer && answer.status === 401) {
        this.forget();
        break;
      }
      const tryAgain = !answer || answer.status === 429 || answer.status >= 500;
      if (tryAgain) {
        await wait(pause);
        pause = Math.min(RETRY_LONGEST, pause * 2);
        continue;
      }
      this.unsent.shift();
      this.keep();
      if (answer.ok) this.on.sent(message.id);
      else this.on.refused(message.id, (await answer.json()).error);
    }
    this.sending = false;
  }

  forget() {
    this.token = "";
    this.last = 0;
    this.keep();
  }

  click(sku) {
    this.ask("POST", "/chat/events", { id: crypto.randomUUID(), kind: "click", sku }).catch(() => {});
  }

  async listen() {
    let pause = RETRY_FIRST;
    while (this.token) {
      try {
        const answer = await this.ask("GET", `/chat/stream?after=${this.last}`);
        if (answer.status === 401) {
          this.forget();
          break;
        }
        if (!answer.ok) throw new Error(String(answer.status));
        this.on.connection(true);
        pause = RETRY_FIRST;
        await this.receive(answer.body.getReader());
      } catch {
        this.on.connection(false);
      }
      await wait(pause);
      pause = Math.min(RETRY_LONGEST, pause * 2);
    }
    this.streaming = false;
  }

  async receive(reader) {
    const decoder = new TextDecoder();
    let buffer = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      buffer += decoder.decode(value, { stream: true });
      const parts = buffer.split("\n\n");
      buffer = parts.pop();
      parts.forEach((part) => this.handle(part));
    }
  }

  handle(part) {
    const field = (name) => {
      const line = part.split("\n").find((one) => one.startsWith(`${name}: `));
      return line ? line.slice(name.length + 2) : "";
    };
    if (!field("data")) return;
    const data = JSON.parse(field("data"));
    if (field("event") === "state") {
      this.on.state(data.state);
      return;
    }
    if (data.seq <= this.last) return;
    this.last = data.seq;
    this.on.message(data);
  }
}

// What the widget keeps in the browser, shared by all tabs of the shop's site. Nothing is written
// before the customer agreed or wrote; until then it lives as long as the page.

// As JSON, whatever toJSON() old libraries put on arrays and texts. Half of a letter, as a text that was cut
// may end with, is refused by the server.
export const written = value =>
  JSON.stringify(value, function (name) {
    const one = this[name];
    return typeof one === "string" && one.toWellFormed ? one.toWellFormed() : one;
  });

export class Store {
  constructor(base) {
    this.prefix = `shoptalk:${base}:`;
    this.memory = new Map();
    this.allowed = ["token", "settings"].some(key => this.disk("getItem", key) !== null);
  }

  // Private windows may refuse storage: the conversation then ends with the page.
  disk(method, key, value) {
    try {
      return localStorage[method](this.prefix + key, value) ?? null;
    } catch {
      return null;
    }
  }

  allow() {
    this.allowed = true;
    for (const [key, text] of this.memory) this.keep(key, text);
  }

  get(key) {
    const text = this.memory.get(key) ?? this.disk("getItem", key);
    try {
      return text === null || text === undefined ? null : JSON.parse(text);
    } catch {
      return null; // something else wrote there
    }
  }

  set(key, value) {
    this.keep(key, written(value));
  }

  keep(key, text) {
    if (this.allowed) this.disk("setItem", key, text);
    if (!this.allowed || this.disk("getItem", key) !== text) this.memory.set(key, text);
    else this.memory.delete(key);
  }

  remove(key) {
    this.memory.delete(key);
    this.disk("removeItem", key);
  }

  // Names that begin so, in order.
  names(start) {
    const names = new Set([...this.memory.keys()]);
    try {
      for (let index = 0; index < localStorage.length; index++) {
        const name = localStorage.key(index);
        if (name.startsWith(this.prefix)) names.add(name.slice(this.prefix.length));
      }
    } catch {
      // as in disk()
    }
    return [...names].filter(name => name.startsWith(start)).sort();
  }

  // Forget the conversation; how the customer set the widget up stays.
  clear() {
    for (const name of this.names("")) if (name !== "settings") this.remove(name);
  }
}

// Starts the widget: asks for the shop's settings, shows the button, and opens the chat when wanted.
import { button, icon, make, put, Said } from "./dom.js";
import { Host } from "./host.js";
import { Title } from "./notify.js";
import { Page } from "./page.js";
import { Store } from "./store.js";

const CHOICES = { theme: ["auto", "light", "dark"], position: ["right", "left"] };
const MOST_TRACKED = 20;

const get = async address => {
  const answer = await fetch(address);
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({})); // a proxy's own page, perhaps
  throw new Error(said.error || `${address} answers ${answer.status}.`);
};

export async function start(api, waiting, attributes, before = {}) {
  const widget = new Widget(api, attributes, before);
  await widget.load();
  widget.offer(); // until then calls wait: they need the settings
  if (!widget.config.open && widget.config.outside_hours === "hide") return widget.emit("hidden");
  widget.mount();
  waiting.forEach(([name, values]) => api[name](...values));
  widget.emit("ready");
}

// What all parts share: the settings, the texts, the store, and ways to the page.
class Widget {
  // before: the widget that this one takes the place of
  constructor(api, attributes, { store, title, page, early }) {
    Object.assign(this, { api, attributes, base: api.base });
    this.store = store || new Store(this.base);
    this.title = title || new Title();
    this.page = new Page(this, page);
    this.missed = {}; // what couldn't be loaded: the end of the address at which it is asked for again
    this.hears = new Set(); // names of events that the page listens for
    this.early = early || []; // events of the page before the customer has written
    api.on = (name, call) => this.listen(name, call);
  }

  offer() {
    Object.assign(this.api, {
      open: () => this.toggle(true),
      close: () => this.toggle(false),
      toggle: () => this.toggle(),
      send: async text => {
        await this.open();
        return this.say({ text: String(text) });
      },
      identify: async token => {
        await this.open();
        return this.conversation.identify(token);
      },
      track: (kind, details) => this.track(kind, details),
      page: said => this.tell(said),
    });
  }

  async load() {
    this.spoken = this.store.get("language");
    const [config, css] = await Promise.all([
      this.settings(),
      get(new URL("widget.css", import.meta.url)).then(answer => answer.text()),
    ]);
    // What the page says in its line comes before shop.yml.
    for (const [name, values] of Object.entries(CHOICES))
      if (values.includes(this.attributes[name])) config[name] = this.attributes[name];
    for (const [name, key] of [
      ["name", "assistant"],
      ["welcome", "welcome"],
      ["avatar", "avatar"],
    ])
      if (this.attributes[name]) config[key] = this.attributes[name];
    this.config = config;
    this.style = new CSSStyleSheet();
    this.style.replaceSync(css);
  }

  // What the server says of the shop, in the conversation's language, else the page's or the browser's.
  settings() {
    const { colour, language } = this.attributes;
    const asked = new URLSearchParams({
      language: language || document.documentElement.lang || navigator.language,
    });
    if (this.spoken) asked.set("spoken", this.spoken);
    if (colour) asked.set("colour", colour);
    return get(`${this.base}/widget/config?${asked}`).then(answer => answer.json());
  }

  // The assistant spoke a language: the widget's words follow, once of many messages. Words that the
  // assistant doesn't speak were chosen for the page, and stay.
  follow(language) {
    const { config } = this;
    clearTimeout(this.turning);
    if (language === config.language || !config.languages.includes(config.language)) return;
    const change = async () => (await this.part("change_over"))?.changeOver(this, language);
    this.turning = setTimeout(() => change().catch(console.error));
  }

  // Times and dates as the customer's own country writes them, in the widget's language.
  get locale() {
    const { language } = this.config;
    return navigator.languages.find(one => one.split("-")[0] === language) || language;
  }

  // A text of the widget's, with its {names} filled in; a value may be a function, asked each time.
  t = (name, values = {}) => {
    const all = { assistant: this.config.assistant, shop: this.config.shop, ...values };
    const value = key => (typeof all[key] === "function" ? all[key]() : all[key]);
    const text = (this.config.texts[name] || name).replace(
      /\{(\w+)\}/g,
      (whole, key) => value(key) ?? whole,
    );
    return new Said(text, () => this.t(name, values));
  };

  mount() {
    const { config, attributes } = this;
    const looks = {
      lang: config.language,
      dir: config.direction,
      "data-theme": config.theme,
      "data-side": config.position,
    };
    this.host = new Host(this.style, looks, config.colours, attributes);
    this.root = this.host.root;
    this.badge = make("span", { class: "badge", hidden: true });
    this.launcher = make(
      "button",
      {
        class: "launcher",
        type: "button",
        "aria-label": this.t("open"),
        "aria-expanded": "false",
        onclick: () => this.toggle(),
      },
      icon("chat"),
      this.badge,
    );
    this.launcher.hidden = attributes.button === "hidden" || Boolean(attributes.container);
    this.root.append(this.launcher);
    if (!this.launcher.hidden)
      this.skip = this.host.skip(
        button("skip", this.t("skip_to"), () => this.toggle(true)),
        looks,
      );
    this.host.stay(
      () => this.built?.log.toEnd(),
      () => this.anew(),
    );
    if (this.store.get("token")) this.panel();
    if (this.remembers("open") || attributes.container) this.toggle(true, false);
    this.launcher.addEventListener("pointerenter", () => this.panel(), { once: true });
    // The page's own links to the chat: without the widget they lead where they lead.
    document.addEventListener("click", event => {
      const link = event.target.closest?.("[data-shoptalk-open]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.toggle(true);
    });
    addEventListener(
      "storage",
      ({ key }) => key === `${this.store.prefix}seen` && this.built?.count(),
    );
    document.addEventListener(
      "visibilitychange",
      () => document.visibilityState === "visible" && this.isOpen() && this.built.read(),
    );
    if (config.greetings.length) this.part("greeting").then(greeting => greeting?.greet(this));
  }

  // What listened was taken away by the page: another one goes on where this one was.
  anew() {
    const waiting = [];
    for (const name of Object.keys(this.api))
      if (name !== "base") this.api[name] = (...values) => void waiting.push([name, values]);
    this.conversation?.rest();
    start(this.api, waiting, this.attributes, this).catch(console.error);
  }

  // What is loaded when it is wanted; null, and a word to the customer, when it can't be had just now.
  async part(name) {
    try {
      const part = await import(`./${name}.js${this.missed[name] || ""}`);
      this.built?.setLacking(false);
      return part;
    } catch (error) {
      console.error(`Shoptalk can't load a part of it. ${error.message}`);
      this.missed[name] = `${this.missed[name] || ""}?`; // Firefox asks for no address again that failed
      this.built?.setLacking(true);
      return null;
    }
  }

  // The chat itself is loaded when it is needed for the first time; null when it can't be had.
  panel() {
    this.building ??= this.part("panel").then(async part => {
      this.building = part && this.building;
      if (!part) return null;
      this.built = new part.Panel(this);
      await this.built.formed; // nobody begins to write in what is replaced
      this.launcher.before(this.built.element);
      return this.built;
    });
    return this.building;
  }

  async open() {
    await this.toggle(true);
    if (!this.built) throw new Error("The chat couldn't be loaded.");
  }

  // isWish: somebody asks for it just now.
  async toggle(open, isWish = true) {
    const { activeElement } = document;
    const panel = await this.panel();
    if (!panel) return isWish && this.fail();
    if (!panel.isOpen) this.opener = activeElement;
    this.host.place(true); // what a page has just thrown out takes no focus
    panel.toggle(open);
  }

  // To the page's own contact, else a word beside the button.
  fail() {
    const { contact } = this.attributes;
    this.emit("failed");
    if (contact) return location.assign(contact);
    this.greeting?.remove();
    this.greeting = make(
      "div",
      { class: "greeting", role: "alert" },
      make("p", { class: "words" }, this.t("not_loaded")),
    );
    this.root.append(this.greeting);
  }

  // Where the focus was before the chat was opened.
  leave() {
    const back = this.launcher.hidden ? this.opener : this.launcher;
    if (back?.isConnected) back.focus();
  }

  isOpen() {
    return Boolean(this.built?.isOpen);
  }

  opened(open) {
    this.launcher.setAttribute("aria-expanded", String(open));
    this.launcher.classList.toggle("open", open);
    this.greeting?.remove();
    if (this.store.allowed) this.remembers("open", open);
    this.emit(open ? "open" : "close");
  }

  // From page to page of this tab: whether the chat is open, and what was begun to be written.
  remembers(name, value) {
    try {
      const key = this.store.prefix + name;
      if (value) sessionStorage.setItem(key, value === true ? "1" : value);
      else if (value !== undefined) sessionStorage.removeItem(key);
      return sessionStorage.getItem(key) || "";
    } catch {
      return "";
    }
  }

  // Seconds since 1970 by the server's clock, which numbers and times the messages.
  now() {
    return Date.now() / 1000 + (this.ahead || 0);
  }

  // How the customer set the widget up: sound, voice.
  setting(name, value) {
    const all = this.store.get("settings") || {};
    if (value !== undefined) this.store.set("settings", { ...all, [name]: value });
    return value ?? all[name];
  }

  unread(count) {
    this.badge.textContent = count > 99 ? "99+" : String(count);
    this.badge.hidden = !count;
    const label = () =>
      new Said(
        count ? `${this.t("open")} (${this.t("unread", { count })})` : this.t("open"),
        label,
      );
    put(this.launcher, "aria-label", label());
    if (count !== this.counted) this.emit("unread", { count });
    this.counted = count;
    this.title.show(count);
  }

  // To the page: an event of window, and what shoptalk.on() registered.
  emit(name, detail = {}, cancelable = false) {
    return dispatchEvent(new CustomEvent(`shoptalk:${name}`, { detail, cancelable }));
  }

  listen(name, call) {
    this.hears.add(name);
    const hear = event => call(event.detail, event);
    addEventListener(`shoptalk:${name}`, hear);
    return () => removeEventListener(`shoptalk:${name}`, hear);
  }

  // What the page tells of itself: only of customers who write, so it waits until then.
  track(kind, details = {}) {
    if (!["page", "cart", "purchase"].includes(kind))
      throw new Error(`shoptalk.track: "${kind}" is none of page, cart, purchase`);
    if (kind !== "purchase" && this.setting("page") === false) return;
    this.early = [...this.early, [kind, details]].slice(-MOST_TRACKED);
    if (this.store.get("token")) this.panel().then(panel => panel && this.tracked());
  }

  // What the page says of itself: {product: {sku, name, url} or null, cart: {lines(), set(), currency, url}}.
  tell({ product, cart } = {}) {
    if (product !== undefined) this.page.given = { product };
    if (cart !== undefined) this.page.shop = cart;
    this.built?.showProduct();
  }

  tracked() {
    this.early.splice(0).forEach(([kind, details]) => this.report(kind, details));
  }
}

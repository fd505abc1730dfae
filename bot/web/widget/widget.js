// The chat panel. Everything that a person wrote goes in as text, never as HTML.
import { Client } from "./client.js";

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
};

const icon = (path) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(svg.namespaceURI, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
};
const CHAT = "M4 5h16v11H9l-5 4z";
const CLOSE = "M6 6l12 12M18 6L6 18";
const SEND = "M4 12l16-8-6 16-3-6z";

export async function start(base) {
  const config = await (await fetch(`${base}/widget/config`)).json();
  new Widget(base, config).mount();
}

class Widget {
  constructor(base, config) {
    this.base = base;
    this.config = config;
    this.rows = new Map(); // id -> element of a message
    this.client = new Client(base, {
      message: (event) => this.show(event),
      state: (name) => this.setState(name),
      sent: (id) => this.rows.get(id)?.classList.remove("unsent"),
      refused: (id, reason) => this.refuse(id, reason),
      connection: (isUp) => this.setConnection(isUp),
    });
  }

  mount() {
    const host = make("div", { id: "shoptalk" });
    const root = host.attachShadow({ mode: "open" });
    host.style.setProperty("--colour", this.config.colour);
    host.style.setProperty("--on-colour", this.config.on_colour);
    const style = make("link", { rel: "stylesheet", href: `${this.base}/widget/widget.css` });
    style.addEventListener("load", () => (this.launcher.hidden = false));
    this.build();
    this.launcher.hidden = true; // until it has its looks
    root.append(style, this.launcher, this.panel);
    document.body.append(host);
    if (this.client.known) this.client.open().catch(() => this.client.later());
    this.client.unsent.forEach((one) => this.showOwn(one.id, one.text || one.title, true));
  }

  build() {
    const { assistant, shop, privacy } = this.config;
    this.launcher = make(
      "button",
      { class: "launcher", type: "button", "aria-label": `Chat with ${assistant}`, "aria-expanded": "false", onclick: () => this.toggle() },
      icon(CHAT),
    );
    this.log = make("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": "Conversation", tabindex: "0" });
    this.notice = make("p", { class: "notice", role: "status", hidden: true });
    this.typing = make("div", { class: "typing", hidden: true, "aria-label": `${assistant} is writing` }, make("i"), make("i"), make("i"));
    this.input = make("textarea", {
      rows: "1",
      maxlength: "5000",
      placeholder: "Write a message",
      "aria-label": "Your message",
      onkeydown: (event) => this.onKey(event),
      oninput: () => this.grow(),
    });
    const form = make(
      "form",
      { onsubmit: (event) => (event.preventDefault(), this.submit()) },
      this.input,
      make("button", { class: "send", "aria-label": "Send" }, icon(SEND)),
    );
    const header = make(
      "header",
      {},
      make("div", {}, make("strong", {}, assistant), make("span", {}, shop)),
      make("button", { class: "close", type: "button", "aria-label": "Close the chat", onclick: () => this.toggle(false) }, icon(CLOSE)),
    );
    const foot = privacy
      ? make("p", { class: "foot" }, make("a", { href: this.base + privacy, target: "_blank", rel: "noopener" }, "How we treat what you write"))
      : "";
    this.panel = make(
      "section",
      { class: "panel", role: "dialog", "aria-label": `Chat with ${shop}`, hidden: true, onkeydown: (event) => event.key === "Escape" && this.toggle(false) },
      header,
      this.log,
      this.notice,
      form,
      foot,
    );
    this.log.append(this.bubble("assistant", this.config.welcome), this.typing);
  }

  toggle(open = this.panel.hidden) {
    this.panel.hidden = !open;
    this.launcher.setAttribute("aria-expanded", String(open));
    this.launcher.classList.toggle("open", open);
    if (open) {
      this.input.focus();
      this.toEnd();
    } else {
      this.launcher.focus();
    }
  }

  onKey(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.submit();
    }
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 120)}px`;
  }

  async submit() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.grow();
    this.showOwn(await this.client.say({ text }), text, true);
  }

  async choose(reply, group) {
    group.remove();
    this.input.focus();
    this.showOwn(await this.client.say({ quick_reply: reply.id, title: reply.title }), reply.title, true);
  }

  showOwn(id, text, unsent) {
    const row = this.bubble("customer", text);
    row.classList.toggle("unsent", unsent);
    this.rows.set(id, row);
    this.add(row);
  }

  show(event) {
    if (event.from === "customer") {
      const known = this.rows.get(event.id);
      if (known) known.classList.remove("unsent");
      else this.showOwn(event.id, event.text, false);
      return;
    }
    if (this.rows.has(event.id)) return;
    this.log.querySelectorAll(".choices").forEach((one) => one.remove());
    const row = this.bubble("assistant", event.text);
    this.rows.set(event.id, row);
    this.add(row);
    if (event.products.length) this.add(this.cards(event.products));
    if (event.quick_replies.length) this.add(this.choices(event.quick_replies));
  }

  add(element) {
    this.typing.before(element);
    this.toEnd();
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  bubble(from, text) {
    const name = from === "customer" ? "You" : this.config.assistant;
    const body = make("div", { class: `bubble ${from}` }, make("span", { class: "who" }, `${name}: `));
    body.append(...this.linked(text));
    return body;
  }

  // Text with its web addresses, and the storefront's own pages, as links.
  linked(text) {
    return text.split(/(https?:\/\/[^\s<>"]+|\/shop\/[\w/-]+(?:#[\w-]+)?|\/survey\/[\w.-]*[\w-])/).map((part, index) => {
      if (index % 2 === 0) return part;
      const href = part.startsWith("/") ? this.base + part : part;
      const label = part.startsWith("/survey/") ? "open the survey" : part.startsWith("/") ? "read more" : part;
      return make("a", { href, target: "_blank", rel: "noopener" }, label);
    });
  }

  cards(products) {
    return make("ul", { class: "cards", "aria-label": "Products", tabindex: "0" }, ...products.map((one) => this.card(one)));
  }

  card(product) {
    const link = new URL(product.url, this.base);
    const picture = product.image ? new URL(product.image, this.base) : null;
    const safe = (url) => (/^https?:$/.test(url.protocol) ? url.href : this.base);
    const image = picture
      ? make("img", { src: safe(picture), alt: "", loading: "lazy", width: "120", height: "120" })
      : make("div", { class: "blank", "aria-hidden": "true" });
    const note = product.stock_note ? make("span", { class: product.in_stock ? "note" : "note out" }, product.stock_note) : "";
    return make(
      "li",
      {},
      make(
        "a",
        { class: "card", href: safe(link), target: "_blank", rel: "noopener", onclick: () => this.client.click(product.sku) },
        image,
        make("span", { class: "title" }, product.title),
        make("span", { class: "price" }, product.price || ""),
        product.reason ? make("span", { class: "reason" }, product.reason) : "",
        note,
      ),
    );
  }

  choices(replies) {
    const group = make("div", { class: "choices", role: "group", "aria-label": "Suggested answers" });
    group.append(...replies.map((one) => make("button", { type: "button", onclick: () => this.choose(one, group) }, one.title)));
    return group;
  }

  setState(name) {
    this.typing.hidden = name !== "typing";
    this.waiting = name === "waiting";
    this.tellState();
    this.toEnd();
  }

  setConnection(isUp) {
    this.offline = !isUp;
    this.tellState();
  }

  tellState() {
    const text = this.offline
      ? "You're offline. We'll send your message when you're back."
      : this.waiting
        ? "We're reconnecting. Your message is safe and will be answered."
        : "";
    this.notice.textContent = text;
    this.notice.hidden = !text;
  }

  refuse(id, reason) {
    const row = this.rows.get(id);
    if (row) row.classList.add("refused");
    this.add(make("p", { class: "refusal", role: "alert" }, reason || "That couldn't be sent."));
  }
}

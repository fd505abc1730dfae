// The messages on the screen: in the order of their numbers, what isn't sent yet at the end.
import { Cards } from "./cards.js";
import { button, make, put, safeUrl } from "./dom.js";
import { Ratings } from "./ratings.js";

const SHOWN = 80; // rows in the page; older ones come back with a button
const ASKING = ["stars", "nps", "scale", "choices", "number", "text"]; // cards of asks.js
const TOGETHER = 180; // seconds within which messages of one sender share a line for the time

export class Log {
  // widget: what all parts share; see main.js
  constructor(widget) {
    this.widget = widget;
    this.t = widget.t;
    this.rows = new Map(); // id of a message -> its row
    this.kept = []; // rows that are too old to be shown, oldest first
    this.cards = new Cards(widget);
    this.ratings = new Ratings(widget);
    this.typing = make(
      "div",
      { class: "typing", role: "img", hidden: true },
      make("i"),
      make("i"),
      make("i"),
    );
    this.earlier = button("earlier", "", () => this.showEarlier(), this.t("earlier"));
    this.earlier.hidden = true;
    this.list = make("div", { class: "rows" });
    this.said = make("div", {
      class: "hush",
      role: "log",
      "aria-live": "polite",
      "aria-label": this.t("conversation"),
    });
    this.element = make(
      "div",
      { class: "log", tabindex: "0", role: "region", "aria-label": this.t("conversation") },
      this.earlier,
      this.list,
      this.typing,
      this.said,
    );
    this.setFormats();
    this.stayAtTheEnd();
    this.clear();
  }

  // Who reads the end goes on seeing it when a keyboard comes up, a picture loads, or a line is added to a
  // message. Only the customer leaves it: of what scrolls, that which comes with another height isn't theirs.
  stayAtTheEnd() {
    this.atTheEnd = true;
    const height = () => `${this.element.clientHeight} ${this.list.offsetHeight}`;
    let known = "";
    const sizes = new ResizeObserver(() => {
      known = height();
      if (this.atTheEnd) this.toEnd();
    });
    sizes.observe(this.element);
    sizes.observe(this.list);
    this.element.addEventListener("scroll", () => {
      if (height() === known) this.atTheEnd = this.atEnd();
    });
  }

  setFormats() {
    const intl = options => new Intl.DateTimeFormat(this.widget.locale, options);
    this.clock = intl({ hour: "2-digit", minute: "2-digit" });
    this.calendar = intl({ weekday: "long", day: "numeric", month: "long" });
  }

  clear() {
    this.list.replaceChildren();
    this.rows.clear();
    this.kept = [];
    this.earlier.hidden = true;
    const { welcome, starters } = this.widget.config;
    const row = this.add({
      id: "welcome",
      seq: 0,
      from: "assistant",
      text: welcome,
      at: 0,
      quick_replies: [],
      products: [],
    });
    if (starters.length) row.append(this.choices(starters.map(title => ({ title }))));
  }

  name(event) {
    if (event.from === "staff") return event.name || this.widget.config.shop;
    return event.from === "customer" ? this.t("you") : this.widget.config.assistant;
  }

  // A message of the customer's that is on its way.
  queued({ id, text }, shown) {
    if (this.rows.has(id)) return;
    this.dropChoices();
    this.add({
      id,
      seq: Infinity,
      from: "customer",
      text: text || shown,
      at: this.widget.now(),
      quick_replies: [],
      products: [],
    });
    this.rows.get(id).local = true;
    this.status(id, "sending");
    this.toEnd();
  }

  // A message that the server has numbered.
  show(event, isNew) {
    if (event.card_answer) this.answered(event.card_answer);
    const known = this.rows.get(event.id);
    if (known) {
      known.seq = event.seq;
      known.at = event.at;
      known.local = false;
      if (event.pictures) known.querySelector(".bubble").after(...this.pictures(event));
      known.querySelector("time").replaceWith(this.time(event.at));
      this.status(event.id, "sent");
      this.place(known);
      return;
    }
    const follow = isNew || this.atEnd();
    if (event.from === "customer" || event.from === "assistant") this.dropChoices();
    const row = this.add(event);
    if (isNew && event.from !== "customer") this.announce(event);
    if (event.from === "assistant" && event.text) this.ratings.offer(row, event);
    if (follow) this.toEnd();
  }

  add(event) {
    const { config } = this.widget;
    const row = make("div", { class: `row ${event.from}`, "data-id": event.id });
    Object.assign(row, { seq: event.seq, at: event.at, from: event.from });
    const meta = event.at ? this.time(event.at) : "";
    const text = event.card?.kind === "comparison" ? event.text.split("\n")[0] : event.text; // the table says the rest
    const body =
      event.from === "customer"
        ? this.widget.markdown.links(text)
        : this.widget.markdown.blocks(text);
    const who =
      event.from === "customer" ? this.t("you_say") : this.t("says", { name: this.name(event) });
    if (event.from === "system") row.append(make("p", { class: "system" }, event.text));
    else {
      const parts =
        event.from === "staff"
          ? [make("span", { class: "name", "aria-hidden": "true" }, this.name(event))]
          : [];
      if (event.text)
        row.append(
          ...parts,
          make(
            "div",
            { class: `bubble ${event.from}`, dir: "auto", lang: event.language },
            // With a direction of its own it decides nothing about that of the text.
            make("span", { class: "hush", dir: config.direction, lang: config.language }, who, " "),
            ...body,
          ),
        );
    }
    if (event.pictures) row.append(...this.pictures(event));
    if (event.products.length && event.card?.kind !== "comparison")
      row.append(this.cards.carousel(event.products));
    if (event.card) {
      const card = this.cards.draw(event);
      if (card) row.append(card);
      else if (ASKING.includes(event.card.kind)) this.ask(row, event);
    }
    if (event.quick_replies.length) row.append(this.choices(event.quick_replies));
    if (event.from !== "system") row.append(make("div", { class: "meta" }, meta));
    this.rows.set(event.id, row);
    this.place(row);
    this.trim();
    return row;
  }

  // What cards ask with, loaded with the first of them.
  async asks() {
    const part = await this.widget.part("asks");
    return part && new part.Asks(this.widget);
  }

  async ask(row, event) {
    const place = make("div");
    row.append(place);
    const asks = await this.asks();
    if (asks) place.replaceWith(asks.draw(event));
    if ("answer" in row) asks?.close(row, row.answer);
  }

  async answered({ message_id, value }) {
    const row = this.rows.get(message_id);
    if (!row) return;
    row.answer = value;
    (await this.asks())?.close(row, value);
  }

  time(at) {
    const date = new Date(at * 1000);
    return make("time", { datetime: date.toISOString() }, this.clock.format(date));
  }

  pictures(event) {
    return event.pictures.map((path, index) => {
      const src = safeUrl(path, this.widget.base);
      const alt = this.t("picture", { number: index + 1 });
      const image = make("img", { class: "picture", src, alt, loading: "lazy" });
      return make("a", { href: src, target: "_blank", rel: "noopener" }, image);
    });
  }

  // Put a row where its number belongs.
  place(row) {
    let before = this.list.lastElementChild;
    while (before && (before === row || before.seq > row.seq))
      before = before.previousElementSibling;
    if (before) before.after(row);
    else this.list.prepend(row);
    [row, row.nextElementSibling].filter(Boolean).forEach(one => this.group(one));
  }

  // What was timed by the browser's clock is timed by the server's from now on.
  setClock(now) {
    const by = now - this.widget.now();
    if (Math.abs(by) < 60) return;
    this.widget.ahead = (this.widget.ahead || 0) + by;
    for (const row of this.rows.values()) {
      if (!row.local) continue;
      row.at += by;
      row.querySelector("time")?.replaceWith(this.time(row.at));
      this.group(row);
    }
  }

  // "Today" is another day after midnight, and when the server's clock is known.
  nameDays() {
    const today = new Date(this.widget.now() * 1000).toDateString();
    if (today === this.today) return;
    this.today = today;
    for (const row of this.list.children)
      row.querySelector(".day")?.replaceChildren(this.dayName(row.at));
  }

  // The date where a day begins, and one time for messages that belong together.
  group(row) {
    const before = row.previousElementSibling;
    row.querySelector(".day")?.remove();
    if (!row.at) return;
    this.nameDays();
    const day = new Date(row.at * 1000).toDateString();
    if (!before?.at || new Date(before.at * 1000).toDateString() !== day)
      row.prepend(make("p", { class: "day" }, this.dayName(row.at)));
    before?.classList.toggle("joined", before.from === row.from && row.at - before.at < TOGETHER);
  }

  dayName(at) {
    const days = Math.round(
      (new Date(this.widget.now() * 1000).setHours(0, 0, 0, 0) -
        new Date(at * 1000).setHours(0, 0, 0, 0)) /
        864e5,
    );
    return days === 0
      ? this.t("today")
      : days === 1
        ? this.t("yesterday")
        : this.calendar.format(at * 1000);
  }

  trim() {
    while (this.list.childElementCount > SHOWN && this.atEnd()) {
      this.kept.push(this.list.firstElementChild);
      this.list.firstElementChild.remove();
      this.earlier.hidden = false;
    }
  }

  showEarlier() {
    this.atTheEnd = false;
    const back = this.kept.splice(-SHOWN);
    const first = this.list.firstElementChild;
    this.list.prepend(...back);
    this.group(first);
    this.earlier.hidden = !this.kept.length;
    first.scrollIntoView({ block: "start" });
  }

  // sending | sent | waiting | refused, for a message of the customer's.
  status(id, status, detail) {
    const row = this.rows.get(id);
    if (!row || row.status === "sent") return;
    row.status = status;
    row.classList.toggle("unsent", status !== "sent");
    row.querySelector(".status")?.remove();
    const line = make("div", { class: "status", role: status === "refused" ? "alert" : null });
    const say = text => line.append(make("span", {}, text));
    if (status === "sending") say(this.t("sending"));
    if (status === "sent") say(this.t("sent"));
    if (status === "waiting") {
      say(this.t("not_sent"));
      line.append(
        " ",
        button("link", this.t("try_now"), () => this.widget.conversation.retry()),
      );
    }
    if (status === "refused") {
      say(this.t("refused", { reason: detail || "" }));
      line.append(
        " ",
        button("link", this.t("remove"), () => this.remove(id)),
      );
    }
    row.querySelector(".meta").append(line);
  }

  remove(id) {
    this.rows.get(id)?.remove();
    this.rows.delete(id);
  }

  // Screen readers hear what is new, once, with the products, and not the history.
  announce(event) {
    const who = event.from === "system" ? "" : this.t("says", { name: this.name(event) });
    const names = event.products.map(({ title, price }) =>
      [title, price].filter(Boolean).join(", "),
    );
    const products = names.length ? [this.t("products"), names.join("; ")].join(": ") : "";
    const line = make("p", {}, [who, event.text, products].filter(Boolean).join(" "));
    this.said.append(line);
    setTimeout(() => line.remove(), 10000);
  }

  // `at`: when it was said; 0 of what is so now, whatever day the messages below are of.
  note(text, at = this.widget.now()) {
    const row = this.add({
      id: `note-${this.rows.size}`,
      seq: this.list.lastElementChild?.seq || 0,
      from: "system",
      text,
      at,
      quick_replies: [],
      products: [],
    });
    row.local = !!at;
    this.toEnd();
  }

  choices(replies) {
    const group = make("div", {
      class: "choices",
      role: "group",
      "aria-label": this.t("suggestions"),
    });
    const choose = one => {
      this.widget.focus();
      this.widget.say(one.id ? { quick_reply: one.id } : { text: one.title }, one.title);
    };
    group.append(...replies.map(one => button("choice", one.title, () => choose(one))));
    return group;
  }

  dropChoices() {
    this.element.querySelectorAll(".choices").forEach(one => one.remove());
  }

  state({ state, who }, name) {
    this.typing.hidden = state !== "typing";
    put(
      this.typing,
      "aria-label",
      this.t("typing", { name: who === "staff" ? name : this.widget.config.assistant }),
    );
    if (state === "typing" && this.atEnd()) this.toEnd();
  }

  atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight < 120;
  }

  toEnd() {
    this.atTheEnd = true;
    this.element.scrollTop = this.element.scrollHeight;
  }
}

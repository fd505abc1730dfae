// The chat's window: header, messages, notices, and where the customer writes.
import { Attach } from "./attach.js";
import { Conversation } from "./conversation.js";
import { button, form, icon, make, put, safeUrl } from "./dom.js";
import { Log } from "./log.js";
import { Markdown } from "./markdown.js";
import { Menu } from "./menu.js";
import { notify } from "./notify.js";

const TYPING_EVERY = 3000;
const NOTICE_AFTER = 1500; // a short break isn't worth a word
const PICTURE = "📷"; // as the server calls one without words
const NARROW = "(max-width: 480px)";

export class Panel {
  constructor(widget) {
    Object.assign(this, { widget, t: widget.t, config: widget.config });
    widget.markdown = new Markdown(widget.base, this.t);
    widget.say = (body, shown) => this.say(body, shown);
    widget.report = (kind, details) => this.conversation.report(kind, details);
    widget.focus = () => this.element.hidden || this.input.focus();
    this.log = new Log(widget);
    this.conversation = widget.conversation = new Conversation(widget.base, widget.store, {
      language: () => this.config.language,
      part: name => widget.part(name),
      message: event => this.receive(event),
      state: state => this.setState(state),
      status: (id, status, detail) => this.log.status(id, status, detail),
      queued: (body, shown) => this.log.queued(body, shown),
      connection: isUp => this.setConnection(isUp),
      heldBack: isHeld => this.setHeldBack(isHeld),
      clock: now => this.log.setClock(now),
      cleared: receipt => this.cleared(receipt),
    });
    this.menu = new Menu(widget, this);
    this.attach = new Attach(this);
    this.build();
    this.conversation.outbox
      .waiting("message")
      .forEach(one => this.log.queued(one.body, one.shown));
    this.conversation.begin();
  }

  build() {
    const { assistant, shop, avatar } = this.config;
    const picture = avatar && safeUrl(avatar, this.widget.base);
    const face = picture
      ? make("img", { class: "face", src: picture, alt: "" })
      : make("span", { class: "face", "aria-hidden": "true" }, assistant.slice(0, 1));
    this.title = make("strong", {}, assistant);
    const header = make(
      "header",
      { class: "top" },
      face,
      make("div", { class: "names" }, this.title, make("span", {}, shop)),
      this.menu.button,
      this.widget.attributes.container
        ? ""
        : button("plain", this.t("close"), () => this.toggle(false), icon("close")),
    );
    this.notice = make("p", { class: "notice", role: "status", hidden: true });
    this.about = make("div", { class: "about", role: "group", hidden: true });
    this.input = make("textarea", {
      rows: "1",
      maxlength: "5000",
      "aria-label": this.t("message"),
      placeholder: this.t("write"),
      enterkeyhint: "send",
      onkeydown: event => this.onKey(event),
      oninput: () => this.onInput(),
      onfocus: () => this.showProduct(),
    });
    this.composer = form(
      { class: "composer" },
      () => this.submit(),
      this.config.pictures ? this.attach.button() : "",
      this.input,
      make("button", { class: "send", "aria-label": this.t("send") }, icon("send")),
    );
    this.foot = make("p", { class: "foot" });
    this.element = make(
      "section",
      {
        class: "panel",
        role: "dialog",
        "aria-label": this.t("title", { shop }),
        hidden: true,
        onkeydown: event => this.onPanelKey(event),
      },
      header,
      this.log.element,
      this.menu.element,
      this.notice,
      this.about,
      this.composer,
      this.foot,
    );
    if (this.config.pictures) this.attach.hear(this.element);
    this.input.value = this.widget.remembers("draft");
    this.fit();
    if (this.config.voice) this.widget.part("voice").then(voice => voice?.add(this));
    this.showConsent();
    this.showHours();
  }

  // "ask": nothing can be written before the customer agrees. "notice": writing is agreeing.
  showConsent() {
    const { consent, privacy } = this.config;
    const agreed = this.widget.store.allowed;
    const page = privacy
      ? make(
          "a",
          { href: this.widget.base + privacy, target: "_blank", rel: "noopener" },
          this.t("privacy_page"),
        )
      : "";
    this.foot.replaceChildren(
      make("span", {}, consent === "notice" && !agreed ? this.t("consent_notice") : ""),
      " ",
      page,
    );
    const mustAsk = consent === "ask" && !agreed;
    this.composer.hidden = mustAsk;
    this.question?.remove();
    if (!mustAsk) return;
    const agree = button("small", this.t("agree"), () => {
      this.agree();
      this.showConsent();
      this.input.focus();
    });
    this.question = make(
      "div",
      { class: "consent" },
      make("p", {}, this.t("consent_ask")),
      agree,
      button("link", this.t("dismiss"), () => this.toggle(false)),
    );
    this.composer.before(this.question);
  }

  // The product that "this one" is, and a way to say that it isn't.
  showProduct() {
    const product = this.composer.hidden ? null : this.widget.page.product();
    const title = product ? product.title || product.ids[0] : "";
    if (this.about.title === title) return;
    this.about.title = title;
    this.about.hidden = !title;
    put(this.about, "aria-label", this.t("about"));
    const drop = () => {
      this.widget.page.drop();
      this.showProduct();
      this.input.focus();
    };
    this.about.replaceChildren(
      make("span", { "aria-hidden": "true" }, this.t("about")),
      make("strong", { dir: "auto" }, title),
      button("plain", this.t("not_about", { title }), drop, icon("close")),
    );
  }

  agree() {
    if (this.widget.store.allowed) return;
    this.widget.store.allow();
    this.widget.remembers("open", this.isOpen);
    this.widget.setting("agreed", Date.now());
    this.agreed = this.config.consent !== "none";
  }

  showHours() {
    const { open, opens, outside_hours: outside } = this.config;
    if (open) return;
    const format = {
      weekday: "long",
      hour: "2-digit",
      minute: "2-digit",
      timeZone: this.config.timezone,
    };
    const time = () => new Intl.DateTimeFormat(this.widget.locale, format).format(new Date(opens));
    const kind = outside === "message" ? "leave_message" : "closed";
    this.log.note(
      opens
        ? this.t(kind === "closed" ? "closed_until" : "leave_message_until", { time })
        : this.t(kind),
      0,
    );
    if (outside === "message")
      this.formed = this.widget.part("leave").then(leave => leave?.add(this));
  }

  get isOpen() {
    return !this.element.hidden;
  }

  toggle(open = !this.isOpen) {
    if (open === this.isOpen) return;
    this.element.hidden = !open;
    this.element.setAttribute("aria-modal", String(this.fills));
    this.widget.opened(open);
    if (open) {
      if (!this.widget.attributes.container)
        (this.composer.hidden
          ? this.element.querySelector(".consent button, .leave input")
          : this.input
        )?.focus();
      this.showProduct();
      this.log.toEnd();
      this.read();
    } else {
      this.menu.close();
      this.widget.leave();
    }
  }

  onPanelKey(event) {
    if (event.key === "Escape") {
      event.stopPropagation();
      if (!this.menu.close() && !this.widget.attributes.container) this.toggle(false);
    }
    if (event.key === "Tab" && this.fills) this.keepFocus(event);
  }

  // Whether it is all that is to be seen, as on a phone.
  get fills() {
    return !this.widget.attributes.container && matchMedia(NARROW).matches;
  }

  // On a phone the chat fills the screen: focus goes round in it.
  keepFocus(event) {
    const all = [
      ...this.element.querySelectorAll("button, a[href], input, textarea, [tabindex='0']"),
    ].filter(one => !one.disabled && one.getClientRects().length);
    const edge = event.shiftKey ? all[0] : all.at(-1);
    if (this.element.getRootNode().activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? all.at(-1) : all[0]).focus();
  }

  // A phone's keyboard covers a part of the page: the chat takes what is left.
  fit() {
    const seen = window.visualViewport;
    const measure = () => {
      if (seen.scale > 1.01) return; // somebody looks closer
      const zoom = this.element.currentCSSZoom || 1; // of the page's own style
      this.element.style.setProperty("--st-seen", `${seen.height / zoom}px`);
      this.element.style.setProperty("--st-above", `${seen.offsetTop / zoom}px`);
    };
    for (const kind of ["resize", "scroll"]) seen?.addEventListener(kind, measure);
  }

  onKey(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.submit();
    }
  }

  onInput() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 120)}px`;
    this.keepDraft();
    const now = Date.now();
    if (this.input.value && now - (this.typedAt || 0) > TYPING_EVERY) {
      this.typedAt = now;
      this.conversation.typing();
    }
  }

  // In this tab, until it is sent or taken back.
  keepDraft() {
    const { widget, input } = this;
    widget.remembers("draft", input.value);
    if (!widget.store.allowed) widget.remembers("open", Boolean(input.value) && this.isOpen);
  }

  async submit() {
    const { hasAny } = this.attach;
    if (!hasAny && !this.input.value.trim()) return;
    if (hasAny) this.agree();
    const pictures = hasAny ? await this.attach.send() : [];
    if (!pictures) return; // all stays as it is, to be sent again
    const text = this.input.value.trim();
    this.input.value = "";
    this.onInput();
    this.typedAt = 0;
    this.say(hasAny ? { text, pictures } : { text }, hasAny ? PICTURE : "");
    if (!text) this.log.note(this.t("picture_kept"));
  }

  say(body, shown) {
    this.agree();
    this.showProduct();
    this.conversation.say({ ...body, page: this.widget.page.told() }, shown);
    this.wrote();
  }

  // What is told with the first message.
  wrote() {
    if (this.agreed) this.conversation.report("consent", { value: 1, text: this.config.consent });
    this.agreed = false;
    this.showConsent();
    this.widget.tracked();
  }

  receive(event) {
    const isNew = Boolean(this.settled);
    this.log.show(event, isNew);
    // Who has the conversation; a person who comes or leaves is told of by the system.
    if (event.from === "staff") this.title.textContent = event.name || this.config.shop;
    else if (event.from !== "customer") this.title.textContent = this.config.assistant;
    this.expect(event);
    if (event.language) this.widget.follow(event.language);
    this.widget.emit("message", { id: event.id, from: event.from, text: event.text });
    if (event.from === "customer") this.read(event.seq);
    else if (this.isOpen && document.visibilityState === "visible") this.read();
    else this.count();
    if (isNew && event.from !== "customer") {
      notify(this.widget, this.isOpen);
      this.widget.speak?.(event.text);
    }
    if (event.from === "staff" && isNew && this.isOpen)
      this.conversation.report("seen", { message_id: event.id });
  }

  // The keyboard that fits what is asked for: card {kind: "input", input: "email"}.
  expect({ from, card }) {
    const kind = from === "assistant" && card?.kind === "input" ? card.input : "";
    this.input.inputMode = { email: "email", number: "text", phone: "tel" }[kind] || "text";
    this.input.autocapitalize =
      kind === "number" ? "characters" : kind === "email" ? "off" : "sentences";
    this.input.autocomplete = kind === "email" ? "email" : "off";
    this.input.spellcheck = !kind;
    put(this.input, "placeholder", this.t(kind ? `ask_${kind}` : "write"));
  }

  // All up to here was seen; the other tabs' badges go, too.
  read(seq = this.conversation.last) {
    if (seq > (this.widget.store.get("seen") || 0)) this.widget.store.set("seen", seq);
    this.count();
  }

  count() {
    const seen = this.widget.store.get("seen") || 0;
    const unread = [...this.log.rows.values()].filter(
      row =>
        row.seq > seen && row.seq < Infinity && ["assistant", "staff", "system"].includes(row.from),
    );
    this.widget.unread(unread.length);
  }

  setState(state) {
    this.settled = true;
    this.waiting = state.state === "waiting";
    this.log.state(state, this.title.textContent);
    this.tellState();
  }

  setConnection(isUp) {
    this.settled = true;
    if (!isUp && this.connecting) return; // the time counts from the first failure, not from each retry
    clearTimeout(this.connecting);
    this.connecting = isUp ? 0 : setTimeout(() => this.setOffline(true), NOTICE_AFTER);
    if (isUp) this.setOffline(false);
  }

  setOffline(isOffline) {
    this.offline = isOffline;
    this.tellState();
  }

  setLacking(isLacking) {
    this.isLacking = isLacking;
    this.tellState();
  }

  setHeldBack(isHeld) {
    this.isHeld = isHeld;
    this.tellState();
  }

  tellState() {
    const state = [
      [this.offline, "offline"],
      [this.waiting, "waiting"],
      [this.isLacking, "not_loaded"],
      [this.isHeld, "slow"],
    ].find(([isSo]) => isSo);
    const text = state ? this.t(state[1]) : "";
    if (this.notice.textContent !== String(text))
      this.notice.replaceChildren(make("span", {}, text));
    this.notice.hidden = !text;
  }

  cleared(receipt) {
    this.settled = false;
    this.title.textContent = this.config.assistant;
    this.log.clear();
    this.log.note(receipt ? this.t("erased", { receipt }) : this.t("new_conversation"));
    this.count();
  }
}

// What is needed now and then: a person, sound, a copy, clearing, privacy, ending the chat.
import { button, icon, make } from "./dom.js";

export class Menu {
  constructor(widget, panel) {
    Object.assign(this, { widget, panel, t: widget.t });
    this.button = button(
      "plain",
      this.t("menu"),
      () => (this.element.hidden ? this.open() : this.close()),
      icon("menu"),
    );
    this.button.setAttribute("aria-haspopup", "true");
    this.button.setAttribute("aria-expanded", "false");
    this.element = make("div", {
      class: "menu",
      hidden: true,
      onkeydown: event => this.onKey(event),
    });
    this.switches = [
      ["sound", "sound"], // setting, text, and whether it is on before it was set; voice.js adds its own
      ["page", "tell_page", true],
    ];
  }

  open() {
    this.show("menu", this.t("menu"), [
      this.item("person", () => this.ask("person_say", { to: "staff" })),
      this.widget.page.hasCart && this.item("cart", () => this.showCart(), true),
      ...this.switches.map(one => this.switch(...one)),
      this.item("save", () => this.showPart("save"), true),
      this.item("privacy", () => this.showPrivacy(), true),
      this.item("call_back", () => this.showPart("call_back"), true),
      this.item("clear", () => this.showClear(), true),
      this.item("end", () => this.end()),
    ]);
  }

  // A list of commands ("menu"), or a page with text ("group").
  show(role, label, parts) {
    this.element.hidden = false;
    this.element.setAttribute("role", role);
    this.element.setAttribute("aria-label", label);
    this.element.replaceChildren(...parts.filter(Boolean));
    this.button.setAttribute("aria-expanded", "true");
    (this.element.querySelector("input") || this.element.querySelector("button, a"))?.focus();
  }

  // Whether there was something to close.
  close() {
    if (this.element.hidden) return false;
    this.element.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    this.button.focus();
    return true;
  }

  item(text, onclick, stays) {
    const choose = () => {
      if (!stays) this.close();
      onclick();
    };
    return make(
      "button",
      { class: "item", type: "button", role: "menuitem", onclick: choose },
      this.t(text),
    );
  }

  switch(setting, text, begins = false) {
    const isOn = () => this.widget.setting(setting) ?? begins;
    const press = click => {
      const on = !isOn();
      this.widget.setting(setting, on);
      this.panel.showProduct();
      click.currentTarget.setAttribute("aria-checked", String(on));
    };
    const checked = String(isOn());
    return make(
      "button",
      {
        class: "item",
        type: "button",
        role: "menuitemcheckbox",
        "aria-checked": checked,
        onclick: press,
      },
      this.t(text),
      icon("check"),
    );
  }

  page(title, about, ...parts) {
    this.show("group", this.t(title), [
      make("h2", {}, this.t(title)),
      make("p", {}, this.t(about)),
      ...parts,
      button("item", this.t("back"), () => this.open()),
    ]);
  }

  showCart() {
    this.widget.part("cart").then(cart => cart?.showCart(this));
  }

  showPart(name) {
    this.widget.part(name).then(part => part?.show(this));
  }

  onKey(event) {
    if (event.target.matches("input")) return; // arrows are its own
    const items = [...this.element.querySelectorAll("button, a")];
    const at = items.indexOf(this.element.getRootNode().activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    items.at(to % items.length).focus();
  }

  ask(text, more) {
    this.close();
    this.widget.focus();
    this.widget.say({ text: String(this.t(text)), ...more });
  }

  showPrivacy() {
    const { privacy } = this.widget.config;
    this.page(
      "privacy",
      "privacy_about",
      privacy &&
        make(
          "a",
          { class: "item", href: this.widget.base + privacy, target: "_blank", rel: "noopener" },
          this.t("privacy_page"),
        ),
      button("item", this.t("export"), () => this.ask("export_say")),
      button("item", this.t("erase"), () => this.ask("erase_say")),
    );
  }

  showClear() {
    const clear = () => {
      this.close();
      this.widget.conversation.end("cleared");
      this.widget.focus();
    };
    this.page("clear", "clear_about", button("item danger", this.t("clear_yes"), clear));
  }

  // The end, with a rating; whoever writes on simply goes on.
  async end() {
    const { log, conversation } = this.panel;
    this.widget.report("end");
    log.note(this.t("ended"));
    const again = button("choice", this.t("start_new"), () => conversation.end("cleared"));
    const choices = make("div", { class: "choices" }, again);
    log.list.lastElementChild.append(choices);
    again.focus();
    const asks = await log.asks();
    const rating = asks?.rating((value, comment) =>
      this.widget.report("rating", { value, comment }),
    );
    if (rating) choices.before(rating);
    log.toEnd();
    rating?.querySelector("button").focus();
  }
}

// Cards that show: products side by side, a comparison as a table, an order with its progress.
import { button, icon, make, safeUrl } from "./dom.js";

const COMPARED = 3; // as many as the assistant puts side by side; see actions/shopping/product_talk.py

export class Cards {
  constructor(widget) {
    Object.assign(this, { widget, t: widget.t });
  }

  // The card of a message, or nothing when it is of a kind that asks (asks.js) or isn't known.
  draw({ card, products }) {
    if (card.kind === "comparison") return this.comparison(card, products);
    if (card.kind === "copy") return this.copy(card);
    return card.kind === "order" ? this.order(card) : null;
  }

  // A link to the customer's own data; the server gives it for an hour.
  copy(card) {
    const href = safeUrl(card.url, this.widget.base);
    return (
      href &&
      make("a", { class: "choice", href, download: "my-data.json" }, this.t("download_copy"))
    );
  }

  carousel(products) {
    const list = make("ul", { class: "cards", "aria-label": this.t("products"), tabindex: "0" });
    const chosen = new Set();
    const compare = button("choice compare-all", "", () => this.compare([...chosen]));
    compare.hidden = true;
    const choose = (index, on) => {
      if (on) chosen.add(index);
      else chosen.delete(index);
      compare.hidden = chosen.size < 2;
      compare.replaceChildren(make("span", {}, this.t("compare_chosen", { count: chosen.size })));
      for (const box of list.querySelectorAll(".pick input"))
        box.disabled = chosen.size >= COMPARED && !box.checked;
    };
    const many = products.length > 1;
    list.append(
      ...products.map((one, index) =>
        this.product(one, many && index in this.places() && (on => choose(index, on))),
      ),
    );
    const frame = make("div", { class: "carousel at-start" }, list);
    if (many) frame.append(this.arrow(list, -1), this.arrow(list, 1), compare);
    list.addEventListener("scroll", () => {
      const at = Math.abs(list.scrollLeft); // counts downwards from 0 when written from right to left
      frame.classList.toggle("at-start", at < 8);
      frame.classList.toggle("at-end", at > list.scrollWidth - list.clientWidth - 8);
    });
    return frame;
  }

  arrow(list, way) {
    const step = () =>
      list.scrollBy({
        left: way * list.clientWidth * 0.8 * (getComputedStyle(list).direction === "rtl" ? -1 : 1),
        behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
      });
    return button(
      `arrow ${way < 0 ? "back" : "on"}`,
      this.t(way < 0 ? "previous" : "next"),
      step,
      icon(way < 0 ? "previous" : "next"),
    );
  }

  link(product, kind, ...children) {
    const href = safeUrl(product.url, this.widget.base) || this.widget.base;
    const open = click => {
      this.widget.report("click", { sku: product.sku });
      if (!this.widget.emit("product", { sku: product.sku, url: href }, true))
        click.preventDefault();
    };
    return make(
      "a",
      { class: kind, href, target: "_blank", rel: "noopener", onclick: open },
      ...children,
    );
  }

  picture(product) {
    const src = product.image && safeUrl(product.image, this.widget.base);
    if (src) return make("img", { src, alt: "", loading: "lazy", width: "148", height: "120" });
    return make("div", { class: "blank", "aria-hidden": "true" }, product.title.slice(0, 1));
  }

  product(product, onCompare) {
    const note = product.stock_note
      ? make("span", { class: product.in_stock ? "note" : "note out" }, product.stock_note)
      : "";
    const price = make("span", { class: "price" }, product.price || "");
    if (product.price_before) price.append(" ", make("s", {}, product.price_before));
    const choices = product.choices ? make("span", { class: "reason" }, product.choices) : "";
    const reason = product.reason ? make("span", { class: "reason" }, product.reason) : "";
    const card = this.link(
      product,
      "card",
      this.picture(product),
      make("span", { class: "title" }, product.title),
      price,
      choices,
      reason,
      note,
    );
    const like = this.taste(product, 1, "up", this.t("like", { title: product.title }));
    const dislike = this.taste(product, -1, "down", this.t("dislike"));
    like.addEventListener("click", () => dislike.setAttribute("aria-pressed", "false"));
    dislike.addEventListener("click", () => like.setAttribute("aria-pressed", "false"));
    const tools = make("div", { class: "tools" }, like, dislike);
    if (onCompare) {
      const box = make("input", {
        type: "checkbox",
        "aria-label": this.t("compare_one", { title: product.title }),
        onchange: () => onCompare(box.checked),
      });
      tools.append(make("label", { class: "pick" }, box, this.t("compare")));
    }
    return make("li", {}, card, tools, ...(product.can_order ? this.buy(product) : []));
  }

  // What is to be chosen takes the button's place, in the card.
  buy(product) {
    const place = make("div", { class: "buying" });
    const open = () => {
      if (!place.childElementCount)
        this.widget.part("cart").then(cart => cart?.choose(this.widget, product, place));
    };
    const label = this.t("add_one", { title: product.title });
    return [button("buy", label, open, this.t("add")), place];
  }

  taste(product, value, name, label) {
    const press = click => {
      const on = click.currentTarget.getAttribute("aria-pressed") !== "true";
      click.currentTarget.setAttribute("aria-pressed", String(on));
      this.widget.report("like", { sku: product.sku, value: on ? value : 0 });
    };
    return make(
      "button",
      {
        class: "taste",
        type: "button",
        "aria-label": label,
        "aria-pressed": "false",
        onclick: press,
      },
      icon(name),
    );
  }

  compare(indexes) {
    const chosen = indexes.sort((one, other) => one - other).map(index => this.places()[index]);
    const places = new Intl.ListFormat(this.widget.config.language).format(chosen);
    this.widget.say({ text: String(this.t("compare_say", { places })) });
  }

  // "the first", "the second", …, as the assistant understands them.
  places() {
    return this.t("places").split(", ");
  }

  comparison({ rows }, products) {
    const head = products.map(one =>
      make("th", { scope: "col" }, this.link(one, "column", this.picture(one), one.title)),
    );
    const body = rows.map(([name, values]) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, name),
        ...values.map(value => make("td", {}, value)),
      ),
    );
    return make(
      "div",
      { class: "table", tabindex: "0", role: "region", "aria-label": this.t("compare") },
      make(
        "table",
        {},
        make("thead", {}, make("tr", {}, make("td"), ...head)),
        make("tbody", {}, ...body),
      ),
    );
  }

  order(card) {
    const state = { done: this.t("step_done"), now: this.t("step_now") };
    const steps = (card.steps || []).map(step =>
      make(
        "li",
        { class: step.state, "aria-current": step.state === "now" ? "step" : null },
        make(
          "span",
          { class: "dot", "aria-hidden": "true" },
          step.state === "done" ? icon("check") : "",
        ),
        make(
          "span",
          {},
          step.name,
          state[step.state] ? make("span", { class: "hush" }, ` (${state[step.state]})`) : "",
        ),
        step.at ? make("span", { class: "when" }, step.at) : "",
      ),
    );
    const facts = [
      ["total", card.total],
      ["expected", card.expected],
      ["tracking", [card.carrier, card.tracking].filter(Boolean).join(" ")],
    ].filter(([, value]) => value);
    return make(
      "section",
      { class: `order ${card.tone || ""}`, "aria-label": this.t("order", { number: card.number }) },
      make(
        "header",
        {},
        make("strong", {}, this.t("order", { number: card.number })),
        make("span", { class: "badge" }, card.status),
      ),
      make("ul", { class: "items" }, ...(card.items || []).map(item => make("li", {}, item))),
      steps.length ? make("ol", { class: "steps" }, ...steps) : "",
      make(
        "dl",
        {},
        ...facts.flatMap(([name, value]) => [make("dt", {}, this.t(name)), make("dd", {}, value)]),
      ),
    );
  }
}

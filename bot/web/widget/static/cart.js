// Buying from the chat: a product's options as they are now, a quantity, and the cart of the page.
import { button, form, icon, make, safeUrl } from "./dom.js";

const OPTIONS = ["colour", "size"]; // which have a name in texts/; others have the shop's own

// Below a card: options, quantity, and what adds it to the cart of the page; a link where it has none.
export const choose = async (widget, card, place) => {
  const { t, base } = widget;
  const outcome = make("p", { role: "status" });
  place.replaceChildren(outcome);
  const elsewhere = url =>
    make(
      "a",
      { class: "choice", href: safeUrl(url, base) || base, target: "_blank", rel: "noopener" },
      t("on_its_page"),
    );
  const asked = new URLSearchParams({ sku: card.sku, language: widget.config.language });
  const answer = await widget.conversation.ask("GET", `/chat/products?${asked}`).catch(() => null);
  if (!answer?.ok) {
    place.append(elsewhere(card.url));
    return place.querySelector("a").focus();
  }
  const offer = await answer.json();

  const wanted = offer.variants.find(one => one.sku === card.variant && one.most);
  const values = index => [...new Set(offer.variants.map(one => one.values[index]))];
  const fits = (variant, count) =>
    selects.slice(0, count).every((one, index) => one.value === variant.values[index]);
  const chosen = () => offer.variants.find(one => fits(one, selects.length));
  // What can't be had with what is chosen above it is marked; nobody gets stuck.
  const fill = () => {
    selects.forEach((select, index) => {
      const there = value =>
        offer.variants.some(one => one.most && one.values[index] === value && fits(one, index));
      const before = select.value || wanted?.values[index];
      select.replaceChildren(
        ...values(index).map(value =>
          make(
            "option",
            { value, disabled: !there(value) },
            there(value) ? value || "–" : t("sold_out", { value: value || "–" }),
          ),
        ),
      );
      select.value = there(before) ? before : (values(index).find(there) ?? values(index)[0]);
    });
    const one = chosen();
    price.textContent = one?.price || "";
    add.toggleAttribute("disabled", !one?.most);
    quantity.max = one?.most || 1;
    if (add.href) add.href = safeUrl(one?.url || card.url, base);
  };
  const label = (name, field) => make("label", {}, name, field);
  const selects = offer.options.map(() => make("select", { onchange: fill }));
  const quantity = make("input", { type: "number", value: "1", min: "1", required: true });
  const price = make("span", { class: "price" });
  const product = () => {
    const { sku, title, amount, url, image } = chosen();
    return { sku, product: offer.sku, title, price: amount, currency: offer.currency, url, image };
  };
  const tell = isIn => {
    const { title, url } = chosen();
    outcome.className = isIn ? "in" : "not-in";
    outcome.replaceChildren(
      make("span", {}, isIn ? t("added", { count: quantity.value, title }) : t("not_added")),
      " ",
      isIn ? "" : elsewhere(url),
    );
    if (isIn && widget.page.hasCart)
      outcome.append(button("link", t("cart"), () => widget.built.menu.showCart()));
  };
  const put = async () => {
    try {
      tell(await widget.page.add(product(), Number(quantity.value)));
    } catch (error) {
      console.error("Shoptalk can't add to the page's cart:", error);
      tell(false);
    }
  };
  // Where nothing is known to take it, it is a link; a page may take it all the same.
  const follow = click => {
    const detail = { ...product(), quantity: Number(quantity.value) };
    if (widget.emit("add", detail, true)) return;
    click.preventDefault();
    tell(true);
  };
  const add = widget.page.sells
    ? make("button", { class: "small" }, t("add"))
    : make(
        "a",
        { class: "small", href: base, target: "_blank", rel: "noopener", onclick: follow },
        t("on_its_page"),
      );
  place.prepend(
    form(
      {},
      put,
      ...selects.map((one, index) => {
        const name = offer.options[index];
        return label(OPTIONS.includes(name) ? t(`option_${name}`) : name, one);
      }),
      label(t("quantity"), quantity),
      price,
      add,
    ),
  );
  fill();
  (selects[0] || quantity).focus();
};

// The page's cart as a page of the menu, to be changed.
export const showCart = (menu, focus) => {
  const { t, widget } = menu;
  const lines = widget.page.lines();
  const { currency, url } = widget.page.shop || {};
  const money = amount =>
    currency && Number.isFinite(amount)
      ? new Intl.NumberFormat(widget.locale, { style: "currency", currency }).format(amount)
      : "";
  const change = async (line, count, name) => {
    const quantity = Math.max(0, Math.floor(Number(count)) || 0);
    await Promise.resolve(widget.page.shop.set(line.sku, quantity, line)).catch(error =>
      console.error("Shoptalk can't change the page's cart:", error),
    );
    showCart(menu, name);
  };
  const row = (line, index) => {
    const title = line.title || line.sku;
    const href = line.url && safeUrl(line.url, widget.base);
    const field = make("input", {
      type: "number",
      min: "0",
      value: line.quantity,
      "data-name": `count-${index}`,
      "aria-label": t("how_many", { title }),
      onchange: () => change(line, field.value, `count-${index}`),
    });
    const out = button(
      "plain",
      t("take_out", { title }),
      () => change(line, 0, `out-${Math.min(index, lines.length - 2)}`),
      icon("close"),
    );
    out.dataset.name = `out-${index}`;
    return make(
      "li",
      {},
      make(href ? "a" : "span", { href, dir: "auto" }, title),
      field,
      make("span", { class: "price" }, money(line.price * line.quantity)),
      out,
    );
  };
  let sum = 0;
  for (const one of lines) sum += one.price * one.quantity;
  const total = money(sum);
  const checkout = url && safeUrl(url, widget.base);
  menu.page(
    "cart",
    lines.length ? "cart_about" : "cart_empty",
    make("ul", { class: "lines" }, ...lines.map(row)),
    lines.length && total
      ? make("p", { role: "status", class: "sum" }, make("span", {}, t("total")), ` ${total}`)
      : "",
    lines.length && checkout ? make("a", { class: "item", href: checkout }, t("checkout")) : "",
  );
  menu.element.querySelector(`[data-name="${focus}"]`)?.focus();
};

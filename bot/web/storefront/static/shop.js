// The demo shop's cart. It lives in this browser; the chat hears of it only when there is a chat.
const KEY = "demo-cart";
const read = () => JSON.parse(localStorage.getItem(KEY) || "[]");
const all = selector => [...document.querySelectorAll(selector)];

// The widget loads beside this script: what comes before it waits for it.
const tell = (kind, details) => {
  const send = () => window.shoptalk.track(kind, details);
  if (window.shoptalk) send();
  else addEventListener("load", () => window.shoptalk && send(), { once: true });
};

const money = new Intl.NumberFormat(document.documentElement.lang, {
  style: "currency",
  currency: document.body.dataset.currency,
});

// The page's own words, with {title} filled in; what is filled in may hold any signs.
const words = (name, title = "") => document.body.dataset[name].replace("{title}", () => title);

const write = lines => {
  localStorage.setItem(KEY, JSON.stringify(lines));
  count();
};

const count = () => {
  const pieces = read().reduce((sum, line) => sum + line.quantity, 0);
  all(".cart-count").forEach(one => {
    one.textContent = pieces;
    one.hidden = !pieces;
  });
};

const set = (product, quantity) => {
  const lines = read().filter(line => line.sku !== product.sku);
  if (quantity > 0) lines.push({ ...product, quantity });
  write(lines);
  tell("cart", {
    sku: product.product || product.sku, // what is told of a variant counts for its product
    quantity,
    value: Math.round(quantity * product.price * 100) / 100,
  });
};

const say = text => {
  const status = document.querySelector("#said");
  status.textContent = text;
  status.hidden = !text;
};

all("form.buy").forEach(form =>
  form.addEventListener("submit", event => {
    event.preventDefault();
    const { title, ...product } = form.dataset;
    const chosen = form.variant?.selectedOptions[0];
    const { price, url, image } = chosen?.dataset || product;
    const line = {
      sku: chosen?.value || product.sku,
      product: product.product,
      title: chosen ? `${title} (${chosen.dataset.name})` : title,
      price: Number(price),
      url,
      image,
    };
    const there = read().find(one => one.sku === line.sku)?.quantity || 0;
    set(line, there + Number(form.quantity.value));
    say(words("inYourCart", line.title));
  }),
);

// The cart's page.
const make = (tag, attributes, ...children) => {
  const element = Object.assign(document.createElement(tag), attributes);
  element.append(...children);
  return element;
};

const row = line => {
  const quantity = make("input", { type: "number", min: 0, max: 99, value: line.quantity });
  quantity.setAttribute("aria-label", words("howMany", line.title));
  quantity.addEventListener("change", () => {
    set(line, Math.max(0, Math.min(99, Math.floor(Number(quantity.value)) || 0)));
    showCart();
  });
  const remove = make("button", { type: "button", className: "quiet" }, words("remove"));
  remove.setAttribute("aria-label", words("removeOne", line.title));
  remove.addEventListener("click", () => {
    set(line, 0);
    showCart();
  });
  const picture = line.image
    ? make("img", { src: line.image, alt: "", width: 72, height: 72 })
    : "";
  const sum = make("span", { className: "price" }, money.format(line.price * line.quantity));
  return make("li", {}, picture, make("a", { href: line.url }, line.title), quantity, sum, remove);
};

const showCart = () => {
  const page = document.querySelector("#cart");
  if (!page) return;
  const lines = read().sort((one, other) => one.title.localeCompare(other.title));
  const total = lines.reduce((sum, line) => sum + line.price * line.quantity, 0);
  page.querySelector("ul").replaceChildren(...lines.map(row));
  if (!page.querySelector("#checkout"))
    page.querySelector(".total").textContent = money.format(total);
  dispatchEvent(new Event("demo-cart")); // the checkout asks anew what it costs
  page.querySelector(".full").hidden = !lines.length;
  page.querySelector(".none").hidden = Boolean(lines.length);
};

count();
showCart();
tell("page", { url: location.href.slice(0, 2000), title: document.title });

// The chat may put something into this cart, and change it.
const lend = () =>
  window.shoptalk?.page({
    cart: {
      currency: document.body.dataset.currency,
      url: "/shop/cart",
      lines: read,
      set: (sku, quantity, product) => {
        const { title, price, url, image } = product;
        set({ sku, product: product.product, title, price, url, image }, quantity);
        showCart();
      },
    },
  });
if (window.shoptalk) lend();
else addEventListener("load", lend, { once: true });

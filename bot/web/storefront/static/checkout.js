// The demo's checkout: prices come from the server alone, and what has to be put right is said at its field.
const form = document.querySelector("#checkout");
const fields = ["name", "email", "address", "country", "way", "code"];
const id = crypto.randomUUID
  ? crypto.randomUUID()
  : `f${Date.now()}-${Math.random().toString(36).slice(2)}`;
let asked = 0;
let value = 0;

const cartLines = () =>
  JSON.parse(localStorage.getItem("demo-cart") || "[]").map(({ sku, quantity }) => ({
    sku,
    quantity: Number(quantity),
  }));

const wish = () => ({
  lines: cartLines(),
  gift: Boolean(form.gift?.checked),
  ...Object.fromEntries(fields.map(name => [name, form[name]?.value || ""])),
});

const ask = (path, body) =>
  fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

const problem = (name, text) => {
  const field = form[name];
  const known = form.querySelector(`#problem-${name}`);
  let said = known;
  if (!said && field && text) {
    said = Object.assign(document.createElement("span"), {
      id: `problem-${name}`,
      className: "problem",
    });
    field.after(said);
  }
  if (said) {
    said.textContent = text;
    said.hidden = !text;
  }
  if (!field) return;
  field.toggleAttribute("aria-invalid", Boolean(text));
  if (text) field.setAttribute("aria-describedby", `problem-${name}`);
  else field.removeAttribute("aria-describedby");
};

const tellProblems = found => {
  for (const name of [...fields, "cart"]) problem(name, found[name] || "");
};

const show = told => {
  value = Number(told.value);
  for (const name of ["goods", "discount", "gift", "delivery", "total"]) {
    const cell = form.querySelector(`.bill .${name}`);
    cell.textContent = name === "discount" && told.discount ? `−${told.discount}` : told[name];
    if (["discount", "gift"].includes(name)) {
      cell.hidden = !told[name];
      cell.previousElementSibling.hidden = !told[name];
    }
  }
  form.way.replaceChildren(
    ...told.ways.map(
      ({ name, days }) =>
        new Option(`${name} (${days} working days)`, name, false, name === told.way),
    ),
  );
};

const refresh = async () => {
  if (!cartLines().length) return;
  const turn = ++asked;
  const answer = await ask("/shop/quote", wish()).catch(() => null);
  if (turn !== asked) return; // the cart has changed since
  if (!answer?.ok) {
    problem("cart", "Prices can't be read right now. Please try again in a moment.");
    return;
  }
  const told = await answer.json();
  show(told);
  problem("cart", told.problems.cart || "");
  problem("code", told.problems.code || "");
};

form.addEventListener("change", refresh);
addEventListener("demo-cart", refresh);
form.addEventListener("submit", async event => {
  event.preventDefault();
  const button = form.querySelector("#order");
  button.disabled = true;
  const answer = await ask("/shop/orders", { id, ...wish() }).catch(() => null);
  const told = await answer?.json().catch(() => null);
  button.disabled = false;
  if (answer?.status === 201) {
    const skus = JSON.parse(localStorage.getItem("demo-cart") || "[]");
    window.shoptalk?.track("purchase", { value, skus: skus.map(one => one.product || one.sku) });
    localStorage.removeItem("demo-cart");
    location.assign(told.url);
    return;
  }
  tellProblems(
    told?.problems || { cart: told?.error || "That didn't work. Please try again in a moment." },
  );
  form.querySelector("[aria-invalid], #problem-cart:not([hidden])")?.focus();
});

refresh();

// The page that the customer writes from, for the assistant: the product by the page's own JSON-LD
// (schema.org), the cart, the language. Read when it is needed: pages change without being loaded.
const PRODUCT = /^(?:https?:\/\/schema\.org\/)?(?:Product|ProductGroup|IndividualProduct)$/;
const NUMBERS = ["sku", "productGroupID", "productID", "mpn", "gtin", "gtin13", "gtin12", "gtin8"];
const CONTROLS = /\p{Cc}/gu; // breaks within a text, which shop systems write and JSON doesn't allow
const MOST_NUMBERS = 10;
const MOST_LINES = 50;
const LONGEST_TEXT = 300;
const LONGEST_ADDRESS = 2000;

const list = value => (Array.isArray(value) ? value : value ? [value] : []);
const short = value =>
  ["string", "number"].includes(typeof value) ? String(value).trim().slice(0, LONGEST_TEXT) : "";

export class Page {
  constructor(widget, { given = {}, shop = null } = {}) {
    this.widget = widget;
    this.given = given; // what the page's own scripts said: {product}
    this.shop = shop; // the page's cart: {lines(), set(sku, quantity, product), currency, url}
    this.dropped = ""; // the product that the customer took away
  }

  // With a message: nothing at all when the customer doesn't want it told.
  told() {
    if (this.widget.setting("page") === false) return {};
    const product = this.product();
    const cart = this.lines()
      .map(({ sku, quantity }) => ({ sku: short(sku), quantity: Math.floor(Number(quantity)) }))
      .filter(({ sku, quantity }) => sku && quantity > 0 && quantity <= 1e6)
      .slice(0, MOST_LINES);
    // The customer reads the widget; its language is the page's, or the browser's.
    const { language, languages } = this.widget.config;
    const lang = languages.includes(language) ? language : document.documentElement.lang;
    return {
      url: address(),
      title: short(this.widget.title.plain ?? document.title),
      ...(/^[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}$/i.test(lang) ? { language: lang } : {}),
      ...(product ? { product } : {}),
      ...(cart.length ? { cart } : {}),
    };
  }

  // The product that is looked at, {ids, title, url}; null when there is none, or none to be told.
  product() {
    if (this.widget.setting("page") === false) return null;
    const { given } = this;
    const found =
      given.product === undefined ? onPage() : given.product && described(given.product);
    return found && named(found) !== this.dropped ? found : null;
  }

  drop() {
    this.dropped = named(this.product());
  }

  get hasCart() {
    return Boolean(this.shop?.lines && this.shop.set);
  }

  // Whether something of the page is known to take what is added.
  get sells() {
    return Boolean(this.shop?.set) || this.widget.hears.has("add");
  }

  // So many of a product more; whether the page took it. Rejects when its cart refuses.
  async add(product, quantity) {
    if (!this.widget.emit("add", { ...product, quantity }, true)) return true;
    if (!this.shop?.set) return false;
    const there = this.lines().find(one => one.sku === product.sku)?.quantity || 0;
    await this.shop.set(product.sku, there + quantity, product);
    return true;
  }

  lines() {
    try {
      return list(this.shop?.lines?.());
    } catch (error) {
      console.error("Shoptalk can't read the page's cart:", error);
      return [];
    }
  }
}

const named = product => JSON.stringify(product);

// Without what stands behind "?" and "#": it may be anybody's. A page that needs it says so.
const address = () =>
  (
    document.querySelector('link[rel="canonical"]')?.href || location.origin + location.pathname
  ).slice(0, LONGEST_ADDRESS);

// The one product of the page; of several, the one whose address is the page's.
const onPage = () => {
  const found = [];
  const walk = node => {
    if (Array.isArray(node)) node.forEach(walk);
    else if (node && typeof node === "object") {
      if (list(node["@type"]).some(type => PRODUCT.test(type))) found.push(described(node));
      else [node["@graph"], node.mainEntity].forEach(walk);
    }
  };
  for (const script of document.querySelectorAll('script[type^="application/ld+json"]')) {
    try {
      walk(JSON.parse(script.textContent.replace(CONTROLS, " ")));
    } catch {
      // not JSON: the page's own affair
    }
  }
  const products = [...new Map(found.filter(Boolean).map(one => [named(one), one])).values()];
  if (products.length < 2) return products[0] || null;
  return products.find(one => one.url && samePage(one.url)) || null;
};

const samePage = url => {
  try {
    return new URL(url, location.href).pathname === new URL(address()).pathname;
  } catch {
    return false;
  }
};

const described = node => {
  const parts = [node, ...list(node.offers), ...list(node.hasVariant)];
  const numbers = parts.flatMap(part => NUMBERS.map(name => short(part?.[name])));
  const ids = [...new Set(numbers.filter(Boolean))].slice(0, MOST_NUMBERS);
  const title = short(node.name ?? node.title);
  const url = typeof node.url === "string" ? node.url.slice(0, LONGEST_ADDRESS) : "";
  return ids.length || title ? { ids, title, url } : null;
};

"""Pages as shop systems, frameworks and banks make them: their styles, their scripts, their way to the next page."""

from dataclasses import dataclass, field

from tests.browser.pages import Site

PRODUCT = """<script type="application/ld+json">{"@context": "https://schema.org", "@type": "Product", "sku": "J1",
"name": "Storm Jacket", "offers": {"@type": "Offer", "price": "120", "priceCurrency": "EUR"}}</script>"""

# A classic theme with plugins: an admin bar, emoji that are replaced in every text, lazy pictures, a
# banner above everything, form styles with !important, old scripts on the prototypes.
WORDPRESS_HEAD = """<style>
html { margin-top: 32px !important; scroll-behavior: smooth } * { box-sizing: border-box } body { margin: 0 }
img { max-width: 100%; height: auto !important; opacity: 0; transition: opacity .4s } img.loaded { opacity: 1 }
button, input, textarea, select { text-transform: uppercase !important; border-radius: 0 !important; padding: 1.1em 2em !important;
  background: #28303d !important; color: #fff !important; width: 100% !important }
ul { list-style: square; margin: 0 0 30px 60px } a { text-decoration: underline !important } section, dialog { padding: 60px 0 !important }
#wpadminbar { position: fixed; inset: 0 0 auto; height: 32px; background: #1d2327; z-index: 99999 }
#banner { position: fixed; inset: auto 0 0; height: 90px; background: #fff; border-top: 1px solid #555; z-index: 2147483647 }
:root { --shoptalk-z-index: 2147483646; --shoptalk-bottom: 110px }
</style><script>
Array.prototype.last = function () { return this[this.length - 1]; };
String.prototype.contains = function (text) { return this.indexOf(text) >= 0; };
addEventListener("DOMContentLoaded", () => new MutationObserver(changes => changes.forEach(change =>
  change.addedNodes.forEach(node => node.querySelectorAll?.("*").forEach(one => one.classList.add("seen"))),
)).observe(document.documentElement, { childList: true, subtree: true }));
</script>"""
WORDPRESS = """<div id="wpadminbar"></div><main class="site-main"><h1>Storm Jacket</h1><form class="cart"><button>Add to basket</button></form>
<p>There are <a href="/next">More jackets</a> of ours.</p></main><div id="banner">We use cookies.</div>"""

# A theme of sections: a small root font, a hotkey for its search, a drawer that makes the rest inert and
# keeps the focus, sections that are rendered again.
SHOPIFY_HEAD = """<style>
html { font-size: 62.5% !important; height: 100% } body { min-height: 100%; margin: 0; font-size: 1.6rem; display: grid; grid-template-rows: auto 1fr }
.shopify-section-header-sticky { position: sticky; top: 0; z-index: 1000; background: #fff }
:focus-visible { outline: none !important; box-shadow: 0 0 0 9px red !important } .hidden, :empty { display: none !important }
h1, h2, p, strong, span { letter-spacing: .06rem; line-height: calc(1 + .8 / var(--font-body-scale)) }
</style>"""
SHOPIFY = """<header class="shopify-section-header-sticky"><input aria-label="Search" id="search"><p>There are <a href="/next">Jackets</a> of ours.</p></header>
<main id="MainContent"><section id="shopify-section-product"><h1>Storm Jacket</h1></section></main>
<script>
document.addEventListener("keyup", event => event.key === "/" && document.querySelector("#search").focus());
document.addEventListener("focusin", event => document.body.dataset.drawer && !event.target.closest("header") && document.querySelector("#search").focus());
setInterval(() => { const one = document.querySelector("#shopify-section-product"); if (one) one.innerHTML = one.innerHTML; }, 150);
</script>"""

TURBO = """<main><h1>Storm Jacket</h1><p>There are <a href="/next">More jackets</a> of ours.</p></main><script>
if (!window.visits) { window.visits = true; document.addEventListener("click", async event => {
  const link = event.target.closest("a[href='/next']"); if (!link) return; event.preventDefault();
  const page = new DOMParser().parseFromString(await (await fetch(link.href)).text(), "text/html");
  history.pushState({}, "", link.href);
  document.documentElement.replaceChild(document.adoptNode(page.body), document.body);
  for (const old of document.body.querySelectorAll("script")) { const script = document.createElement("script");
    for (const { name, value } of old.attributes) script.setAttribute(name, value); script.textContent = old.textContent; old.replaceWith(script); }
}); }</script>"""

# An app that owns the document: it draws all of the body anew, and takes out what it didn't draw.
REACT = """<div id="root"></div><script>
let drawings = 0;
const draw = page => {
  drawings += 1;
  const root = document.createElement("div"); root.id = "root";
  const main = root.appendChild(document.createElement("main"));
  main.appendChild(document.createElement("h1")).textContent = page;
  const text = main.appendChild(document.createElement("p")); text.textContent = "There are ";
  const link = text.appendChild(document.createElement("a")); link.href = "/next"; link.textContent = "More jackets"; text.append(" of ours.");
  link.onclick = event => { event.preventDefault(); history.pushState({}, "", "/next"); draw("More jackets"); };
  document.body.replaceChildren(root);
  for (const one of [...document.documentElement.children]) if (!["HEAD", "BODY"].includes(one.tagName)) one.remove();
};
draw("Storm Jacket"); setTimeout(() => draw(document.querySelector("h1").textContent), 400);
</script>"""

BANK = (
    '<main><h1>Storm Jacket</h1><p>There are <a href="/next">More jackets</a> of ours.</p></main>'
)


@dataclass(frozen=True)
class System:
    """A page of a product, and what its server says of it."""

    body: str
    head: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def put_up(self, site: Site) -> str:
        """The product's page and the next one; returns the address of the first."""
        for name, value in self.headers.items():
            site.headers[name] = value.format(chat=site.base)
        site.page("/next", self.body.replace("Storm Jacket", "More jackets"), self.head)
        return site.page("/", self.body, self.head + PRODUCT)


SYSTEMS = {
    "wordpress": System(WORDPRESS, WORDPRESS_HEAD),
    "shopify": System(SHOPIFY, SHOPIFY_HEAD),
    "turbo": System(TURBO),
    "react": System(REACT),
    "bank": System(
        BANK,
        headers={
            "Content-Security-Policy": "default-src 'none'; script-src {chat}; connect-src {chat}; img-src {chat} data:; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
            "Cross-Origin-Embedder-Policy": "require-corp",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(), clipboard-read=(), clipboard-write=()",
            "Referrer-Policy": "no-referrer",
        },
    ),
}

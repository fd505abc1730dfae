// Where the widget lives in a page: an element beside the body, out of reach of what replaces, hides
// or restyles the body; or in a container that the page names. Taken out, it comes back.
import { make } from "./dom.js";

// Not for the page: its shortcuts, its fields' handlers, and dialogs that pull the focus back.
const KEPT_IN =
  "keydown keypress keyup beforeinput input change focusin focusout paste copy cut dragenter dragover drop";

export class Host {
  // looks: attributes and custom properties of the part that everything is in
  constructor(style, looks, colours, { container, zIndex, offset }) {
    this.style = style;
    this.container = container;
    this.element = make("div", { id: "shoptalk", "data-inside": Boolean(container) });
    this.root = this.frame(this.element, { class: container ? "all inside" : "all", ...looks });
    for (const [name, value] of Object.entries(colours))
      this.root.style.setProperty(`--${name}`, value);
    if (zIndex) this.element.style.setProperty("--shoptalk-z-index", zIndex);
    const [side, bottom] = (offset || "").split(/\s+/);
    if (side) this.element.style.setProperty("--shoptalk-side", `${Number.parseInt(side, 10)}px`);
    if (bottom)
      this.element.style.setProperty("--shoptalk-bottom", `${Number.parseInt(bottom, 10)}px`);
    for (const kind of KEPT_IN.split(" "))
      this.root.addEventListener(kind, event => event.stopPropagation());
    this.root.addEventListener("focusin", ({ target }) => {
      this.focused = target;
    });
    // Taken out with the focus in it, it has lost it by the time that it is looked at.
    this.root.addEventListener("focusout", () =>
      queueMicrotask(() => {
        if (this.element.isConnected) this.focused = this.element.shadowRoot.activeElement;
      }),
    );
  }

  frame(element, attributes) {
    const shadow = element.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [this.style];
    const frame = make("div", attributes);
    shadow.append(frame);
    return frame;
  }

  // A link at the front of the page for who goes by keyboard: the button is at its end.
  skip(link, looks) {
    this.front = make("div", { id: "shoptalk-skip" });
    const frame = this.frame(this.front, { class: "all", ...looks });
    frame.append(link);
    return frame;
  }

  place() {
    const place = this.container
      ? document.querySelector(this.container)
      : document.documentElement;
    if (this.element.parentNode !== place) place?.append(this.element);
    if (this.front && !this.front.isConnected) document.body?.before(this.front);
  }

  // Back at once, so that no key is lost to who is writing; and once in a frame, since a page may
  // throw it out again and again. onBack() hears that the element was gone for a moment.
  stay(onBack) {
    this.place();
    const back = () => {
      const gone = !this.element.isConnected;
      if (this.resting || !(gone || (this.front && !this.front.isConnected))) return;
      this.resting = requestAnimationFrame(() => {
        this.resting = 0;
        back();
      });
      this.place();
      if (!gone || !this.element.isConnected) return;
      onBack();
      if (document.activeElement === document.body) this.focused?.focus();
    };
    new MutationObserver(back).observe(document, { childList: true, subtree: true });
  }
}

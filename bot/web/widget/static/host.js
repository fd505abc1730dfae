// Where the widget lives in a page: an element beside the body, out of reach of what replaces, hides
// or restyles the body; or in a container that the page names. Taken out, it comes back.
import { make } from "./dom.js";

// Not for the page, however early it listens: its shortcuts, what scrolls or forbids by itself, and dialogs
// that pull the focus back.
const KEPT_IN =
  "keydown keypress keyup beforeinput input focus blur focusin focusout paste copy cut dragstart dragenter dragover drop " +
  "wheel mousedown pointerdown touchstart touchmove touchend selectstart contextmenu";
const PASSIVE = /^(wheel|touch)/; // what is never prevented waits for no script
const PARTS = ["key", "shiftKey", "isComposing", "clipboardData", "dataTransfer"];
const ALIVE = "shoptalk:alive";

export class Host {
  // looks: attributes and custom properties of the part that everything is in
  constructor(style, looks, colours, { container, zIndex, offset }) {
    this.style = style;
    this.container = container;
    this.element = make("div", { id: "shoptalk", "data-inside": Boolean(container) });
    this.root = this.frame(this.element, { class: container ? "all inside" : "all", ...looks });
    for (const [name, value] of Object.entries(colours))
      this.root.style.setProperty(`--st-${name}`, value);
    if (zIndex) this.element.style.setProperty("--shoptalk-z-index", zIndex);
    const [side, bottom] = (offset || "").split(/\s+/);
    if (side) this.element.style.setProperty("--shoptalk-side", `${Number.parseInt(side, 10)}px`);
    if (bottom)
      this.element.style.setProperty("--shoptalk-bottom", `${Number.parseInt(bottom, 10)}px`);
    for (const kind of KEPT_IN.split(" "))
      addEventListener(kind, event => this.keepIn(event), {
        capture: true,
        passive: PASSIVE.test(kind),
      });
    addEventListener(ALIVE, event => event.preventDefault());
    document.addEventListener("close", () => this.place(), true); // of a dialog that it is in
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

  // The same for the chat alone.
  keepIn(event) {
    const [inner] = event.composedPath();
    if (event.target !== this.element || inner === this.element) return;
    event.stopImmediatePropagation();
    const again = new Event(event.type, { bubbles: true, cancelable: true });
    for (const name of PARTS)
      if (name in event) Object.defineProperty(again, name, { value: event[name] });
    if (!inner.dispatchEvent(again)) event.preventDefault();
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

  // A modal dialog makes the rest of the page inert: who opens the chat from one has it there.
  place(isWanted = false) {
    const modal = isWanted && [...document.querySelectorAll("dialog:modal")].at(-1);
    const place = this.container
      ? document.querySelector(this.container)
      : modal || document.documentElement;
    if (this.element.parentNode !== place) {
      place?.append(this.element);
      this.element.popover = place === modal ? "manual" : null; // above the dialog, wherever that moves
      if (place === modal) this.element.showPopover();
    }
    if (this.front && !this.front.isConnected) document.body?.before(this.front);
  }

  // Back at once, so that no key is lost to who is writing; and once in a frame, since a page may
  // throw it out again and again. onBack() hears that the element was gone for a moment, onDeaf() that
  // nothing is heard any more: document.open() takes away all that listens.
  stay(onBack, onDeaf) {
    this.place();
    const back = () => {
      if (dispatchEvent(new Event(ALIVE, { cancelable: true }))) {
        observer.disconnect();
        this.element.remove();
        this.front?.remove();
        return onDeaf();
      }
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
    const observer = new MutationObserver(back);
    observer.observe(document, { childList: true, subtree: true });
  }
}

// A few words beside the button, at a good moment: once in a visit, never to someone who has chatted.
import { button, icon, make } from "./dom.js";

const SEEN = "shoptalk-greeted"; // in sessionStorage: one word, gone with the tab

const wasGreeted = () => {
  try {
    return sessionStorage.getItem(SEEN);
  } catch {
    return "unknown"; // without a memory we'd greet on every page: rather not at all
  }
};

// "/products/*" fits an address' path when * stands for anything.
export const fits = (pattern, path) =>
  new RegExp(
    `^${pattern
      .split("*")
      .map(part => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*")}$`,
  ).test(path);

export const greet = widget => {
  const fit = widget.config.greetings.filter(({ pages }) =>
    pages.some(page => fits(page, location.pathname)),
  );
  if (!fit.length || wasGreeted()) return;
  let over = false;
  const show = ({ text }) => {
    if (over || wasGreeted() || widget.isOpen() || widget.store.get("token")) return;
    over = true;
    sessionStorage.setItem(SEEN, "1");
    const open = () => {
      bubble.remove();
      widget.api.open();
    };
    const bubble = make(
      "div",
      { class: "greeting", role: "status" },
      button("words", "", open, text),
      button("plain", widget.t("dismiss"), () => bubble.remove(), icon("close")),
    );
    bubble.querySelector(".words").removeAttribute("aria-label");
    widget.root.append(bubble);
    widget.greeting = bubble;
  };
  for (const one of fit) {
    if (one.after_seconds) setTimeout(() => show(one), one.after_seconds * 1000);
    if (one.on_exit)
      document.documentElement.addEventListener(
        "mouseleave",
        event => event.clientY <= 0 && show(one),
      );
  }
};

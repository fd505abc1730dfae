// Making elements. What a person wrote goes in as text, never as HTML.

// A text of the widget's, and how it is had again when the customer changed over to another language.
export class Said extends String {
  constructor(text, again) {
    super(text);
    this.again = again;
  }
}

export const SAID = new WeakMap(); // node -> {attribute, or "" for the text itself: Said}

// An attribute, or with "" the text of a text node.
export const put = (node, name, value) => {
  if (name) node.setAttribute(name, value);
  else node.data = value;
  if (value instanceof Said) SAID.set(node, { ...SAID.get(node), [name]: value });
};

const child = one => {
  if (!(one instanceof Said)) return one;
  const node = document.createTextNode("");
  put(node, "", one);
  return node;
};

export const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) put(element, name, value);
  }
  element.append(
    ...children.filter(one => one !== "" && one !== null && one !== undefined).map(child),
  );
  return element;
};

export const button = (kind, label, onclick, ...children) =>
  make(
    "button",
    { class: kind, type: "button", "aria-label": children.length ? label : null, onclick },
    ...(children.length ? children : [label]),
  );

// A form that a script sends: a frame that is sandboxed submits none, and tells of none. Enter clicks, too.
export const form = (attributes, send, ...children) => {
  const onsubmit = event => event.preventDefault();
  const onclick = event => {
    if (event.target.closest("button")?.type !== "submit") return;
    event.preventDefault();
    if (element.reportValidity()) send();
  };
  const element = make("form", { ...attributes, onsubmit, onclick }, ...children);
  return element;
};

const PATHS = {
  chat: "M4 5h16v11H9l-5 4z",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4 12l16-8-6 16-3-6z",
  menu: "M12 5v.01M12 12v.01M12 19v.01",
  up: "M7 11l4-8a2 2 0 0 1 2 2v4h5a2 2 0 0 1 2 2l-1.5 7a2 2 0 0 1-2 2H7zM7 11H4v9h3",
  down: "M7 13l4 8a2 2 0 0 0 2-2v-4h5a2 2 0 0 0 2-2l-1.5-7a2 2 0 0 0-2-2H7zM7 13H4V4h3",
  heart: "M12 20l-7-7a4.5 4.5 0 0 1 7-5.6A4.5 4.5 0 0 1 19 13z",
  previous: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  mic: "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM6 11a6 6 0 0 0 12 0M12 17v4",
  star: "M12 3l2.7 5.8 6.3.7-4.7 4.3 1.3 6.2-5.6-3.2L6.4 20l1.3-6.2L3 9.5l6.3-.7z",
  camera: "M4 8h4l2-3h4l2 3h4v11H4zM12 16.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4",
  check: "M5 12l5 5 9-10",
};

export const icon = name => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon i-${name}`);
  const line = document.createElementNS(svg.namespaceURI, "path");
  line.setAttribute("d", PATHS[name]);
  svg.append(line);
  return svg;
};

// A web address that may be opened, or "": no javascript:, no data:.
export const safeUrl = (address, base) => {
  try {
    const path = address.startsWith("/") && !address.startsWith("//");
    const url = new URL(path ? base + address : address, base);
    return /^https?:$/.test(url.protocol) ? url.href : "";
  } catch {
    return "";
  }
};

// What a function makes of 0, 1, … (Array.from is another one where old libraries are).
export const times = (count, made) => [...Array(count)].map((_, index) => made(index));

export const newId = () => {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return times(16, index => bytes[index].toString(16).padStart(2, "0")).join("");
};

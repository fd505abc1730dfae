// The survey editor: a question shows the fields of its kind, and the preview follows what is typed,
// as the page draws it and as the chat does, with the widget's own cards.
const form = document.getElementById("survey-form");
const frame = document.getElementById("survey-preview");
const ways = document.getElementById("survey-ways");
const chat = document.getElementById("survey-chat");
let timer = 0;
let latest = 0;
let drawChat = () => {};

function showFields(question) {
  const kind = question.querySelector(".kind").value;
  for (const part of question.querySelectorAll("[data-for]")) {
    part.hidden = !part.dataset.for.split(" ").includes(kind);
  }
}

async function refresh() {
  const number = ++latest;
  const answer = await fetch("/console/surveys/preview", {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
  });
  if (!answer.ok || number !== latest) return;
  const { page, chat: said } = await answer.json();
  const scrolled = frame.contentWindow.scrollY;
  frame.addEventListener("load", () => frame.contentWindow.scrollTo(0, scrolled), { once: true });
  frame.srcdoc = page;
  drawChat(said);
}

function element(name, kind, ...children) {
  const made = document.createElement(name);
  made.className = kind;
  made.append(...children);
  return made;
}

// The widget's files, from the same server; a console on a port of its own has the page's preview alone.
async function loadChat() {
  const [{ Asks }, config, css] = await Promise.all([
    import("/widget/preview/asks.js"),
    fetch("/widget/config").then(answer => answer.json()),
    fetch("/widget/preview/widget.css").then(answer => answer.text()),
  ]);
  const style = new CSSStyleSheet();
  style.replaceSync(css);
  const root = chat.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [style];
  chat.dataset.theme = "auto";
  for (const [name, value] of Object.entries(config.colours))
    chat.style.setProperty(`--${name}`, value);
  const t = (name, values = {}) =>
    (config.texts[name] || name).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
  const widget = { t, focus: () => {}, say: () => {} };
  drawChat = said => {
    const asks = new Asks(widget);
    const rows = said.map(({ text, card }) => {
      const row = element("div", "row assistant", element("div", "bubble assistant", text));
      const drawn = card && asks.draw({ id: "preview", text, card });
      if (drawn) row.append(drawn);
      return row;
    });
    root.replaceChildren(element("div", "log", ...rows));
  };
  drawChat(JSON.parse(chat.dataset.chat));
  ways.hidden = false;
}

ways.addEventListener("click", ({ target }) => {
  if (!target.dataset.way) return;
  for (const one of ways.querySelectorAll("button"))
    one.setAttribute("aria-pressed", String(one === target));
  frame.hidden = target.dataset.way !== "page";
  chat.hidden = target.dataset.way !== "chat";
});
form.querySelectorAll(".question").forEach(showFields);
form.addEventListener("input", event => {
  const question = event.target.closest(".question");
  if (question) showFields(question);
  clearTimeout(timer);
  timer = setTimeout(refresh, 400);
});
loadChat().catch(() => {});

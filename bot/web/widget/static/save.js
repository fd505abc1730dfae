// The customer's own copy of the conversation, as text; loaded when it is asked for.
import { button, make } from "./dom.js";

// A page of the menu.
export const show = menu => {
  const { log } = menu.panel;
  const t = menu.t;
  const done = make("p", { role: "status" });
  const tell = name => done.replaceChildren(make("span", {}, t(name)));
  const download = () => saveFile(text(log), menu.widget.config.shop);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text(log));
      tell("copied");
    } catch {
      download(); // the page doesn't allow the clipboard
    }
  };
  const save = () => {
    download();
    tell("saved");
  };
  menu.page(
    "save",
    "save_about",
    button("item", t("save_file"), save),
    button("item", t("copy"), copy),
    done,
  );
};

const saveFile = (content, shop) => {
  const url = URL.createObjectURL(new Blob([content], { type: "text/plain;charset=utf-8" }));
  make("a", {
    href: url,
    download: `${shop} ${new Date().toISOString().slice(0, 10)}.txt`,
  }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
};

const text = log =>
  [...log.kept, ...log.list.children]
    .filter(row => row.at)
    .map(row => entry(log, row))
    .join("\n");

const entry = (log, row) => {
  const said = row.querySelector(".bubble, .system");
  const words = said
    ? [...said.children].length
      ? [...said.childNodes]
          .filter(one => !one.classList?.contains("hush"))
          .map(one => one.textContent)
          .join("\n")
      : said.textContent
    : "";
  const name = row.querySelector(".name")?.textContent;
  const who = row.from === "system" ? "" : `${log.name({ from: row.from, name })}: `;
  const products = [...row.querySelectorAll(".card .title")].map(one => `  - ${one.textContent}`);
  const at = new Date(row.at * 1000).toLocaleString(log.widget.locale);
  return [`[${at}] ${who}${words}`, ...products].join("\n");
};

// The customer changed over to another language: so do the widget's words, loaded when it happens.
import { put, SAID } from "./dom.js";

export const changeOver = async (widget, language) => {
  widget.spoken = language;
  widget.store.set("language", language);
  const told = await widget.settings();
  for (const name of ["language", "direction", "texts"]) widget.config[name] = told[name];
  for (const part of [widget.root, widget.skip].filter(Boolean)) {
    Object.assign(part, { lang: told.language, dir: told.direction });
    sayAgain(part);
  }
  if (widget.built) redate(widget.built.log);
};

// All texts of the widget's below a node, in the language that it speaks now.
const sayAgain = root => {
  const nodes = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  do {
    const node = nodes.currentNode;
    for (const [name, said] of Object.entries(SAID.get(node) || {})) put(node, name, said.again());
  } while (nodes.nextNode());
};

// Times and days as the language writes them.
const redate = log => {
  log.setFormats();
  log.today = "";
  log.nameDays();
  for (const row of log.rows.values()) row.querySelector("time")?.replaceWith(log.time(row.at));
};

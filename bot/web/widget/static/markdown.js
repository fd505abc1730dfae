// A small part of Markdown as elements: **bold**, *italic*, `code`, lists, [links](https://…) and
// bare addresses. Everything else stays the text that it is; no HTML is ever read.
import { make, safeUrl } from "./dom.js";

const TOKENS = new RegExp(
  [
    "`([^`\\n]+)`",
    "\\*\\*(?=\\S)([^*\\n]+?)(?<=\\S)\\*\\*",
    "(?<![\\w*])\\*(?=[^\\s*])([^*\\n]+?)(?<=[^\\s*])\\*(?![\\w*])",
    "!?\\[([^\\]\\n]*)\\]\\(([^\\s()<>]+)\\)",
    '(https?:\\/\\/[^\\s<>"]*[^\\s<>".,;:!?)\\]]|(?<![\\w/])\\/(?:shop\\/[\\w/-]+(?:\\?\\w+=\\w+)?(?:#[^\\s<>".,;:!?)\\]]+)?|survey\\/[\\w.-]*[\\w-]))',
  ].join("|"),
);

export class Markdown {
  constructor(base, t) {
    Object.assign(this, { base, t });
  }

  // What the assistant and staff say.
  blocks(text) {
    const blocks = [];
    for (const line of text.split("\n")) {
      const item = line.match(/^\s*(?:[-*•]|(\d{1,3})[.)])\s+(.*)$/);
      if (!item) {
        blocks.push(make("p", {}, ...this.inline(line)));
        continue;
      }
      const tag = item[1] ? "ol" : "ul";
      if (blocks.at(-1)?.localName !== tag)
        blocks.push(make(tag, item[1] ? { start: item[1] } : {}));
      blocks.at(-1).append(make("li", {}, ...this.inline(item[2])));
    }
    return blocks;
  }

  inline(text) {
    const parts = [];
    let rest = text;
    for (let found = rest.match(TOKENS); found; found = rest.match(TOKENS)) {
      parts.push(rest.slice(0, found.index), this.token(found));
      rest = rest.slice(found.index + found[0].length);
    }
    return [...parts, rest].filter(part => part !== "");
  }

  token([whole, code, bold, italic, label, address, bare]) {
    if (code) return make("code", {}, code);
    if (bold) return make("strong", {}, ...this.inline(bold));
    if (italic) return make("em", {}, ...this.inline(italic));
    if (bare) return this.link(this.label(bare), bare) || whole;
    if (whole.startsWith("!")) return this.picture(label, address) || whole;
    return this.link(label || address, address) || whole;
  }

  // The shop's own pages are named by what they are for.
  label(address) {
    if (address.startsWith("/survey/")) return this.t("open_survey");
    return address.startsWith("/") ? this.t("read_more") : address;
  }

  // What a customer wrote: only addresses become links.
  links(text) {
    return text
      .split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/)
      .map((part, index) => (index % 2 ? this.link(part, part) : part));
  }

  link(label, address) {
    const href = safeUrl(address, this.base);
    return href && make("a", { href, target: "_blank", rel: "noopener noreferrer" }, label);
  }

  // Pictures come from the chat's own server; another server's would learn who reads.
  picture(label, address) {
    const src = safeUrl(address, this.base);
    if (!src.startsWith(`${this.base}/`)) return this.link(label || address, address);
    return make("img", { class: "picture", src, alt: label, loading: "lazy" });
  }
}

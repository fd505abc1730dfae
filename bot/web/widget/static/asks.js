// Cards that ask: stars, a score, choices, a number, a text. Each is answered once; the answer is
// an ordinary message with the value beside it.
import { button, icon, make, put, times } from "./dom.js";

export class Asks {
  constructor(widget) {
    Object.assign(this, { widget, t: widget.t });
  }

  draw(event) {
    const { card } = event;
    const send = (value, words) => {
      this.close(form.parentElement);
      this.widget.focus();
      this.widget.say({ text: words, card_answer: { message_id: event.id, value } });
    };
    const { stars, scores, choices, text } = this;
    const draw = { stars, nps: scores, scale: scores, choices, number: text, text }[card.kind];
    const form = this.frame(card.question);
    form.setAttribute("aria-label", card.question || event.text);
    if (card.total > 1)
      form.append(
        make("progress", {
          max: card.total,
          value: card.done,
          "aria-label": `${card.done + 1} / ${card.total}`,
        }),
      );
    form.append(...draw.call(this, card, send));
    if (card.optional)
      form.append(button("link", this.t("skip"), () => send(null, String(this.t("skip")))));
    return form;
  }

  // A card that has its answer, in this tab or another, takes no second one.
  close(row, value) {
    const form = row?.querySelector(".ask");
    if (!form) return;
    form.classList.add("answered");
    form.querySelectorAll("button, input, textarea").forEach(one => (one.disabled = true));
    form
      .querySelectorAll(".star")
      .forEach((one, index) =>
        one.classList.toggle("on", one.classList.contains("on") || index < value),
      );
    form
      .querySelectorAll(".score")
      .forEach(one =>
        one.classList.toggle(
          "on",
          one.classList.contains("on") || one.textContent === String(value),
        ),
      );
  }

  frame(question) {
    return make("fieldset", { class: "ask" }, question ? make("legend", {}, question) : "");
  }

  stars({ max = 5, labels = [] }, send) {
    const name = value => this.t("stars", { count: value, max });
    const all = times(max, index => {
      const value = index + 1;
      return button(
        "star",
        name(value),
        () => {
          all.forEach((one, at) => one.classList.toggle("on", at <= index));
          send(value, String(value));
        },
        icon("star"),
      );
    });
    return [make("div", { class: "stars" }, ...all), ...this.ends(1, max, labels)];
  }

  // NPS from 0 to 10, or another scale from min to max; labels: what its ends mean.
  scores({ kind, min = kind === "nps" ? 0 : 1, max = kind === "nps" ? 10 : 5, labels }, send) {
    const all = times(max - min + 1, index =>
      button("score", String(min + index), click => {
        click.currentTarget.classList.add("on");
        send(min + index, String(min + index));
      }),
    );
    const known = labels?.length
      ? labels
      : kind === "nps"
        ? [this.t("nps_low"), this.t("nps_high")]
        : [];
    return [make("div", { class: "scores" }, ...all), ...this.ends(min, max, known)];
  }

  ends(min, max, labels) {
    const [low, high] = labels.filter(Boolean).length > 1 ? [labels[0], labels.at(-1)] : [];
    return low
      ? [
          make(
            "div",
            { class: "ends" },
            make("span", {}, `${min} · `, low),
            make("span", {}, `${max} · `, high),
          ),
        ]
      : [];
  }

  // options: texts, or {value, title}; multiple: several may be chosen.
  // other: an answer in one's own words may be typed instead.
  choices({ options = [], multiple = false, other = false }, send) {
    const all = options.map(one =>
      typeof one === "object" ? one : { value: one, title: String(one) },
    );
    if (!multiple) {
      const choose = one => click => {
        click.currentTarget.classList.add("on");
        send(one.value, one.title);
      };
      const list = make(
        "div",
        { class: "options" },
        ...all.map(one => button("choice", one.title, choose(one))),
      );
      return other ? [list, ...this.text({ max: 300 }, send)] : [list];
    }
    const boxes = all.map(() => make("input", { type: "checkbox" }));
    const own = other ? this.ownWords({ max: 300 }) : null;
    const answer = () => {
      const chosen = all.filter((_, index) => boxes[index].checked);
      const words = own?.value.trim();
      if (words) chosen.push({ value: words, title: words });
      if (chosen.length)
        send(
          chosen.map(one => one.value),
          chosen.map(one => one.title).join(", "),
        );
    };
    return [
      make(
        "div",
        { class: "options" },
        ...all.map((one, index) => make("label", { class: "box" }, boxes[index], one.title)),
      ),
      ...(own ? [own] : []),
      button("small", this.t("answer"), answer),
    ];
  }

  ownWords({ kind, min, max, placeholder }) {
    const field =
      kind === "number"
        ? make("input", { type: "number", step: "any", inputmode: "decimal", min, max })
        : make("textarea", { rows: "2", maxlength: max || 1000 });
    put(field, "aria-label", this.t("your_answer"));
    field.setAttribute("placeholder", placeholder || "");
    return field;
  }

  text(card, send) {
    const field = this.ownWords(card);
    const answer = () =>
      field.value.trim() && field.reportValidity() && send(field.value.trim(), field.value.trim());
    return [field, button("small", this.t("answer"), answer)];
  }

  // How the chat was, when the customer ends it.
  rating(onDone) {
    const form = this.frame(this.t("rate"));
    const comment = make("textarea", {
      rows: "2",
      maxlength: "1000",
      "aria-label": this.t("rate_comment"),
      placeholder: this.t("rate_comment"),
    });
    let value = 0;
    const done = button("small", this.t("answer"), () => {
      form.replaceChildren(make("p", { role: "status" }, this.t("thanks")));
      onDone(value, comment.value.trim());
    });
    const more = make("div", { class: "more", hidden: true }, comment, done);
    const all = times(5, index =>
      button(
        "star",
        this.t("stars", { count: index + 1, max: 5 }),
        () => {
          value = index + 1;
          all.forEach((one, at) => {
            one.classList.toggle("on", at <= index);
            one.setAttribute("aria-pressed", String(at === index));
          });
          more.hidden = false;
        },
        icon("star"),
      ),
    );
    form.append(make("div", { class: "stars" }, ...all), more);
    return form;
  }
}

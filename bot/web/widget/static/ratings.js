// What a customer thinks of an answer: a thumb or stars, as the shop chose, and why when it is no praise.
import { button, form, icon, make } from "./dom.js";

export class Ratings {
  constructor(widget) {
    Object.assign(this, { widget, t: widget.t });
  }

  // Below a message of the assistant's.
  offer(row, event) {
    const { ratings } = this.widget.config;
    if (ratings === "none") return;
    const place = make("div", {
      class: "thumbs",
      role: "group",
      "aria-label": this.t("rate_answer"),
    });
    const all = ratings === "stars" ? this.stars(place, event) : this.thumbs(place, event);
    place.append(...all);
    row.querySelector(".meta").append(place);
  }

  thumbs(place, event) {
    const all = [
      ["up", "helpful"],
      ["down", "not_helpful"],
    ].map(([thumb, text]) =>
      button(
        "thumb",
        this.t(text),
        click => {
          for (const one of all) press(one, one === click.currentTarget);
          this.rate(place, event, { thumb }, thumb === "down");
        },
        icon(thumb),
      ),
    );
    for (const one of all) press(one, false);
    return all;
  }

  stars(place, event) {
    const all = [1, 2, 3, 4, 5].map(stars =>
      button(
        "thumb star-of",
        this.t("stars", { count: stars, max: 5 }),
        () => {
          all.forEach((one, index) => {
            press(one, index + 1 === stars);
            one.classList.toggle("on", index < stars);
          });
          this.rate(place, event, { stars }, stars < 4);
        },
        icon("star"),
      ),
    );
    for (const one of all) press(one, false);
    return all;
  }

  rate(place, event, rating, asksWhy) {
    const told = { message_id: event.id, ...rating };
    this.widget.report("thumb", told);
    place.querySelector("form, .thanks")?.remove();
    if (asksWhy) this.askWhy(place, told);
    else place.append(this.thanks());
  }

  thanks() {
    return make("span", { class: "thanks", role: "status" }, this.t("thanks"));
  }

  askWhy(place, told) {
    const why = make("input", {
      type: "text",
      maxlength: "500",
      "aria-label": this.t("why"),
      placeholder: this.t("why"),
    });
    const question = form(
      { class: "why" },
      () => {
        if (why.value.trim()) this.widget.report("thumb", { ...told, why: why.value.trim() });
        question.replaceWith(this.thanks());
        this.widget.focus();
      },
      why,
      make("button", { class: "small" }, this.t("answer")),
    );
    place.append(question);
    why.focus();
  }
}

const press = (one, on) => one.setAttribute("aria-pressed", String(on));

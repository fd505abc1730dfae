// Outside opening hours, when the shop chose so: a message for staff instead of a chat.
import { make } from "./dom.js";

export const add = panel => {
  const { t, widget } = panel;
  const email = make("input", {
    type: "email",
    required: true,
    autocomplete: "email",
    "aria-label": t("email"),
    placeholder: t("email"),
  });
  const text = make("textarea", {
    rows: "3",
    required: true,
    maxlength: "3000",
    "aria-label": t("message"),
    placeholder: t("write"),
    oninput: () => panel.keepDraft(),
  });
  text.value = panel.input.value;
  const leave = event => {
    event.preventDefault();
    widget.say({ text: text.value.trim(), to: "staff" });
    widget.say({ text: email.value.trim() }); // which the assistant asks for
    panel.log.note(t("left", { email: email.value.trim() }));
    form.reset();
    panel.keepDraft();
  };
  const form = make(
    "form",
    { class: "leave", onsubmit: leave },
    email,
    text,
    make("button", { class: "small" }, t("leave")),
  );
  form.hidden = panel.composer.hidden; // until the customer agrees
  panel.composer.replaceWith(form);
  Object.assign(panel, { composer: form, input: text });
};

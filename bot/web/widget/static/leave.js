// Outside opening hours, when the shop chose so: a message for staff instead of a chat.
import { form, make } from "./dom.js";

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
  const leave = () => {
    widget.say({ text: text.value.trim(), to: "staff" });
    widget.say({ text: email.value.trim() }); // which the assistant asks for
    panel.log.note(t("left", { email: email.value.trim() }));
    questions.reset();
    panel.keepDraft();
  };
  const questions = form(
    { class: "leave" },
    leave,
    email,
    text,
    make("button", { class: "small" }, t("leave")),
  );
  questions.hidden = panel.composer.hidden; // until the customer agrees
  panel.composer.replaceWith(questions);
  Object.assign(panel, { composer: questions, input: text });
};

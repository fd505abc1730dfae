// A form for a call: the same request that the assistant makes when it is asked in words. It stays until
// the server has taken it.
import { form, make, newId } from "./dom.js";

export const show = menu => {
  const { t, widget, panel } = menu;
  const id = newId(); // sent again it is the same request
  const field = (label, attributes) => {
    const input = make("input", attributes);
    return [make("label", {}, t(label), input), input];
  };
  const [nameLabel, name] = field("your_name", { autocomplete: "name", maxlength: "100" });
  const [phoneLabel, phone] = field("phone", {
    type: "tel",
    autocomplete: "tel",
    maxlength: "40",
    required: true,
    dir: "ltr",
  });
  const [timeLabel, time] = field("call_time", { maxlength: "200", placeholder: t("any_time") });
  const fault = make("p", { class: "fault", role: "alert", id: "call-fault" });
  const send = make("button", { class: "small" }, t("call_back"));
  const say = text => {
    fault.replaceChildren(make("span", {}, text));
    send.disabled = false;
  };
  const ask = async () => {
    send.disabled = true;
    panel.agree();
    const call_back = { name: name.value, phone: phone.value, time: time.value };
    const words = Object.values(call_back).map(one => one.trim());
    const text = `${t("call_back_say")}: ${words.filter(Boolean).join(", ")}`;
    const body = { id, text, call_back, page: widget.page.told() };
    const answer = await panel.conversation.ask("POST", "/chat/messages", body).catch(() => null);
    if (answer?.ok) {
      menu.close();
      panel.wrote();
      widget.focus();
      return panel.conversation.settle();
    }
    const isWrong = answer?.status === 400;
    phone.setAttribute("aria-invalid", String(isWrong));
    if (isWrong) phone.setAttribute("aria-describedby", fault.id);
    say(t(isWrong ? "no_phone" : "no_line"));
    if (isWrong) phone.focus();
  };
  menu.page(
    "call_back",
    "call_back_about",
    form({ class: "call" }, ask, nameLabel, phoneLabel, timeLabel, fault, send),
  );
};

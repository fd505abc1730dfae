// Speaking instead of typing, and hearing the replies, by the browser's own Web Speech API. It isn't
// there in every browser; then nothing of it is shown.
import { button, icon, make, put } from "./dom.js";

const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;

export const add = panel => {
  const { widget } = panel;
  if (window.speechSynthesis) {
    panel.menu.switches.push(["read_aloud", "read_aloud"]);
    widget.speak = text => speak(widget, text, () => voice?.goOn());
  }
  if (!Recognition) return;
  const voice = new Voice(panel);
  panel.menu.switches.push(["hands_free", "hands_free"]);
};

// A reply in the widget's language, without marks that are only for the eye.
const speak = (widget, text, onEnd) => {
  if (!widget.setting("read_aloud") && !widget.setting("hands_free")) return;
  speechSynthesis.cancel();
  const words = new SpeechSynthesisUtterance(text.replace(/https?:\S+|[*_`#•]/g, " "));
  words.lang = widget.config.language;
  words.addEventListener("end", onEnd);
  speechSynthesis.speak(words);
};

class Voice {
  constructor(panel) {
    Object.assign(this, { panel, widget: panel.widget, t: panel.t });
    this.button = button(
      "mic",
      this.t("speak"),
      () => (this.listening ? this.stop() : this.begin()),
      icon("mic"),
    );
    this.button.setAttribute("aria-pressed", "false");
    panel.input.after(this.button);
  }

  begin() {
    if (this.widget.setting("voice_agreed")) this.listen();
    else this.explain();
  }

  // Before the browser asks for the microphone: who hears what.
  explain() {
    const box = make("div", { class: "consent" }, make("p", {}, this.t("voice_about")));
    const agree = () => {
      this.widget.setting("voice_agreed", true);
      box.remove();
      this.listen();
    };
    box.append(
      button("small", this.t("voice_yes"), agree),
      button("link", this.t("cancel"), () => box.remove()),
    );
    this.panel.composer.before(box);
    box.querySelector("button").focus();
  }

  listen() {
    speechSynthesis?.cancel();
    this.heard = "";
    this.recognition = new Recognition();
    this.recognition.lang = this.widget.config.language;
    this.recognition.interimResults = true;
    this.recognition.onresult = ({ results }) => {
      this.heard = [...results].map(([best]) => best.transcript).join("");
      this.panel.input.value = this.heard;
    };
    this.recognition.onerror = ({ error }) => {
      if (error === "no-speech" || error === "aborted") return;
      this.widget.setting("hands_free", false);
      this.panel.log.note(this.t(error === "not-allowed" ? "voice_denied" : "voice_failed"));
    };
    this.recognition.onend = () => this.ended();
    this.recognition.start();
    this.show(true);
  }

  stop() {
    this.widget.setting("hands_free", false);
    this.recognition.stop();
  }

  ended() {
    this.show(false);
    if (this.heard) this.panel.submit();
  }

  // Hands-free: after a reply was spoken, listen again.
  goOn() {
    if (this.widget.setting("hands_free") && this.panel.isOpen && !this.listening) this.begin();
  }

  show(on) {
    this.listening = on;
    this.button.setAttribute("aria-pressed", String(on));
    put(this.button, "aria-label", this.t(on ? "stop_listening" : "speak"));
    put(this.panel.input, "placeholder", this.t(on ? "listening" : "write"));
  }
}

// The ways by which a picture gets into a message; what is done with it is in pictures.js, which is
// loaded with the first one.
import { button, icon, make } from "./dom.js";

export class Attach {
  constructor(panel) {
    Object.assign(this, { panel, t: panel.t });
  }

  // On a phone the picker offers the camera.
  button() {
    const field = make("input", {
      type: "file",
      accept: "image/*",
      multiple: true,
      hidden: true,
      onchange: () => this.add([...field.files]).then(() => (field.value = "")),
    });
    const choose = button("mic", this.t("add_picture"), () => field.click(), icon("camera"));
    return make("span", {}, choose, field);
  }

  // Pasted or dropped anywhere in the chat.
  hear(element) {
    const take = (event, { files }) => {
      if (!files.length || this.panel.composer.hidden) return;
      event.preventDefault();
      this.add([...files]);
    };
    element.addEventListener("paste", event => take(event, event.clipboardData));
    element.addEventListener("dragover", event => event.preventDefault());
    element.addEventListener("drop", event => take(event, event.dataTransfer));
  }

  async add(files) {
    const part = await this.panel.widget.part("pictures");
    if (part) this.pictures ??= new part.Pictures(this.panel);
    await this.pictures?.add(files);
  }

  get hasAny() {
    return Boolean(this.pictures?.chosen.length);
  }

  // Their ids, once the server has them; null when that failed, or isn't done yet.
  async send() {
    if (this.isSending) return null;
    this.isSending = true;
    try {
      return await this.pictures.upload(this.panel.conversation);
    } catch (error) {
      this.panel.log.note(this.t("not_uploaded", { reason: error.message }));
      return null;
    } finally {
      this.isSending = false;
      this.pictures.show();
    }
  }
}

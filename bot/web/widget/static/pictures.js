// Pictures with a message, from the camera, a file, the clipboard, or dropped: made smaller here, which
// leaves out what cameras write into them; the server draws them anew.
import { button, icon, make, put } from "./dom.js";

const SIDE = 1600;
const MOST = 5;

export class Pictures {
  constructor(panel) {
    Object.assign(this, { panel, t: panel.t, chosen: [] });
    this.element = make("ul", { class: "chosen", "aria-label": this.t("pictures"), hidden: true });
    panel.composer.before(this.element);
  }

  async add(files) {
    for (const file of files) {
      if (this.chosen.length === MOST)
        return this.panel.log.note(this.t("most_pictures", { count: MOST }));
      try {
        this.chosen.push(await smaller(file));
      } catch {
        this.panel.log.note(this.t("no_picture", { name: file.name }));
      }
      this.show();
    }
    this.panel.input.focus();
  }

  show() {
    this.element.hidden = !this.chosen.length;
    const item = (one, index) => {
      const drop = () => {
        this.chosen = this.chosen.filter(other => other !== one);
        this.show();
        this.panel.input.focus();
      };
      put(one.canvas, "aria-label", this.t("picture", { number: index + 1 }));
      const label = this.t("remove_picture", { number: index + 1 });
      return make("li", {}, one.canvas, button("plain", label, drop, icon("close")));
    };
    this.element.replaceChildren(...this.chosen.map(item));
  }

  // Their ids, once the server has them all; what it has already isn't sent again.
  async upload(conversation) {
    for (const one of this.chosen) {
      if (one.id) continue;
      const answer = await conversation.ask("POST", "/chat/pictures", one.blob);
      const said = await answer.json();
      if (!answer.ok) throw new Error(said.error);
      one.id = said.picture;
    }
    return this.chosen.splice(0).map(({ id }) => id);
  }
}

const smaller = async file => {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const by = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = make("canvas", {
    width: Math.max(1, Math.round(picture.width * by)),
    height: Math.max(1, Math.round(picture.height * by)),
    role: "img",
  });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise(done => canvas.toBlob(done, "image/jpeg", 0.85));
  return { canvas, blob };
};

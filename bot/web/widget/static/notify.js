// Ways to notice a message while looking elsewhere: a sound, when the customer wants one, and the title.

export const notify = (widget, isOpen) => {
  const looking = isOpen && document.visibilityState === "visible";
  if (!looking && widget.setting("sound")) widget.part("chime").then(part => part?.chime());
};

// "(2) Page": put back when all is read, unless the page has changed its title since.
export class Title {
  show(count) {
    const plain = document.title === this.shown ? this.plain : document.title;
    this.plain = plain;
    this.shown = count ? `(${count}) ${plain}` : plain;
    if (document.title !== this.shown) document.title = this.shown;
  }
}

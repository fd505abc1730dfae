// Ways to notice a message while looking elsewhere: a sound, when the customer wants one, and the title.

let audio = null;

// Two short tones, made here so that no file is loaded.
const chime = () => {
  audio ??= new AudioContext();
  [660, 880].forEach((frequency, index) => {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const at = audio.currentTime + index * 0.12;
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.06, at);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.25);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.26);
  });
};

export const notify = (widget, isOpen) => {
  const looking = isOpen && document.visibilityState === "visible";
  if (!looking && widget.setting("sound")) chime();
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

// The one line that a shop's page needs: <script src="https://HOST/widget/loader.js" async></script>
// Its data- attributes and window.shoptalk are described in docs/widget.md.
(() => {
  if (window.shoptalk?.base) return; // a second copy of the line, or the same again after a page change
  const line = 'script[src*="/widget/loader.js"]';
  const script = document.currentScript?.src
    ? document.currentScript
    : document.querySelector(line);
  if (!script) return console.error("Shoptalk: no script line names /widget/loader.js.");
  const base = script.src.replace(/\/widget\/loader\.js.*$/, "");
  const waiting = []; // calls that came before the widget was there
  const api = { base };
  for (const name of ["open", "close", "toggle", "send", "on", "identify", "track", "page"]) {
    api[name] = (...values) => void waiting.push([name, values]);
  }
  window.shoptalk = api;
  // The chat can't be had, by a blocker or a policy: who asks for it goes to the page's own contact.
  const fail = error => {
    console.error(`Shoptalk can't start. ${error.message}`);
    const { contact } = script.dataset;
    const lead = () => contact && location.assign(contact);
    Object.assign(api, { open: lead, toggle: lead, send: lead });
    dispatchEvent(new CustomEvent("shoptalk:failed"));
    if (waiting.some(([name]) => ["open", "toggle", "send"].includes(name))) lead();
  };
  const load = () =>
    import(`${base}/widget/VERSION/main.js`)
      .then(main => main.start(api, waiting, script.dataset))
      .catch(fail);
  // A page that the browser draws before anybody goes there may never be seen.
  if (document.prerendering) document.addEventListener("prerenderingchange", load, { once: true });
  else load();
})();

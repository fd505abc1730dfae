// The one line that a shop's page needs: <script src="https://HOST/widget/loader.js" async></script>
// Its data- attributes and window.shoptalk are described in docs/widget.md.
(() => {
  if (window.shoptalk) return;
  const script = document.currentScript;
  const base = script.src.replace(/\/widget\/loader\.js.*$/, "");
  const waiting = []; // calls that came before the widget was there
  const api = { base };
  for (const name of ["open", "close", "toggle", "send", "on", "identify", "track", "page"]) {
    api[name] = (...values) => void waiting.push([name, values]);
  }
  window.shoptalk = api;
  import(`${base}/widget/VERSION/main.js`)
    .then(main => main.start(api, waiting, script.dataset))
    .catch(error => console.error("Shoptalk can't start:", error));
})();

// The one line that a shop's page needs: <script src="https://HOST/widget/loader.js" async></script>
(() => {
  const base = new URL(document.currentScript.src).origin;
  if (window.shoptalk) return;
  window.shoptalk = { base };
  import(`${base}/widget/widget.js`).then((widget) => widget.start(base));
})();

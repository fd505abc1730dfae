// Live updates and keys. Every page works without this file.

const $ = id => document.getElementById(id);
const csrf = () => document.querySelector("[name=csrf]")?.value || "";
const SOUND = "shoptalk-console-sound";

document.addEventListener("submit", event => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});

// Parts marked data-live are taken from a fresh copy of the page; what somebody is typing stays.
// One at a time, none sooner than a second after the one before, and none while nobody looks.
const APART = 1000;
let refreshing = false;
let again = false;
let refreshed = 0;
async function refresh() {
  if (!document.querySelector("[data-live]")) return; // nothing here changes by itself
  if (refreshing || document.hidden) {
    again = true;
    return;
  }
  refreshing = true;
  again = false;
  await new Promise(done => setTimeout(done, refreshed + APART - Date.now()));
  refreshed = Date.now();
  try {
    const answer = await fetch(location.href, { headers: { "X-Live": "1" } });
    if (answer.redirected) location.reload();
    if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // offline: the stream tries again, and so do we
  }
  refreshing = false;
  if (again) refresh();
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && again) refresh();
});

function take(fresh) {
  const thread = $("thread");
  const atEnd = thread && thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
  const before = lastOfCustomer();
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = fresh.getElementById(part.id);
    if (!other || other.outerHTML === part.outerHTML) continue;
    if ("state" in part.dataset && other.dataset.state === part.dataset.state) continue; // somebody may be writing
    const open = [...part.querySelectorAll("details[open]")].map(one => one.closest("[id]").id);
    const kept = new Map(
      [...part.querySelectorAll("[data-keep]")].map(one => [one.name, one.value]),
    );
    const ticked = new Set([...part.querySelectorAll("[data-keep]:checked")].map(one => one.value));
    other.querySelectorAll("[data-keep]").forEach(one => {
      if (one.type === "checkbox") one.checked = ticked.has(one.value);
      else if (kept.get(one.name)) one.value = kept.get(one.name);
    });
    fillDrafts(other);
    part.replaceWith(other);
    open.forEach(id => $(id)?.querySelector("details")?.setAttribute("open", ""));
  }
  if (lastOfCustomer() !== before && $("typing")) $("typing").textContent = "";
  document.title = fresh.title;
  countInTitle();
  if (atEnd) toEnd();
}

const lastOfCustomer = () => [...document.querySelectorAll("#thread .said.customer")].at(-1)?.id;
const toEnd = () => $("thread")?.scrollTo({ top: $("thread").scrollHeight });

// Customers who wait, new requests and low scores of surveys ring once and count in the title.
const BADGES = { Requests: "requests", "Low scores": "low" };
let calls = null;
function heard(now) {
  const more = calls && Object.keys(now).some(name => now[name] > calls[name]);
  if (more && localStorage.getItem(SOUND) !== "off") beep();
  calls = now;
  countInTitle();
  for (const badge of document.querySelectorAll("[data-count]")) {
    const number = now[BADGES[badge.dataset.count]];
    badge.textContent = number;
    badge.hidden = !number;
  }
}

function countInTitle() {
  if (!calls) return;
  const count = Object.values(calls).reduce((sum, number) => sum + number, 0);
  document.title = document.title.replace(/^(\(\d+\) )?/, count ? `(${count}) ` : "");
}

function beep() {
  try {
    const audio = new AudioContext();
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = 660;
    volume.gain.setValueAtTime(0.08, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.5);
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.5);
  } catch {
    // a browser without sound
  }
}

let hideTyping;
function customerTypes(conversation) {
  const line = $("typing");
  if (line?.dataset.conversation !== conversation) return;
  line.textContent = "The customer is typing …";
  clearTimeout(hideTyping);
  hideTyping = setTimeout(() => (line.textContent = ""), 5000);
}

let soon;
function listen() {
  const stream = new EventSource("/console/live");
  stream.addEventListener("waiting", event => heard(JSON.parse(event.data)));
  stream.addEventListener("news", event => {
    const news = JSON.parse(event.data);
    if (news.what === "typing") {
      customerTypes(news.conversation);
      return;
    }
    clearTimeout(soon);
    soon = setTimeout(refresh, 120); // a burst is one
  });
  stream.addEventListener("open", refresh); // what was missed while the line was down
}

let lastTyped = 0;
document.addEventListener("input", event => {
  const form = event.target.closest("#reply");
  if (!form || Date.now() - lastTyped < 3000 || $("compose").dataset.mine !== "yes") return;
  lastTyped = Date.now();
  fetch(form.dataset.typing, { method: "POST", headers: { "X-CSRF": csrf() } }).catch(() => {});
});

document.addEventListener("change", event => {
  const target = event.target.dataset.fills && $(event.target.dataset.fills);
  if (!target || !event.target.value) return;
  // what was typed stays: the reply comes where the cursor is
  const before = target.value.slice(0, target.selectionStart);
  const gap = !before || /\s$/.test(before) ? "" : "\n";
  target.setRangeText(gap + event.target.value, target.selectionStart, target.selectionEnd, "end");
  target.dispatchEvent(new Event("input", { bubbles: true }));
  event.target.selectedIndex = 0;
  target.focus();
});

// What somebody began to write stays in this browser until it is sent, or they sign out.
const DRAFT = "shoptalk-draft ";
const draftOf = field => field.dataset.draft && DRAFT + field.dataset.draft;
function keepDraft(field) {
  if (!draftOf(field)) return;
  if (field.value.trim()) localStorage.setItem(draftOf(field), field.value);
  else localStorage.removeItem(draftOf(field));
}
function fillDrafts(place) {
  for (const field of place.querySelectorAll("[data-draft]"))
    if (!field.value) field.value = localStorage.getItem(draftOf(field)) || "";
}
document.addEventListener("input", event => keepDraft(event.target));
document.addEventListener("submit", event => {
  if (event.target.id === "sign-out")
    Object.keys(localStorage)
      .filter(name => name.startsWith(DRAFT))
      .forEach(name => localStorage.removeItem(name));
  if (event.target.id === "reply") return; // it says itself when it was sent
  for (const field of event.target.querySelectorAll("[data-draft]"))
    localStorage.removeItem(draftOf(field));
});

// A reply has an id of its own: sent again after a dropped line, it is still one message.
document.addEventListener("submit", async event => {
  const form = event.target;
  if (form.id !== "reply") return;
  event.preventDefault();
  const field = form.elements.text;
  const body = JSON.stringify({
    text: field.value,
    id: crypto.randomUUID?.() || `${Date.now()}-${Math.floor(Math.random() * 1e9)}`,
  });
  const headers = {
    Accept: "application/json",
    "Content-Type": "application/json",
    "X-CSRF": csrf(),
  };
  const say = text => ($("typing").textContent = text);
  field.readOnly = true;
  for (;;) {
    let answer = null;
    try {
      answer = await fetch(form.action, { method: "POST", headers, body });
    } catch {
      say("The line is down; your message is sent as soon as it is back.");
    }
    if (answer && answer.status < 500) {
      say(answer.ok ? "" : `Not sent: ${(await answer.json()).error}`);
      if (answer.ok) {
        field.value = "";
        keepDraft(field);
      }
      break;
    }
    await new Promise(done => setTimeout(done, 1500));
  }
  field.readOnly = false;
  refresh();
  $("text")?.focus();
});

document.addEventListener("keydown", event => {
  if (event.target.id === "text" && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.target.form.requestSubmit();
    return;
  }
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    event.target.closest("input:not([type=checkbox]), textarea, select")
  )
    return;
  const items = [...document.querySelectorAll(".item")];
  const now = items.findIndex(one => one.getAttribute("aria-current"));
  const go = item => {
    if (item) location.href = item.href;
  };
  const keys = {
    j: () => go(items[now + 1]),
    k: () => go(items[Math.max(0, now - 1)]),
    "/": () => $("search")?.focus(),
    a: () => $("assign-me")?.querySelector("button").click(),
    r: () => ($("text") || document.querySelector("#bar .primary"))?.focus(),
    e: () => $("resolve")?.querySelector("button").click(),
  };
  if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});

const mute = $("mute");
if (mute) {
  const show = () =>
    (mute.textContent = localStorage.getItem(SOUND) === "off" ? "Sound is off" : "Sound is on");
  mute.hidden = false;
  mute.addEventListener("click", () => {
    localStorage.setItem(SOUND, localStorage.getItem(SOUND) === "off" ? "on" : "off");
    show();
  });
  show();
}
if (document.querySelector(".side")) {
  listen();
  setInterval(refresh, 30000); // waiting times turn amber and red
}
fillDrafts(document);
if (!location.hash) toEnd();

// The survey editor: the preview follows what is typed, and a question shows the fields of its kind.
const form = document.getElementById("survey-form");
const frame = document.getElementById("survey-preview");
let timer = 0;
let latest = 0;

function showFields(question) {
  const kind = question.querySelector(".kind").value;
  for (const part of question.querySelectorAll("[data-for]")) {
    part.hidden = !part.dataset.for.split(" ").includes(kind);
  }
}

async function refresh() {
  const number = ++latest;
  const answer = await fetch("/console/surveys/preview", { method: "POST", body: new FormData(form) });
  if (!answer.ok || number !== latest) return;
  const scrolled = frame.contentWindow.scrollY;
  frame.addEventListener("load", () => frame.contentWindow.scrollTo(0, scrolled), { once: true });
  frame.srcdoc = await answer.text();
}

form.querySelectorAll(".question").forEach(showFields);
form.addEventListener("input", (event) => {
  const question = event.target.closest(".question");
  if (question) showFields(question);
  clearTimeout(timer);
  timer = setTimeout(refresh, 400);
});

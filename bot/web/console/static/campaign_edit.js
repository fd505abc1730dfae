// The editor of campaigns: faults, how many people it would reach, and the mail's text follow what is typed.
const form = document.getElementById("campaign-form");
const faults = document.getElementById("campaign-faults");
const people = document.getElementById("campaign-people");
const mail = document.getElementById("campaign-mail");
const TOLD = [
  ["segment", "people are in the segment,"],
  ["agreed", "of them agreed and aren't on the list of who is never written to,"],
  ["calm", "aren't upset and have no open complaint,"],
  ["rested", "had no other mail lately and get this one, but for those who are held out."],
];
let timer = 0;
let latest = 0;

function line(text) {
  const made = document.createElement("li");
  made.textContent = text;
  return made;
}

async function refresh() {
  const number = ++latest;
  const answer = await fetch("/console/campaigns/draft", {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
  });
  if (!answer.ok || number !== latest) return;
  const found = await answer.json();
  faults.replaceChildren(...found.faults.map(line));
  people.hidden = !found.people;
  if (found.people) {
    const lines = TOLD.map(([key, words]) =>
      line(`${found.people[key].toLocaleString()} ${words}`),
    );
    people.querySelector("ul").replaceChildren(...lines);
  }
  mail.hidden = !found.mail;
  if (found.mail) {
    mail.querySelector("h2").textContent = found.mail.subject;
    mail.querySelector("pre").textContent = found.mail.text;
  }
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(refresh, 400);
});
if (form.elements.title.value) refresh();

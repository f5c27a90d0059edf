"use strict";
// Everything works without this; with it a page follows what happens, and counts while somebody types.

const main = document.getElementById("main");

// ---- a page that nobody is typing in is shown anew when something has changed

let waiting = false;

function touched(field) {
  if (field.type === "radio" || field.type === "checkbox") { return field.checked !== field.defaultChecked; }
  if (field.tagName === "SELECT") { return [...field.options].some((one, n) => one.selected !== (one.defaultSelected || (n === 0 && !field.querySelector("[selected]")))); }
  return field.type !== "hidden" && field.value !== field.defaultValue;
}

function busy() {
  const here = document.activeElement;
  const typing = here && here.matches("input, textarea, select");
  const refused = "refused" in main.dataset;  // what was typed stands on the page, and nowhere else
  return typing || refused || [...main.querySelectorAll("input, textarea, select")].some(touched) || main.querySelector("details.edit[open]");
}

// Which of the parts that can be opened one is: by the place it stands in, and its own words.
function named(part) {
  if (part.id) { return part.id; }
  const place = part.closest("[id]");
  return `${place ? place.id : ""}|${part.querySelector("summary").textContent}`;
}

function say(words) { document.getElementById("said").textContent = words; }

function lost() { say(document.querySelector("footer").dataset.lost); }

function renew(part, fresh) {
  const [old, other] = [document.querySelector(part), fresh.querySelector(part)];
  if (old && other && old.innerHTML !== other.innerHTML) { old.innerHTML = other.innerHTML; }
}

function stale(seal) {
  const button = seal.form.querySelector("button");
  if (button.disabled) { return; }
  button.disabled = true;
  const told = document.createElement("p");
  told.className = "refused";
  told.setAttribute("role", "alert");
  told.textContent = `${seal.dataset.changed} `;
  const anew = document.createElement("a");
  anew.href = main.dataset.here;
  anew.textContent = seal.dataset.anew;
  told.append(anew);
  button.before(told);
}

async function again() {
  const response = await fetch(main.dataset.here);
  if (response.status === 403 || response.status >= 500) { lost(); return; }
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  renew(".top", fresh);  // what is paused is told to whoever is typing, too
  const seal = main.querySelector("input[name=seal]");
  const now = fresh.querySelector("#main input[name=seal]");
  if (seal && (!now || now.value !== seal.value)) {  // nobody approves what came under the pointer
    stale(seal);
    return;
  }
  waiting = Boolean(busy());
  if (waiting) { return; }
  const open = new Set([...main.querySelectorAll("details[open]")].map(named));
  renew("#main", fresh);
  for (const part of main.querySelectorAll("details")) { if (open.has(named(part))) { part.open = true; } }
  begin();
}

function follow() {
  let first = true;
  const stream = new EventSource(main.dataset.live);
  stream.onmessage = (event) => {  // what has changed since the page was made may be told by the first one
    const known = first && event.data === main.dataset.seen;
    first = false;
    say("");
    if (!known) { again(); }
  };
  stream.onerror = () => { first = false; lost(); };  // after a break something may have been missed
  document.addEventListener("focusout", () => { if (waiting) { setTimeout(again, 300); } });
}

// ---- characters while somebody types: as the server counted them, and what was typed since

function weight(text, how) {
  let sum = 0;
  if (how !== "weighted") {
    const whole = how === "mastodon" ? text.replace(/https?:\/\/\S+/g, "x".repeat(23)) : text;
    return [...new Intl.Segmenter().segment(whole)].length;
  }
  const plain = text.normalize("NFC").replace(/https?:\/\/\S+/g, () => { sum += 23; return ""; });
  for (const sign of plain) {
    const code = sign.codePointAt(0);
    const light = code <= 4351 || (code >= 8192 && code <= 8205) || (code >= 8208 && code <= 8223) || (code >= 8242 && code <= 8247);
    sum += light ? 1 : 2;
  }
  return sum;
}

function count(field) {
  const told = field.closest("form").querySelector(".counting");
  const how = field.dataset.count;
  const was = field.form.elements.was.value.trim();
  const left = Number(field.dataset.left);
  const tell = () => {
    const before = weight(was, how);
    const now = left + before - weight(field.value, how);
    told.textContent = now < 0 ? told.dataset.over.replace("{over}", -now) : told.dataset.words.replace("{left}", now);
    told.classList.toggle("bad", now < 0);
  };
  field.addEventListener("input", tell);
  if (field.value.trim() !== was) { tell(); }
}

// ---- a time by the viewer's own clock, where the page tells it by another

function clock(time) {
  time.title = new Date(time.dateTime).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

// ---- a wording is copied by one button

function copies(button) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    say(button.dataset.done);
  });
}

function begin() {
  main.querySelectorAll("[data-copies]").forEach(copies);
  main.querySelectorAll("textarea[data-left]").forEach(count);
  main.querySelectorAll("time[datetime*='T']").forEach(clock);
}

// ---- what is being done is done once

document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") { return; }  // a download leaves the page as it is
  setTimeout(() => { for (const button of event.target.querySelectorAll("button")) { button.disabled = true; } });
});

// ---- one key chooses an answer or goes on, unless somebody is writing

document.addEventListener("keydown", (event) => {
  const writing = event.target.matches("input:not([type=radio]), textarea, select");
  if (writing || event.ctrlKey || event.metaKey || event.altKey) { return; }
  const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (wanted) { event.preventDefault(); wanted.click(); wanted.focus(); }
});

// ---- a thread that is dragged to another day starts there, at its hour; its form does the same without a mouse

function dayOf(event) { return event.target.closest ? event.target.closest("[data-day]") : null; }

document.addEventListener("dragstart", (event) => {
  const entry = event.target.closest("[data-thread]");
  if (entry) { event.dataTransfer.setData("text/plain", entry.id); }
});
document.addEventListener("dragover", (event) => {
  const day = dayOf(event);
  document.querySelectorAll(".day.over").forEach((one) => one.classList.remove("over"));
  if (day) { event.preventDefault(); day.classList.add("over"); }
});
document.addEventListener("drop", (event) => {
  const day = dayOf(event);
  const entry = document.getElementById(event.dataTransfer.getData("text/plain"));
  if (!day || !entry) { return; }
  event.preventDefault();
  const form = entry.querySelector("form");
  form.elements.at.value = `${day.dataset.day}T${entry.dataset.time}`;
  form.submit();
});

if (main && main.dataset.live) { follow(); begin(); }

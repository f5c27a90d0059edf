"use strict";
// Everything works without this; with it a page follows what happens, and counts while somebody types.

const main = document.getElementById("main");

// ---- a page that nobody is typing in is shown anew when something has changed

let waiting = false;

function busy() {
  const here = document.activeElement;
  const written = [...main.querySelectorAll("textarea, input:not([type=hidden])")].some((field) => field.value !== field.defaultValue);
  return written || main.querySelector("details.edit[open]") || (here && here.matches("input, textarea, select"));
}

async function again() {
  waiting = Boolean(busy());
  if (waiting) { return; }
  const response = await fetch(location.pathname + location.search);
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of ["#main", ".top"]) {
    const [old, now] = [document.querySelector(part), fresh.querySelector(part)];
    if (old && now && old.innerHTML !== now.innerHTML) { old.innerHTML = now.innerHTML; }
  }
  begin();
}

function follow() {
  let first = true;
  const stream = new EventSource(main.dataset.live);
  stream.onmessage = () => { if (first) { first = false; } else { again(); } };
  stream.onerror = () => { first = false; };  // after a break something may have been missed
  document.addEventListener("focusout", () => { if (waiting) { setTimeout(again, 300); } });
}

// ---- characters while somebody types: as the server counted them, and what was typed since

function weight(text) {
  let sum = 0;
  for (const sign of text.normalize("NFC")) {
    const code = sign.codePointAt(0);
    const light = code <= 4351 || (code >= 8192 && code <= 8205) || (code >= 8208 && code <= 8223) || (code >= 8242 && code <= 8247);
    sum += light ? 1 : 2;
  }
  return sum;
}

function count(field) {
  const told = field.closest("form").querySelector(".counting");
  const before = weight(field.defaultValue);
  const left = Number(field.dataset.left);
  field.addEventListener("input", () => {
    const now = left + before - weight(field.value);
    told.textContent = told.dataset.words.replace("{left}", now);
    told.classList.toggle("bad", now < 0);
  });
}

// ---- a time by the viewer's own clock, where the page tells it by another

function clock(time) {
  time.title = new Date(time.dateTime).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

function begin() {
  main.querySelectorAll("textarea[data-left]").forEach(count);
  main.querySelectorAll("time[datetime*='T']").forEach(clock);
}

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

"use strict";
// Draws the page anew without a blink: the server draws, and what differs is put in place.
document.documentElement.classList.add("js");
const form = document.getElementById("choices");
const until = document.getElementById("until");
let timer = 0;
let asked = 0;

function milliseconds() {
  const chosen = form ? form.elements.refresh.value : "off";
  const found = /^(\d+)([smh])$/.exec(chosen);
  return found ? Number(found[1]) * { s: 1000, m: 60000, h: 3600000 }[found[2]] : 0;
}

function address() {
  const url = new URL(location.href);
  url.hash = "";
  url.searchParams.set("width", String(Math.ceil(document.documentElement.clientWidth / 40) * 40));
  return url;
}

function busy(element) {
  const about = element.querySelector("details[open]");
  return about !== null || element.contains(document.activeElement);
}

function put(fresh) {
  for (const id of ["told", "until"]) {
    const old = document.getElementById(id);
    const now = fresh.getElementById(id);
    if (old && now && old.innerHTML !== now.innerHTML) old.innerHTML = now.innerHTML;
  }
  for (const panel of document.querySelectorAll("main section.panel")) {
    const now = fresh.getElementById(panel.id);
    if (!now) continue;
    const [before, after] = [panel, now].map((it) => it.querySelector(".body"));
    if (before.innerHTML !== after.innerHTML) before.innerHTML = after.innerHTML;
    if (!busy(panel) && panel.innerHTML !== now.innerHTML) panel.innerHTML = now.innerHTML;
  }
}

async function refresh() {
  const mine = ++asked;
  clearTimeout(timer);
  try {
    const answer = await fetch(address(), { headers: { "X-Refresh": "1" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const text = await answer.text();
    if (mine !== asked) return;
    put(new DOMParser().parseFromString(text, "text/html"));
    document.documentElement.dataset.refreshed = String(Date.now());
    until.classList.remove("t-red");
  } catch (error) {
    if (mine !== asked) return;
    until.textContent = "modelmonitor open does not answer any more: is it still running?";
  }
  plan();
}

function plan() {
  clearTimeout(timer);
  const wait = milliseconds();
  if (wait && !document.hidden) timer = setTimeout(refresh, wait);
}

if (form) {
  form.addEventListener("change", () => form.requestSubmit());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const query = new URLSearchParams(new FormData(form));
    location.search = query.toString();
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : refresh()));
  let settled = 0;
  let width = address().searchParams.get("width");
  window.addEventListener("resize", () => {
    clearTimeout(settled);
    settled = setTimeout(() => {
      if (address().searchParams.get("width") !== width) {
        width = address().searchParams.get("width");
        refresh();
      }
    }, 300);
  });
  if (width !== "1600") refresh();
  else plan();
}
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const about of document.querySelectorAll("details.about[open]")) about.open = false;
});
document.addEventListener("click", (event) => {
  for (const about of document.querySelectorAll("details.about[open]"))
    if (!about.contains(event.target)) about.open = false;
});

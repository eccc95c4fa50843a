// What HTML does not do by itself: count down, ring, and say when the page has lost touch with the server.
"use strict";

const ONE_MINUTE = 60000;

function serverNow() {
  // Response times count on the server's clock, not on that of the nurse's phone.
  const shown = document.querySelector("[data-now]");
  if (!shown) {
    return Date.now();
  }
  if (shown.dataset.heard === undefined) {
    shown.dataset.heard = performance.now();
  }
  return Date.parse(shown.dataset.now) + (performance.now() - Number(shown.dataset.heard));
}

function countDown() {
  const words = document.getElementById("queue")?.dataset;
  if (!words) {
    return;
  }
  for (const clock of document.querySelectorAll("[data-due]")) {
    const left = Date.parse(clock.dataset.due) - serverNow();
    const minutes = Math.floor(Math.abs(left) / ONE_MINUTE);
    const length = minutes < 120
      ? `${minutes} ${words.wordsMinutes}`
      : `${Math.floor(minutes / 60)} ${words.wordsHours} ${minutes % 60} ${words.wordsMinutes}`;
    const text = left < 0 ? `${words.wordsLate} ${length}` : `${length} ${words.wordsLeft}`;
    if (clock.textContent !== text) {
      clock.textContent = text;
    }
    clock.classList.toggle("late", left < 0);
  }
}

function tellTime() {
  // On the site's clock, whatever the zone of the phone that shows it.
  for (const clock of document.querySelectorAll("time[data-zone]")) {
    clock.textContent = new Intl.DateTimeFormat("en-GB", {
      hour: "2-digit", minute: "2-digit", timeZone: clock.dataset.zone,
    }).format(serverNow());
  }
}

const remembered = {
  get: (key) => localStorage.getItem(`aftercell.${key}`) === "on",
  set: (key, value) => localStorage.setItem(`aftercell.${key}`, value ? "on" : "off"),
};

function show(button, on) {
  button.setAttribute("aria-pressed", String(on));
  button.textContent = on ? button.dataset.on : button.dataset.off;
}

let sounds = null;

function ring() {
  if (!remembered.get("sound")) {
    return;
  }
  sounds = sounds || new AudioContext();
  for (const [start, pitch] of [[0, 880], [0.22, 660], [0.44, 880]]) {
    const tone = sounds.createOscillator();
    const volume = sounds.createGain();
    tone.frequency.value = pitch;
    volume.gain.value = 0.25;
    tone.connect(volume).connect(sounds.destination);
    tone.start(sounds.currentTime + start);
    tone.stop(sounds.currentTime + start + 0.18);
  }
}

function notify() {
  const button = document.getElementById("desktop");
  if (button && remembered.get("desktop") && Notification.permission === "granted") {
    // No word of the patient: a notification lies on a locked screen.
    new Notification(button.dataset.title, { tag: "aftercell" });
  }
}

function openAlerts() {
  return new Set([...document.querySelectorAll("[data-open='yes']")].map((card) => card.dataset.alert));
}

let known = null;

function noticeNew() {
  const now = openAlerts();
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = now.size ? `(${now.size}) ${title}` : title;
  if (known && [...now].some((id) => !known.has(id))) {
    ring();
    notify();
  }
  known = now;
}

function setUpSwitches() {
  const sound = document.getElementById("sound");
  const desktop = document.getElementById("desktop");
  if (!sound) {
    return;
  }
  show(sound, remembered.get("sound"));
  sound.addEventListener("click", () => {
    remembered.set("sound", !remembered.get("sound"));
    show(sound, remembered.get("sound"));
    ring();
  });
  if (!("Notification" in window)) {
    desktop.hidden = true;
    return;
  }
  show(desktop, remembered.get("desktop") && Notification.permission === "granted");
  desktop.addEventListener("click", async () => {
    const wanted = desktop.getAttribute("aria-pressed") !== "true";
    const allowed = wanted && await Notification.requestPermission() === "granted";
    remembered.set("desktop", allowed);
    show(desktop, allowed);
    if (wanted && !allowed) {
      desktop.textContent = desktop.dataset.denied;
    }
  });
}

function toggle(id, shown) {
  const element = document.getElementById(id);
  if (element && element.hidden === shown) {
    element.hidden = !shown;
    if (shown) {
      ring();
    }
  }
}

document.addEventListener("DOMContentLoaded", () => {
  setUpSwitches();
  countDown();
  if (document.getElementById("live")) {
    noticeNew();
  }
  for (const thread of document.querySelectorAll(".thread")) {
    thread.scrollTop = thread.scrollHeight;
  }
  tellTime();
  setInterval(countDown, 1000);
  setInterval(tellTime, 1000);
});

document.addEventListener("htmx:afterSwap", (event) => {
  countDown();
  tellTime();
  if (event.target.id === "queue") {
    noticeNew();
  }
});

// While somebody uses a button of the list, it does not move under their finger.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target.id === "queue" && event.target.contains(document.activeElement)) {
    const focused = document.activeElement;
    const place = focused.closest("[data-alert]")?.dataset.alert;
    const index = place ? [...focused.closest("[data-alert]").querySelectorAll("a, button")].indexOf(focused) : -1;
    setTimeout(() => {
      const card = place && document.querySelector(`[data-alert="${CSS.escape(place)}"]`);
      card?.querySelectorAll("a, button")[index]?.focus({ preventScroll: true });
    }, 0);
  }
});

document.addEventListener("htmx:responseError", (event) => {
  toggle("signed-out", event.detail.xhr.status === 401);
  toggle("no-answer", event.detail.xhr.status >= 500);
});

document.addEventListener("htmx:sendError", () => {
  toggle("no-answer", true);
});

document.addEventListener("htmx:afterOnLoad", (event) => {
  if (event.detail.xhr.status < 400) {
    toggle("no-answer", false);
    toggle("signed-out", false);
  }
});

// A form that sends a text or erases somebody asks before it does so.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
  }
});

// Submitted twice by a tired finger, sent once.
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented && event.target.method === "post") {
    for (const button of event.target.querySelectorAll("button:not([name])")) {
      setTimeout(() => { button.disabled = true; }, 0);
      setTimeout(() => { button.disabled = false; }, 4000);
    }
  }
});

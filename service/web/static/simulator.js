// What htmx does not do by itself: keep threads at their newest text, empty a box that was sent, send on Enter.
"use strict";

const newest = new Map();

function keepAtNewest() {
  for (const thread of document.querySelectorAll(".thread")) {
    const last = thread.querySelector(".bubble:last-of-type");
    const id = last ? last.dataset.id : "";
    if (newest.get(thread.id) !== id) {
      newest.set(thread.id, id);
      thread.scrollTop = thread.scrollHeight;
    }
  }
}

function notice(text) {
  const line = document.createElement("p");
  line.className = "notice";
  line.textContent = text;
  document.getElementById("notices").replaceChildren(line);
}

document.addEventListener("DOMContentLoaded", keepAtNewest);
document.addEventListener("htmx:oobAfterSwap", keepAtNewest);

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && event.target.matches(".compose")) {
    event.target.querySelector("textarea").value = "";
  }
});

document.addEventListener("htmx:responseError", (event) => {
  if (event.target.id !== "heartbeat") {
    notice(`That did not work (${event.detail.xhr.status}).`);
  }
});

const SILENT = "The server does not answer.";

document.addEventListener("htmx:sendError", () => {
  notice(SILENT);
});

document.addEventListener("htmx:afterOnLoad", () => {
  const notices = document.getElementById("notices");
  if (notices.textContent === SILENT) {
    notices.replaceChildren();
  }
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches(".compose textarea");
  if (typing && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});

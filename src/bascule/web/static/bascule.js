// What the pages do besides what HTML does. Each page works without it.

const MINUTE = 60_000;

/** The menu of narrow screens. */
function menu() {
  const button = document.querySelector(".menu-button");
  const panel = document.getElementById("menu");
  if (!button || !panel) return;
  button.addEventListener("click", () => {
    const open = panel.classList.toggle("is-open");
    button.setAttribute("aria-expanded", String(open));
  });
}

/** Lists that open under their word: Escape and a click elsewhere close them. */
function lists() {
  const all = document.querySelectorAll("details.person, details.choice");
  for (const one of all) {
    one.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !one.open) return;
      one.open = false;
      one.querySelector("summary").focus();
    });
  }
  document.addEventListener("click", (event) => {
    for (const one of all) if (!one.contains(event.target)) one.open = false;
  });
}

/** A table that fits need not be stopped at by the keyboard. */
function tables() {
  const boxes = document.querySelectorAll(".table-box");
  const look = (box) => {
    if (box.scrollWidth > box.clientWidth) box.setAttribute("tabindex", "0");
    else box.removeAttribute("tabindex");
  };
  const watch = new ResizeObserver((entries) => {
    for (const entry of entries) look(entry.target.closest(".table-box"));
  });
  // The table too: when its letters arrive, it grows in a box that keeps its size.
  for (const box of boxes) {
    watch.observe(box);
    if (box.firstElementChild) watch.observe(box.firstElementChild);
  }
}

/** After a form came back with faults, reading starts there. */
function faults() {
  document.querySelector("[data-focus]")?.focus();
}

/** While one types, hide the lines that do not answer; ticks stay, and Enter still asks the server. */
function filters() {
  const plain = (text) =>
    text
      .normalize("NFD")
      .replace(/\p{M}/gu, "")
      .toLowerCase();
  for (const field of document.querySelectorAll("[data-filter]")) {
    const box = document.getElementById(field.dataset.filter);
    if (!box) continue;
    const lines = [...box.querySelectorAll(".pick")].map((line) => [line, plain(line.textContent)]);
    field.addEventListener("input", () => {
      const words = plain(field.value).split(/\s+/).filter(Boolean);
      for (const [line, text] of lines) line.hidden = !words.every((word) => text.includes(word));
      for (const group of box.querySelectorAll("fieldset"))
        group.hidden = !group.querySelector(".pick:not([hidden])");
    });
  }
}

/** Say that the session is about to end, let it go on, and throw nothing away when it has ended. */
function session() {
  const { sessionEnds, sessionNow } = document.documentElement.dataset;
  const dialog = document.getElementById("fin-de-session");
  const ended = document.querySelector("[data-ended]");
  if (!sessionEnds || !dialog) return;
  const stay = dialog.querySelector("[data-stay]");
  const left = dialog.querySelector("[data-left]");
  // By the clock of the server: this one may be wrong.
  const lag = Date.now() - Date.parse(sessionNow);
  let end = Date.parse(sessionEnds) + lag;
  let dismissed = false;
  const others = "BroadcastChannel" in window ? new BroadcastChannel("bascule-session") : null;

  const look = () => {
    const rest = end - Date.now();
    if (rest > 2 * MINUTE || rest <= 0) {
      if (dialog.open) dialog.close();
      ended.hidden = rest > 0;
      return;
    }
    const seconds = Math.ceil(rest / 1000);
    left.textContent = seconds > 60 ? `${Math.ceil(seconds / 60)} min` : `${seconds} s`;
    if (!dialog.open && !dismissed) dialog.showModal();
  };
  const prolong = (instant) => {
    if (!(instant > end)) return;
    end = instant;
    dismissed = false;
    look();
  };
  if (others) {
    others.onmessage = (event) => prolong(event.data);
    others.postMessage(end);
  }
  dialog.addEventListener("cancel", () => {
    dismissed = true;
  });
  stay.addEventListener("click", async () => {
    stay.disabled = true;
    try {
      const answer = await fetch(stay.dataset.url, { redirect: "manual", cache: "no-store" });
      const lasts = answer.status === 204 ? 1000 * Number(answer.headers.get("Session-Lasts")) : 0;
      // Nothing left: it ended elsewhere meanwhile.
      end = Date.now() + lasts;
      dismissed = false;
      others?.postMessage(end);
      look();
    } finally {
      // Where the network failed, one may try again until the end.
      stay.disabled = false;
    }
  });
  setInterval(look, 1000);
  look();
}

/** Without the network a form stays as it is: what was typed is not lost on a page of the browser. */
function offline() {
  const band = document.querySelector("[data-offline]");
  if (!band) return;
  const show = (is) => {
    band.hidden = !is;
  };
  window.addEventListener("offline", () => show(true));
  window.addEventListener("online", () => show(false));
  // Pieces of a page that could not be fetched: the site may be gone while the network is there.
  document.addEventListener("htmx:sendError", () => show(true));
  document.addEventListener("htmx:afterOnLoad", () => show(!navigator.onLine));
  document.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    show(true);
    band.scrollIntoView({ block: "end" });
  });
  show(!navigator.onLine);
}

/** A row that was put right is replaced alone: typing goes on in the next one. */
function onward() {
  document.addEventListener("htmx:afterSettle", (event) => {
    const row = event.target;
    if (!row.matches("[data-goes-on]")) return;
    const follows = (one) => row.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING;
    [...document.querySelectorAll(".mend [name=valeur]")].find(follows)?.focus();
  });
}

menu();
lists();
tables();
faults();
filters();
onward();
session();
offline();

"use strict";
// Tables: a heading sorts by its column, a second time the other way round. Numbers come
// before words, and what is missing last, whichever way.
for (const button of document.querySelectorAll("th[aria-sort] button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th");
    const table = head.closest("table");
    const body = table.tBodies[0];
    const down = head.getAttribute("aria-sort") === "ascending";
    const sign = down ? -1 : 1;
    const keyed = Array.from(body.rows, (row) => {
      const cell = row.cells[head.cellIndex];
      const text = cell.textContent;
      const number = "value" in cell.dataset ? Number(cell.dataset.value) : null;
      return { row, text, number, rank: number !== null ? 0 : text === "\u2013" ? 2 : 1 };
    });
    keyed.sort((a, b) => {
      if (a.rank !== b.rank) return a.rank - b.rank;
      if (a.rank === 0) return sign * (a.number - b.number);
      return sign * a.text.localeCompare(b.text, "en", { numeric: true });
    });
    for (const other of table.querySelectorAll("th[aria-sort]")) {
      other.setAttribute("aria-sort", "none");
    }
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...keyed.map((each) => each.row));
  });
}

// Figures: the dialog keeps the keyboard, closes with Escape, and gives the focus back.
const viewer = document.getElementById("viewer");
const stage = viewer.querySelector(".stage");
const shown = stage.querySelector("img");
let width = 0;

function resize(pixels) {
  const least = 100;
  const old = width;
  width = Math.min(Math.max(pixels, least), 12000);
  const middle = [stage.scrollLeft + stage.clientWidth / 2, stage.scrollTop + stage.clientHeight / 2];
  shown.style.width = `${width}px`;
  if (old) {
    const ratio = width / old;
    stage.scrollLeft = middle[0] * ratio - stage.clientWidth / 2;
    stage.scrollTop = middle[1] * ratio - stage.clientHeight / 2;
  }
}

function fit() {
  const shape = shown.naturalWidth / shown.naturalHeight || 1;
  resize(Math.min(stage.clientWidth, stage.clientHeight * shape));
}

const actions = {
  larger: () => resize(width * 1.25),
  smaller: () => resize(width / 1.25),
  fit,
  close: () => viewer.close(),
};

for (const button of document.querySelectorAll("button.zoom")) {
  button.addEventListener("click", () => {
    const image = button.querySelector("img");
    shown.src = image.src;
    shown.alt = image.alt;
    viewer.showModal();
    shown.decode().then(fit, fit);
    stage.focus();
  });
}
for (const button of viewer.querySelectorAll("[data-do]")) {
  button.addEventListener("click", () => actions[button.dataset.do]());
}
viewer.addEventListener("keydown", (event) => {
  const action = { "+": "larger", "=": "larger", "-": "smaller", "0": "fit" }[event.key];
  if (action) {
    actions[action]();
    event.preventDefault();
  }
});

// What is folded away is printed, but for the longest tables.
const folded = [];
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("details:not([open])")) {
    if (each.querySelectorAll("tr").length <= 100) {
      each.open = true;
      folded.push(each);
    }
  }
});
addEventListener("afterprint", () => {
  for (const each of folded.splice(0)) each.open = false;
});

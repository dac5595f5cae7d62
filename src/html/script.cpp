#include "html/assets.hpp"

namespace echosweep::html {

// The table of hosts: a page of rows at a time, made from an array. Columns of a row: address, name, state,
// reason, round trip in microseconds or null; rows come by address, so a row's number orders addresses.
// Sorting is stable.
std::string_view script() {
  return R"js(
"use strict";
(() => {
  const ROWS_A_PAGE = 100;
  const ROWS_PRINTED = 5000;
  const ADDRESS = 0, NAME = 1, STATE = 2, REASON = 3, RTT = 4;

  function setSorted(header, headers, ascending) {
    for (const other of headers) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  }

  // Tables whose rows are all there: each cell has its value in data-value.
  for (const table of document.querySelectorAll("table.whole")) {
    const headers = [...table.querySelectorAll("th")];
    const body = table.tBodies[0];
    headers.forEach((header, column) => {
      header.querySelector("button").addEventListener("click", () => {
        const ascending = header.getAttribute("aria-sort") !== "ascending";
        const value = (row) => Number(row.cells[column].dataset.value);
        const known = (row) => row.cells[column].dataset.value !== "";
        const rows = [...body.rows].sort((a, b) =>
          known(a) !== known(b) ? (known(a) ? -1 : 1) : ascending ? value(a) - value(b) : value(b) - value(a));
        body.append(...rows);
        setSorted(header, headers, ascending);
      });
    });
  }

  const section = document.getElementById("hosts");
  if (!section) return;
  const data = JSON.parse(document.getElementById("rows").textContent);
  const rows = data.rows;
  const body = section.querySelector("tbody");
  const headers = [...section.querySelectorAll("th")];
  const search = document.getElementById("search");
  const boxes = [...section.querySelectorAll("input[type=checkbox]")];
  const status = document.getElementById("status");
  const previous = document.getElementById("previous");
  const next = document.getElementById("next");
  let sortedBy = ADDRESS;
  let ascending = true;
  let first = 0;
  let shown = [];
  const texts = rows.map((row) => (row[ADDRESS] + "\n" + row[NAME] + "\n" + data.reasons[row[REASON]]).toLowerCase());
  const collator = new Intl.Collator("en", {numeric: true});

  function compare(a, b) {
    const left = rows[a][sortedBy];
    const right = rows[b][sortedBy];
    if (sortedBy === ADDRESS) return ascending ? a - b : b - a;
    // What has no value stands last, whichever way.
    const empty = sortedBy === RTT ? null : "";
    if (left === empty || right === empty) return left === right ? a - b : left === empty ? 1 : -1;
    let order = left - right;
    if (sortedBy === NAME) order = collator.compare(left, right);
    if (sortedBy === REASON) order = collator.compare(data.reasons[left], data.reasons[right]);
    return (ascending ? order : -order) || a - b;
  }

  function choose() {
    const wanted = search.value.trim().toLowerCase();
    const states = new Set(boxes.filter((box) => box.checked).map((box) => Number(box.value)));
    shown = [];
    for (let i = 0; i < rows.length; ++i) {
      if (states.has(rows[i][STATE]) && (wanted === "" || texts[i].includes(wanted))) shown.push(i);
    }
    shown.sort(compare);
    first = 0;
    draw(ROWS_A_PAGE);
  }

  function cell(row, text, name) {
    const made = row.insertCell();
    made.textContent = text;
    if (name) made.className = name;
  }

  function draw(count) {
    const fragment = document.createDocumentFragment();
    const end = Math.min(first + count, shown.length);
    for (let i = first; i < end; ++i) {
      const host = rows[shown[i]];
      const row = document.createElement("tr");
      cell(row, host[ADDRESS]);
      cell(row, host[NAME]);
      cell(row, data.states[host[STATE]], data.states[host[STATE]]);
      cell(row, data.reasons[host[REASON]]);
      cell(row, host[RTT] === null ? "" : (host[RTT] / 1000).toFixed(3), "number");
      fragment.append(row);
    }
    body.replaceChildren(fragment);
    const number = (value) => value.toLocaleString("en");
    status.textContent = shown.length === 0 ? "No host fits."
      : `${number(first + 1)} to ${number(end)} of ${number(shown.length)}`;
    previous.disabled = first === 0;
    next.disabled = end >= shown.length;
  }

  headers.forEach((header, column) => {
    header.querySelector("button").addEventListener("click", () => {
      ascending = sortedBy === column ? !ascending : true;
      sortedBy = column;
      setSorted(header, headers, ascending);
      choose();
    });
  });
  search.addEventListener("input", choose);
  for (const box of boxes) box.addEventListener("change", choose);
  previous.addEventListener("click", () => { first = Math.max(0, first - ROWS_A_PAGE); draw(ROWS_A_PAGE); });
  next.addEventListener("click", () => { first += ROWS_A_PAGE; draw(ROWS_A_PAGE); });
  addEventListener("beforeprint", () => { first = 0; draw(ROWS_PRINTED); });
  addEventListener("afterprint", () => draw(ROWS_A_PAGE));
  section.hidden = false;
  choose();
})();
)js";
}

}  // namespace echosweep::html

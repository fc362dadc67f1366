// What the page adds where scripts run: what belongs together lights up, rows are found, sorted and chosen. Without it
// the page says the same.
"use strict";

(() => {
  const map = document.querySelector("svg.map");
  const nodes = [...map.querySelectorAll("[data-node]")];
  const links = [...map.querySelectorAll("[data-link]")];
  const table = document.querySelector("#connections");
  const rows = [...table.querySelectorAll("tr[data-connection]")];
  const words = document.querySelector("#words");
  const form = document.querySelector("#find");
  const listed = (element, name) => (element.dataset[name] ?? "").split(" ").filter((key) => key !== "");
  const nameOf = (node) => node.querySelector(".name").textContent.trim();
  let chosen;

  // Lights up some nodes and lines, or nothing in particular.
  function show(litNodes, litLinks) {
    const some = litNodes.size + litLinks.size > 0;
    map.classList.toggle("choosing", some);
    for (const node of nodes) node.classList.toggle("on", litNodes.has(node.dataset.node));
    for (const link of links) link.classList.toggle("on", litLinks.has(link.dataset.link));
  }

  function showAround(node) {
    const key = node.dataset.node;
    const near = links.filter(({ dataset }) => dataset.from === key || dataset.to === key);
    show(
      new Set([key, ...near.flatMap(({ dataset }) => [dataset.from, dataset.to])]),
      new Set(near.map(({ dataset }) => dataset.link)),
    );
  }

  function rest() {
    if (chosen === undefined) show(new Set(), new Set());
    else showAround(chosen);
  }

  // Shows the rows that have every word, and belong to the chosen node.
  function find() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const near = chosen === undefined || listed(row, "nodes").includes(chosen.dataset.node);
      row.hidden = !(near && wanted.every((word) => text.includes(word)));
      if (!row.hidden) count += 1;
    }
    for (const group of table.tBodies)
      group.hidden = ![...group.rows].some((row) => !row.hidden && !row.classList.contains("group"));
    document.querySelector("#count").textContent = `${count} of ${rows.length} connections`;
    document.querySelector("#chosen").hidden = chosen === undefined;
    document.querySelector("#chosen-name").textContent =
      chosen === undefined ? "" : `of ${nameOf(chosen)}, chosen in the picture`;
  }

  function choose(node) {
    chosen = node === chosen ? undefined : node;
    for (const other of nodes) other.setAttribute("aria-pressed", String(other === chosen));
    rest();
    find();
  }

  for (const node of nodes) {
    node.setAttribute("tabindex", "0");
    node.setAttribute("role", "button");
    node.setAttribute("aria-pressed", "false");
    node.addEventListener("mouseenter", () => showAround(node));
    node.addEventListener("focus", () => showAround(node));
    node.addEventListener("mouseleave", rest);
    node.addEventListener("blur", rest);
    node.addEventListener("click", () => choose(node));
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose(node);
    });
  }

  for (const row of rows) {
    row.addEventListener("mouseenter", () =>
      show(new Set(listed(row, "nodes")), new Set(listed(row, "links"))),
    );
    row.addEventListener("mouseleave", rest);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && chosen !== undefined) choose(chosen);
  });
  document.querySelector("#all").addEventListener("click", () => {
    words.value = "";
    if (chosen === undefined) find();
    else choose(chosen);
  });
  words.addEventListener("input", find);
  form.addEventListener("submit", (event) => event.preventDefault());

  // Sorts the rows of every group, and the groups themselves by their first row.
  const headings = [...table.querySelectorAll("th[data-sort]")];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    heading.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = heading.getAttribute("aria-sort") === "ascending";
      for (const other of headings) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const textOf = (row) => row.cells[column].textContent.trim();
      const compare = (one, other) =>
        textOf(one).localeCompare(textOf(other), "en", { numeric: true }) * (down ? -1 : 1);
      const groups = [...table.tBodies].map((body) => {
        const sorted = [...body.rows].filter((row) => !row.classList.contains("group")).sort(compare);
        body.append(...sorted);
        return { body, first: sorted[0] };
      });
      groups.sort((one, other) => compare(one.first, other.first));
      table.append(...groups.map(({ body }) => body));
    });
  });

  form.hidden = false;
  find();
})();

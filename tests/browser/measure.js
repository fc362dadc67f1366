// What the tests ask of a page, asked inside it: boxes of texts, what lies across them, and contrasts.
"use strict";

(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const boxOf = (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return { left, top, right, bottom };
  };
  const overlap = (one, other) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
  const inside = (inner, outer, slack = 0.5) =>
    inner.left >= outer.left - slack &&
    inner.right <= outer.right + slack &&
    inner.top >= outer.top - slack &&
    inner.bottom <= outer.bottom + slack;
  const says = (element) => element.textContent.trim().replace(/\s+/g, " ");
  const shown = (element) => element.getClientRects().length > 0;
  const picture = () => document.querySelector(".frame svg.map");

  // Texts that leave their boxes, or meet another text or another box.
  function misplacedTexts() {
    const problems = [];
    const nodes = all(".node", picture()).map((node) => ({ node, box: boxOf(node.querySelector("rect")) }));
    for (const group of all(".node, .label, .place", picture())) {
      const box = boxOf(group.querySelector("rect"));
      for (const text of all("text", group))
        if (!inside(boxOf(text), box)) problems.push(`"${says(text)}" leaves its box`);
    }
    const texts = all("text", picture()).map((text) => ({ text, box: boxOf(text) }));
    texts.forEach(({ text, box }, at) => {
      for (const other of texts.slice(at + 1))
        if (overlap(box, other.box)) problems.push(`"${says(text)}" meets "${says(other.text)}"`);
      for (const { node, box: taken } of nodes)
        if (!node.contains(text) && overlap(box, taken)) problems.push(`"${says(text)}" meets a node`);
    });
    return problems;
  }

  // Lines that run through a text, or through a node at which they neither begin nor end.
  function misplacedLines() {
    const problems = new Set();
    const labels = all(".label", picture()).map((label) => ({
      owner: label.dataset.link,
      name: says(label),
      box: boxOf(label.querySelector("text")),
    }));
    const titles = all(".place text", picture()).map((text) => ({ name: says(text), box: boxOf(text) }));
    const nodes = all(".node", picture()).map((node) => ({
      key: node.dataset.node,
      name: says(node.querySelector(".name")),
      box: boxOf(node.querySelector("rect")),
    }));
    for (const line of all("path.line", picture())) {
      const matrix = line.getScreenCTM();
      const { link, from, to } = line.dataset;
      for (let at = 0; at <= line.getTotalLength(); at += 2) {
        const { x, y } = line.getPointAtLength(at).matrixTransform(matrix);
        const hit = ({ box }) => x > box.left && x < box.right && y > box.top && y < box.bottom;
        for (const label of labels)
          if (label.owner !== link && hit(label)) problems.add(`${link} crosses ${label.name}`);
        for (const title of titles) if (hit(title)) problems.add(`${link} crosses the title ${title.name}`);
        for (const node of nodes)
          if (node.key !== from && node.key !== to && hit(node))
            problems.add(`${link} crosses the node ${node.name}`);
      }
    }
    return [...problems];
  }

  function rgb(color) {
    const [r = 0, g = 0, b = 0, alpha = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
    return { r, g, b, alpha: color === "transparent" ? 0 : alpha };
  }

  function luminance({ r, g, b }) {
    const linear = (value) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  }

  function ratio(one, other) {
    const [dark, light] = [luminance(rgb(one)), luminance(rgb(other))].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  function groundOf(element) {
    for (let at = element; at !== null; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      if (rgb(backgroundColor).alpha === 1) return backgroundColor;
    }
    return "rgb(255, 255, 255)";
  }

  // Texts with less contrast than WCAG's AA asks for, and lines with less than it asks of graphics.
  function faint() {
    const problems = [];
    let measured = 0;
    const demand = (least, what, one, other) => {
      measured += 1;
      const found = ratio(one, other);
      if (!(found >= least)) problems.push(`${what}: ${found.toFixed(2)} of ${one} on ${other}`);
    };
    const own = (element) =>
      [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
    for (const element of all("body *:not(svg, svg *, script, style)"))
      if (own(element) && shown(element))
        demand(4.5, `"${says(element).slice(0, 40)}"`, getComputedStyle(element).color, groundOf(element));
    for (const group of all(".node, .label, .place", picture())) {
      const ground = getComputedStyle(group.querySelector("rect")).fill;
      for (const text of all("text", group))
        demand(4.5, `"${says(text)}"`, getComputedStyle(text).fill, ground);
      if (group.classList.contains("node"))
        demand(3, `outline of ${says(group)}`, getComputedStyle(group.querySelector("rect")).stroke, ground);
    }
    const grounds = [
      groundOf(picture()),
      ...all(".place rect", picture()).map((rect) => getComputedStyle(rect).fill),
    ];
    for (const line of all("path.line"))
      for (const ground of new Set(grounds))
        demand(3, line.getAttribute("class"), getComputedStyle(line).stroke, ground);
    return { problems, measured };
  }

  globalThis.measure = {
    misplacedTexts,
    misplacedLines,
    faint,
    lit: (selector) =>
      all(`${selector}.on`, picture())
        .map(({ dataset }) => dataset.link ?? dataset.node)
        .sort(),
    rows: () =>
      all("#connections tr[data-connection]")
        .filter(shown)
        .map(({ dataset }) => dataset.connection),
    groups: () => all("#connections tr.group").filter(shown).map(says),
    ports: () =>
      all("#connections tbody").map((body) =>
        all("tr[data-connection] .number", body).map((cell) => Number(says(cell))),
      ),
    values: (selector, name) => all(selector).map(({ dataset }) => dataset[name] ?? ""),
    hasFocus: (name) => name.test(document.activeElement.querySelector("title")?.textContent ?? ""),
    overflow: () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    text: (selector) => all(selector).filter(shown).map(says),
    frame: () => {
      const { scrollWidth, clientWidth } = document.querySelector(".frame");
      return { scrollWidth, clientWidth };
    },
    display: (selector) => getComputedStyle(document.querySelector(selector)).display,
    ground: (selector) => groundOf(document.querySelector(selector)),
  };
})();

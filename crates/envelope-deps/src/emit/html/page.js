"use strict";
(() => {
  const graph = JSON.parse(document.getElementById("graph").textContent);
  const count = graph.packages.length;
  const needs = Array.from({ length: count }, () => []);
  const neededBy = Array.from({ length: count }, () => []);
  for (const [from, to] of graph.needs) {
    if (from === to) continue;
    needs[from].push(to);
    neededBy[to].push(from);
  }
  const find = document.getElementById("find");
  const found = document.getElementById("found");
  const panel = document.getElementById("chosen");
  const rows = [...document.querySelectorAll("tr[data-n]")];
  const cells = [...document.querySelectorAll("svg.map .c")].map((cell) => [cell, cell.dataset.n.split(" ").map(Number)]);
  const branches = [...document.querySelectorAll("li[data-t]")];
  document.body.classList.add("live");
  document.querySelector(".search").hidden = false;

  const search = () => {
    const words = find.value.trim().toLowerCase().replace(/[-_.]+/g, "-");
    const is = graph.packages.map(([name]) => words === "" || name.includes(words));
    for (const row of rows) row.hidden = !is[row.dataset.n];
    for (const [cell, members] of cells) cell.classList.toggle("faint", !members.some((member) => is[member]));
    const total = is.filter(Boolean).length;
    for (const branch of branches) {
      const hit = words !== "" && is[branch.dataset.t];
      branch.classList.toggle("hit", hit);
      if (hit && total <= 25) {
        for (let up = branch.parentElement; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
      }
    }
    found.textContent = words === "" ? "" : `${total} of ${count}`;
  };

  // The shortest way from anything that was asked for.
  const wayTo = (goal) => {
    const cameFrom = new Map(graph.roots.map((root) => [root, null]));
    const waiting = [...graph.roots];
    for (const at of waiting) {
      if (at === goal) break;
      for (const next of needs[at]) if (!cameFrom.has(next)) { cameFrom.set(next, at); waiting.push(next); }
    }
    if (!cameFrom.has(goal)) return [];
    const way = [];
    for (let at = goal; at !== null; at = cameFrom.get(at)) way.unshift(at);
    return way;
  };

  const element = (name, text, parent) => {
    const made = document.createElement(name);
    made.textContent = text;
    parent.append(made);
    return made;
  };
  const buttons = (title, members, between) => {
    if (members.length === 0) return;
    element("h3", title, panel);
    const line = element("p", "", panel);
    members.forEach((member, place) => {
      if (place > 0) line.append(between);
      const button = element("button", graph.packages[member][0], line);
      button.classList.toggle("gone", graph.packages[member][3] !== "");
      button.addEventListener("click", () => choose(member));
    });
  };

  // Draws what a package needs, and what needs it, over the map that is shown.
  const link = (chosen) => {
    for (const map of document.querySelectorAll("svg.map")) {
      const layer = map.querySelector(".links");
      layer.replaceChildren();
      for (const mine of map.querySelectorAll(".mine")) mine.classList.remove("mine");
      if (chosen === null) continue;
      const frame = map.getBoundingClientRect();
      const at = new Map();
      for (const [cell, members] of cells) if (cell.closest("svg.map") === map) for (const member of members) at.set(member, cell);
      const middle = (cell) => {
        const box = cell.firstElementChild.nextElementSibling.getBoundingClientRect();
        return [box.left + box.width / 2 - frame.left, box.top + box.height / 2 - frame.top];
      };
      const own = at.get(chosen);
      if (!own) continue;
      own.classList.add("mine");
      if (frame.width === 0) continue;
      const [x, y] = middle(own);
      const draw = (others, name) => {
        for (const cell of new Set(others.map((other) => at.get(other)))) {
          if (!cell || cell === own) continue;
          const [u, v] = middle(cell);
          const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
          path.setAttribute("d", `M${x} ${y}Q${(x + u) / 2 + (v - y) / 6} ${(y + v) / 2 - (u - x) / 6} ${u} ${v}`);
          path.setAttribute("class", name);
          layer.append(path);
        }
      };
      draw(needs[chosen], "out");
      draw(neededBy[chosen], "in");
    }
  };

  let last = null;
  const choose = (chosen) => {
    last = chosen;
    panel.replaceChildren();
    panel.hidden = chosen === null;
    link(chosen);
    if (chosen === null) return;
    const [name, version, size, state] = graph.packages[chosen];
    const close = element("button", "×", panel);
    close.className = "close";
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", () => choose(null));
    element("h2", version === null ? name : `${name} ${version}`, panel);
    const words = [size, state === "" ? "stays" : `goes: ${state}`].filter((word) => word !== null);
    element("p", words.join(" · "), panel);
    buttons("A shortest way from a root", wayTo(chosen), " → ");
    buttons(`Needs ${needs[chosen].length}`, needs[chosen], "");
    buttons(`Needed by ${neededBy[chosen].length}`, neededBy[chosen], "");
  };

  find.addEventListener("input", search);
  document.addEventListener("click", (event) => {
    const name = event.target.closest("[data-p]");
    if (name) {
      event.preventDefault();
      choose(Number(name.dataset.p));
      return;
    }
    const cell = event.target.closest("svg.map [data-n], svg.map [data-f]");
    if (cell) choose(Number((cell.dataset.n ?? cell.dataset.f).split(" ")[0]));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") choose(null);
    if (event.key === "/" && document.activeElement !== find) { event.preventDefault(); find.focus(); }
  });
  addEventListener("resize", () => link(last));
  for (const radio of document.querySelectorAll(".maps input")) radio.addEventListener("change", () => link(last));

  // A page can be pointed at a search or a package: #find=numpy, #package=numpy.
  const asked = new URLSearchParams(location.hash.slice(1));
  if (asked.has("find")) { find.value = asked.get("find"); search(); }
  if (asked.has("package")) {
    const place = graph.packages.findIndex(([name]) => name === asked.get("package"));
    if (place >= 0) choose(place);
  }
})();

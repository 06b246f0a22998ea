"use strict";
(() => {
  for (const list of document.querySelectorAll("details.list")) {
    const search = list.querySelector(".search");
    if (!search) continue;
    search.hidden = false;
    const input = search.querySelector("input");
    const found = search.querySelector("output");
    const rows = [...list.querySelectorAll("tbody tr")];
    input.addEventListener("input", () => {
      const words = input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        count += !row.hidden;
      }
      found.textContent = words.length === 0 ? "" : `${count} of ${rows.length}`;
    });
  }

  // The numbers are read off the lines, which are drawn to a ten-thousandth of the plot's height.
  const left = 52, right = 348, top = 9, bottom = 120;
  const plots = [...document.querySelectorAll(".plot svg")].map((svg) => ({ svg, data: svg.dataset }));
  const pointsOf = (plot) => {
    if (!plot.points) {
      const lines = [...plot.svg.querySelectorAll(".line, .dots")].map((path) => path.getAttribute("d")).join("");
      plot.points = [...lines.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].map((match) => [+match[1], +match[2]]);
      plot.points.sort((one, other) => one[0] - other[0]);
    }
    return plot.points;
  };
  const nearest = (points, x) => {
    let [low, high] = [0, points.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (points[middle][0] < x) low = middle; else high = middle;
    }
    return Math.abs(points[low]?.[0] - x) <= Math.abs(points[high]?.[0] - x) ? points[low] : points[high];
  };
  const digits = (value) => String(+value.toPrecision(Math.abs(value) >= 1000 ? 4 : 3));
  const time = (seconds) => {
    if (seconds < 60) return `${digits(seconds)} s`;
    const whole = Math.round(seconds);
    const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
    const first = parts.findIndex(([size]) => whole >= size);
    const [[large, name], [small, rest]] = parts.slice(first, first + 2);
    return `${Math.floor(whole / large)} ${name} ${Math.floor((whole % large) / small)} ${rest}`;
  };
  const size = (megabytes) => {
    const units = [[1e6, "TB"], [1e3, "GB"], [1, "MB"], [1e-3, "kB"], [1e-6, "B"]];
    if (megabytes === 0) return "0 MB";
    const [factor, name] = units.find(([factor]) => Math.abs(megabytes) >= factor) ?? units[4];
    return `${digits(megabytes / factor)} ${name}`;
  };
  const show = {
    percent: (value) => `${digits(value)}%`, megabytes: size, seconds: time, watts: (value) => `${digits(value)} W`,
    count: (value) => String(Math.round(value)), number: digits,
  };
  const element = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const tell = (plot, x) => {
    const point = nearest(pointsOf(plot), x);
    if (!point) return;
    const { low, high, seconds, unit } = plot.data;
    const value = +low + ((bottom - point[1]) / (bottom - top)) * (high - low);
    const since = ((point[0] - left) / (right - left)) * seconds;
    plot.mark ??= plot.svg.appendChild(element("g", {}));
    const atEnd = point[0] > (left + right) / 2;
    const text = element("text", { class: "told", x: point[0] + (atEnd ? -7 : 7), y: top + 8, "text-anchor": atEnd ? "end" : "start" });
    text.textContent = `${"dense" in plot.data ? "mean " : ""}${show[unit](value)} at ${time(Math.max(0, since))}`;
    plot.mark.replaceChildren(
      element("line", { class: "cursor", x1: point[0], x2: point[0], y1: top, y2: bottom }),
      element("circle", { class: "spot", cx: point[0], cy: point[1], r: 3.5 }), text);
  };
  const isSeen = ({ svg }) => {
    const box = svg.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight;
  };
  // Browsers give one movement for each frame that they draw.
  for (const { svg } of plots) {
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      const x = Math.min(right, Math.max(left, ((event.clientX - box.left) / box.width) * 360));
      for (const plot of plots.filter(isSeen)) tell(plot, x);
    });
    svg.addEventListener("pointerleave", () => {
      for (const plot of plots) plot.mark?.replaceChildren();
    });
  }
})();

// When secrets came in and when they went: a bar for each while they are few, months or years when they are many.

const LANES = 24; // secrets that get a bar of their own
const NS = "http://www.w3.org/2000/svg";
const DAY = 86400000;

function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(NS, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** The width to draw in: text keeps its size on every screen. */
function room() {
  return Math.max(300, document.getElementById("timeline").clientWidth);
}

/** Draw it into the page; hidden when no finding has a date. */
function timeline() {
  const dated = findings.filter((found) => found.came !== null && found.triage.status === "new");
  const spans = [...grouped(dated, (found) => found.same).values()].map((places) => ({
    found: places[0],
    from: smallest(places.map((one) => one.came)),
    to: places.every((one) => one.went !== null) ? largest(places.map((one) => one.went)) : null,
    known: places.some((one) => one.inHead !== null),
  }));
  if (!spans.length) return;
  const from = smallest(spans.map((span) => span.from));
  const open = spans.some((span) => span.known && span.to === null);
  const to = largest([...spans.map((span) => Math.max(span.from, span.to || 0)), open ? data.now : 0]);
  const scale = { from, to: Math.max(to, from + 7 * DAY) };
  document.getElementById("history").hidden = false;
  const drawn = spans.length <= LANES ? lanes(spans, scale) : months(spans, scale);
  document.getElementById("timeline").replaceChildren(drawn);
  const tones = SEVERITIES.filter((severity) => spans.some((span) => span.found.severity === severity));
  const legend = tones.map((tone) => el("span", { className: tone }, tone));
  if (spans.length > LANES && spans.some((span) => span.to !== null)) legend.push(el("span", { className: "good" }, "went"));
  document.getElementById("legend").replaceChildren(...legend);
}

/** Years, quarters, months or days: at most about forty steps. */
function steps({ from, to }) {
  const start = new Date(from);
  const widths = [["day", 1, to - from < 40 * DAY], ["month", 1, to - from < 1200 * DAY], ["month", 3, to - from < 3600 * DAY], ["month", 12, true]];
  const [unit, width] = widths.find(([, , fits]) => fits);
  const first =
    unit === "day"
      ? Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate())
      : Date.UTC(start.getUTCFullYear(), width === 12 ? 0 : start.getUTCMonth() - (start.getUTCMonth() % width), 1);
  const edges = [first];
  while (edges.at(-1) <= to) {
    const last = new Date(edges.at(-1));
    edges.push(unit === "day" ? edges.at(-1) + DAY : Date.UTC(last.getUTCFullYear(), last.getUTCMonth() + width, 1));
  }
  const label = (moment) => new Date(moment).toISOString().slice(0, unit === "day" ? 10 : width === 12 ? 4 : 7);
  return { edges, label };
}

function axis(edges, label, x, y, height) {
  const wide = x(edges.at(-1)) - x(edges[0]);
  const every = Math.ceil((edges.length * 92) / wide);
  return edges.slice(0, -1).flatMap((edge, number) =>
    number % every || x(edge) > x(edges.at(-1)) - 52
      ? []
      : [
          svg("line", { class: "axis", x1: x(edge), x2: x(edge), y1: 0, y2: height }),
          svg("text", { x: x(edge) + 3, y, "text-anchor": "start" }, label(edge)),
        ],
  );
}

function lanes(spans, scale) {
  const width = room();
  const [left, right, lane] = [Math.min(236, width * 0.36), 12, 22];
  const letters = Math.floor(left / 6.6);
  const { edges, label } = steps(scale);
  const x = (moment) => left + ((moment - edges[0]) / (edges.at(-1) - edges[0])) * (width - left - right);
  const height = spans.length * lane + 6;
  const rows = spans.sort((a, b) => a.from - b.from).map(({ found, from, to, known }, number) => {
    const open = to === null && known;
    const end = open ? edges.at(-1) : (to ?? from);
    const y = number * lane + 4;
    const told = `${found.rule}, ${found.place}: came in ${day(found.origin.date)}, ${to ? `last held ${new Date(to).toISOString().slice(0, 10)}` : known ? "still there" : "since then not followed"}`;
    const rule = svg("text", { x: left - 8, y: y + 12, "text-anchor": "end" }, found.rule.length > letters ? `${found.rule.slice(0, letters - 1)}…` : found.rule);
    const bar = svg("rect", { class: "lane", x: x(from), y: y + 3, height: 10, rx: 5, width: Math.max(8, x(end) - x(from)) });
    const marks = open ? [svg("path", { class: "lane", d: `M${width - right - 4} ${y} l12 8 l-12 8 z` })] : [];
    const hit = button({ x: 0, y: y - 3, width, height: lane, rx: 6 }, told, () => reveal(found));
    return svg("g", { class: found.severity }, rule, bar, ...marks, hit);
  });
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height + 18}`, role: "group", "aria-label": "Secrets by the time they were there" });
  picture.append(...axis(edges, label, x, height + 14, height), ...rows);
  return picture;
}

function button(place, label, act) {
  const hit = svg("rect", { class: "hit", ...place, tabindex: 0, role: "button", "aria-label": label }, svg("title", {}, label));
  hit.addEventListener("click", act);
  hit.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    act();
  });
  return hit;
}

function months(spans, scale) {
  const [width, top, up, down] = [room(), 62, 92, 46];
  const { edges, label } = steps(scale);
  const slot = width / (edges.length - 1);
  const x = (moment) => ((moment - edges[0]) / (edges.at(-1) - edges[0])) * width;
  const at = (moment) => edges.findLastIndex((edge) => edge <= moment);
  const came = edges.map(() => SEVERITIES.map(() => 0));
  const went = edges.map(() => 0);
  for (const { found, from, to } of spans) {
    came[at(from)][found.rank] += 1;
    if (to !== null) went[at(to)] += 1;
  }
  const sums = came.map((numbers) => numbers.reduce((a, b) => a + b));
  const most = largest([...sums, 1]);
  const least = largest([...went, 1]);
  const base = top + 16 + up;
  const picture = svg("svg", { viewBox: `0 0 ${width} ${base + down + 36}`, role: "group", "aria-label": "Secrets that came in and went, by time" });
  picture.append(...axis(edges, label, (edge) => edges.indexOf(edge) * slot, base + down + 30, base + down + 16));
  if (spans.some((span) => span.known)) picture.append(...present(spans, x, scale, top));
  edges.slice(0, -1).forEach((edge, number) => {
    let y = base;
    SEVERITIES.forEach((severity, rank) => {
      const height = (came[number][rank] / most) * up;
      y -= height;
      if (height) picture.append(svg("g", { class: severity }, svg("rect", { class: "lane", x: number * slot + slot * 0.14, y, width: slot * 0.72, height })));
    });
    const depth = (went[number] / least) * down;
    if (depth) picture.append(svg("rect", { class: "gone", x: number * slot + slot * 0.14, y: base + 2, width: slot * 0.72, height: depth }));
    if (!sums[number] && !went[number]) return;
    const span = { from: edge, to: edges[number + 1], label: label(edge) };
    const told = `${span.label}: ${sums[number]} came in${went[number] ? `, ${went[number]} went` : ""}`;
    const hit = button({ x: number * slot, y: top + 12, width: slot, height: up + down + 8, rx: 4 }, told, () => {
      state.span = state.span && state.span.from === span.from ? null : span;
      refresh();
    });
    hit.dataset.from = edge;
    picture.append(hit);
  });
  picture.append(svg("line", { class: "axis", x1: 0, x2: width, y1: base + 1, y2: base + 1 }));
  picture.append(svg("text", { x: width, y: base - up - 4, "text-anchor": "end" }, `up to ${most.toLocaleString("en")} came in at a time`));
  return picture;
}

/** The area of how many secrets were there at a time. */
function present(spans, x, { to }, height) {
  const changes = spans.flatMap((span) => [[span.from, 1], ...(span.to === null ? [] : [[span.to, -1]])]).sort((a, b) => a[0] - b[0]);
  let now = 0;
  const points = changes.map(([moment, by]) => [moment, (now += by)]);
  const most = largest(points.map(([, number]) => number));
  const y = (number) => height - (number / most) * (height - 14);
  let path = `M${x(points[0][0])} ${height}`;
  let last = height;
  for (const [moment, number] of points) {
    path += ` L${x(moment)} ${last} L${x(moment)} ${y(number)}`;
    last = y(number);
  }
  path += ` L${x(to)} ${last} L${x(to)} ${height} Z`;
  const text = `${count(now, "secret")} there now, ${most.toLocaleString("en")} at the peak`;
  return [svg("path", { class: "area", d: path }), svg("text", { x: 0, y: 10 }, text)];
}

/** Mark the step that is chosen. */
function markSpan() {
  for (const hit of document.querySelectorAll("#timeline .hit[data-from]"))
    hit.setAttribute("aria-pressed", String(Boolean(state.span) && Number(hit.dataset.from) === state.span.from));
}

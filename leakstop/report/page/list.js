// The list: groups, rows, and only as many of them as were asked for, so that thousands cost nothing.

const STEP = 60; // rows or groups made at a time
const list = document.getElementById("list");
let blocks = []; // groups that are made: {members, made, items, more, element, and with a title fold}
let waiting = []; // groups that are not made yet
let opened = new Set(); // indices of findings whose detail is open

/** Show a selection. */
function show(groups) {
  watch.disconnect();
  list.replaceChildren();
  blocks = [];
  waiting = groups;
  if (!groups.length || !groups[0][1].length) return list.append(nothing());
  moreBlocks(STEP, STEP);
}

/** Make up to `most` more groups; as long as there is room for their rows they are open. */
function moreBlocks(most, rows) {
  const made = [];
  for (const [title, members] of waiting.slice(0, most)) {
    const open = !title || rows > 0;
    const one = block(title, members, open);
    made.push(one);
    if (open) rows -= fill(one, Math.max(1, rows));
  }
  waiting = waiting.slice(most);
  blocks.push(...made);
  list.querySelector(":scope > .more")?.remove();
  list.append(...made.map((one) => one.element));
  if (waiting.length) list.append(watched(`${count(waiting.length, "more group")}`, () => moreBlocks(STEP, 0)));
}

function block(title, members, open) {
  const items = el("ul", { className: "items", hidden: !open });
  const one = { members, made: 0, items, element: el("section", { className: "block" }) };
  one.more = watched("", () => {
    const next = one.made;
    fill(one, STEP);
    if (document.activeElement === one.more) items.children[next]?.querySelector(".head").focus();
  });
  one.more.hidden = true;
  if (title) {
    const worst = SEVERITIES[worstOf(members)];
    const fold = el(
      "button",
      { type: "button", className: "fold", "aria-expanded": String(open), onclick: () => toggle(one) },
      el("span", {}, title),
      el("span", { className: `badge ${worst}` }, worst),
      el("span", { className: "number" }, count(members.length, "finding")),
    );
    one.fold = fold;
    one.element.append(el("h3", {}, fold));
  }
  one.element.append(items, one.more);
  return one;
}

const watch = new IntersectionObserver(
  (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => entry.target.click()),
  { rootMargin: "600px" },
);

/** A button for more, which is also pressed when it comes into sight. */
function watched(text, act) {
  const button = el("button", { type: "button", className: "quiet more", onclick: act }, text);
  watch.observe(button);
  return button;
}

/** Make up to `most` more rows of a group; how many there were. */
function fill(one, most) {
  const next = one.members.slice(one.made, one.made + most);
  one.items.append(...next.map(row));
  one.made += next.length;
  const left = one.members.length - one.made;
  one.more.hidden = !left || one.items.hidden;
  one.more.textContent = `${left.toLocaleString("en")} more`;
  return next.length;
}

function toggle(one, open = one.items.hidden) {
  one.items.hidden = !open;
  one.fold?.setAttribute("aria-expanded", String(open));
  if (open && !one.made) fill(one, STEP);
  one.more.hidden = !open || one.made === one.members.length;
}

function row(found) {
  const { origin, verification, triage } = found;
  const head = el(
    "button",
    { type: "button", className: "head", "aria-expanded": "false", onclick: () => unfold(item, found) },
    el("span", { className: "badge" }, found.severity),
    el("span", { className: "what" }, found.rule, " ", el("small", {}, `${found.provider} `), el("code", {}, found.secret)),
    el("span", { className: "where mono" }, found.place, found.position ? `:${found.position}` : ""),
    el(
      "span",
      { className: "who" },
      verification ? el("b", { className: `badge ${BADGES[verification.state] || "plain"}` }, verification.state) : null,
      triage.status === "new" ? null : el("b", { className: "badge plain" }, triage.status),
      el("span", {}, [origin.author, day(origin.date), { true: "in HEAD", false: "gone" }[found.inHead]].filter(Boolean).join(" · ")),
    ),
  );
  const item = el("li", { className: `item ${found.severity}${triage.status === "new" ? "" : " aside"}` }, head);
  item.dataset.index = found.index;
  if (opened.has(found.index)) unfold(item, found, true);
  return item;
}

function unfold(item, found, open = !item.querySelector(".detail")) {
  item.querySelector(".detail")?.remove();
  item.querySelector(".head").setAttribute("aria-expanded", String(open));
  if (open) item.append(detail(found));
  opened[open ? "add" : "delete"](found.index);
}

/** Open all rows that are made, or close all. */
function unfoldAll(open) {
  opened = new Set();
  for (const item of list.querySelectorAll(".item")) unfold(item, findings[item.dataset.index], open);
}

/** Everything of the selection, for paper; details only where they stay readable. */
function makeAll() {
  moreBlocks(Infinity, 0);
  let number = 0;
  for (const one of blocks) {
    toggle(one, true);
    fill(one, Infinity);
    number += one.made;
  }
  if (number <= 200) unfoldAll(true);
}

/** Go to a finding, taking filters away if they hide it. */
function reveal(found) {
  const place = () => {
    if (waiting.some(([, members]) => members.includes(found))) moreBlocks(Infinity, 0);
    return blocks.find((one) => one.members.includes(found));
  };
  if (!place()) {
    clearFilters();
    state.chips.clear();
    refresh();
  }
  const one = place();
  toggle(one, true);
  fill(one, Math.max(0, one.members.indexOf(found) + 1 - one.made));
  const item = list.querySelector(`[data-index="${found.index}"]`);
  unfold(item, found, true);
  item.querySelector(".head").focus();
  item.scrollIntoView({ block: "center" });
}

/** Move the focus by one row or heading; downwards, rows that are not made yet are made. */
function step(by) {
  const stops = `.items:not([hidden]) > .item > .head, .fold${by > 0 ? ", .more:not([hidden])" : ""}`;
  const heads = [...list.querySelectorAll(stops)];
  const at = heads.indexOf(document.activeElement.closest?.(".item")?.querySelector(".head") || document.activeElement);
  const next = heads[at < 0 ? (by > 0 ? 0 : heads.length - 1) : at + by];
  if (!next) return;
  if (next.matches(".more")) {
    next.click();
    return step(by);
  }
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function nothing() {
  if (!findings.length && data.complete)
    return el("div", { className: "empty" }, el("div", { className: "tick", "aria-hidden": "true" }, "✓"), el("b", {}, "No secrets"), "Everything was read, and nothing was found.");
  if (!findings.length) return el("div", { className: "empty" }, el("b", {}, "No secrets in what was read"), "Not everything was read: see above.");
  const told = findings.some((found) => found.triage.status === "new") ? "No finding passes the search and the filters." : "No finding counts: all are ignored or were known before.";
  const button = el("button", { type: "button", className: "quiet", onclick: () => (clearFilters(), state.chips.clear(), refresh()) }, "Show all findings");
  return el("div", { className: "empty" }, el("b", {}, "Nothing to show"), el("p", {}, told), button);
}

// The page around the list: head, cards, chips, keys.

const $ = (id) => document.getElementById(id);

/** Show what the state asks for. */
function refresh() {
  const { shown, cards, chips } = selected();
  const groups = groupsOf(shown);
  show(groups);
  for (const [rank, card] of [...$("severities").children].entries()) {
    card.querySelector("b").textContent = cards[rank].toLocaleString("en");
    card.setAttribute("aria-pressed", String(state.severities.has(SEVERITIES[rank])));
  }
  showChips(chips);
  markSpan();
  const places = shown.length === findings.length ? `All ${count(findings.length, "finding")}` : `${shown.length.toLocaleString("en")} of ${count(findings.length, "finding")}`;
  const secrets = new Set(shown.map((found) => found.same)).size;
  $("count").textContent = findings.length ? `${places} · ${count(secrets, "different secret")}${groups.length > 1 ? ` · ${count(groups.length, "group")}` : ""}` : "";
  $("unfold").textContent = "Open all";
  if ($("query").value !== state.query) $("query").value = state.query;
}

function showChips(numbers) {
  const made = [];
  const facets = usefulFacets();
  for (const [number, facet] of facets.entries()) {
    const before = facets[number - 1];
    if (before && before.key !== facet.key) made.push(el("span", { className: "gap", "aria-hidden": "true" }));
    made.push(chip(facet.label, numbers[number], state.chips.has(facet), () => flip(state.chips, facet)));
  }
  if (state.span) made.push(chip(`in ${state.span.label}`, null, true, () => (state.span = null)));
  if (state.query || state.severities.size || state.span || [...state.chips].some((facet) => facet.value !== "new")) {
    const clear = chip("clear filters", null, false, clearFilters);
    clear.classList.add("clear");
    clear.removeAttribute("aria-pressed");
    made.push(clear);
  }
  const focused = [...$("chips").children].indexOf(document.activeElement);
  $("chips").replaceChildren(...made);
  if (focused >= 0) ($("chips").children[focused] || $("query")).focus();
}

function chip(label, number, pressed, act) {
  const button = el("button", { type: "button", className: "chip", "aria-pressed": String(pressed) }, label, number === null ? "" : " ");
  if (number !== null) button.append(el("b", {}, number.toLocaleString("en")));
  button.onclick = () => {
    act();
    refresh();
  };
  return button;
}

function flip(set, value) {
  if (!set.delete(value)) set.add(value);
}

function head() {
  const fresh = findings.filter((found) => found.triage.status === "new");
  const secrets = new Set(fresh.map((found) => found.same)).size;
  const top = document.querySelector(".top");
  top.classList.add(...(fresh.length ? ["found"] : []), ...(data.complete ? [] : ["half"]));
  const parts = [
    fresh.length ? `${count(secrets, "secret")} in ${data.places}` : "No secrets found",
    ...[[fresh.filter((found) => found.live).length, "live"], [fresh.filter((found) => found.inHead).length, "in HEAD"]]
      .filter(([number]) => number)
      .map(([number, what]) => `${number.toLocaleString("en")} ${what}`),
  ];
  const badge = data.complete ? el("small", { className: "badge good" }, "complete") : el("small", { className: "badge high" }, "incomplete");
  $("verdict").replaceChildren(parts.join(" · "), badge);
  $("made").textContent = `${data.command} · ${data.made}`;
  $("read").textContent = data.read;
  if (data.shown) {
    $("warning").hidden = false;
    $("warning").textContent = "This file holds whole secrets. Do not hand it on.";
  }
  $("unread").hidden = data.complete;
  $("problems").append(
    ...data.problems.map(({ where, message, remedy }) => el("li", {}, el("code", {}, where), `: ${message}`, remedy ? el("small", {}, `→ ${remedy}`) : null)),
  );
  if (!data.complete && !data.problems.length) $("problems").append(el("li", {}, "The scan was stopped before the end."));
  $("unheeded").hidden = !data.unheeded.length;
  $("unheeded").querySelector("ul").append(...data.unheeded.map((text) => el("li", {}, text)));
  const left = [
    ...data.skipped.map(({ what, why, count: number }) => [count(number, what), why]),
    ...data.silenced.map(([status, by, number]) => [count(number, "finding"), `${status} by ${by}`]),
  ];
  $("rest").hidden = !left.length;
  $("skipped").append(facts(left));
  $("foot").textContent = `leakstop ${data.version} · ${data.number.toLocaleString("en")} rules, digest ${data.digest} · this page works without a network and holds ${data.shown ? "whole" : "no whole"} secrets`;
}

function controls() {
  $("severities").append(
    ...SEVERITIES.map((severity, rank) => {
      const card = el("button", { type: "button", className: `card ${severity}`, "aria-pressed": "false" }, el("b", {}, "0"), el("span", {}, severity));
      card.disabled = !findings.some((found) => found.rank === rank);
      card.onclick = () => {
        flip(state.severities, severity);
        refresh();
      };
      return card;
    }),
  );
  const choose = (select, choices, key) => {
    select.append(...choices.map((choice) => el("option", { value: choice }, choice)));
    select.value = state[key];
    select.onchange = () => {
      state[key] = select.value;
      refresh();
    };
  };
  choose($("group"), Object.keys(GROUPS), "group");
  choose($("sort"), Object.keys(ORDERS), "sort");
  $("query").oninput = () => {
    state.query = $("query").value;
    refresh();
  };
  $("bar").onsubmit = (event) => event.preventDefault();
  $("unfold").onclick = () => {
    const open = $("unfold").textContent === "Open all";
    unfoldAll(open);
    $("unfold").textContent = open ? "Close all" : "Open all";
  };
  $("print").onclick = () => window.print();
  $("help").onclick = () => $("keys").showModal();
  window.addEventListener("beforeprint", makeAll);
  let width = innerWidth;
  window.addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    timeline();
    markSpan();
  });
  if (!findings.length) for (const id of ["bar", "severities"]) $(id).hidden = true;
  const stuck = () => $("bar").classList.toggle("stuck", $("bar").getBoundingClientRect().top <= 0);
  window.addEventListener("scroll", stuck, { passive: true });
}

function themes() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const order = ["system", "light", "dark"];
  let chosen = "system";
  const apply = () => {
    document.documentElement.dataset.theme = chosen === "system" ? (system.matches ? "dark" : "light") : chosen;
    $("theme").textContent = `Theme: ${chosen}`;
  };
  system.addEventListener("change", apply);
  $("theme").onclick = () => {
    chosen = order[(order.indexOf(chosen) + 1) % order.length];
    apply();
  };
  apply();
}

function keys(event) {
  const typing = event.target.matches("input, select, textarea");
  if (event.key === "Escape" && event.target === $("query")) return $("query").blur();
  if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open || typing) return;
  const acts = {
    "/": () => $("query").focus(),
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    g: () => $("group").focus(),
    x: () => (clearFilters(), refresh()),
    "?": () => $("keys").showModal(),
  };
  const arrow = event.key.startsWith("Arrow") && !event.target.closest("#list");
  if (!acts[event.key] || arrow) return;
  event.preventDefault();
  acts[event.key]();
}

themes();
head();
controls();
clearFilters();
timeline();
refresh();
document.addEventListener("keydown", keys);
document.documentElement.dataset.ready = "yes";

"use strict";
// Everything is put on the page as text, never as markup: what a ledger holds was written by the
// programs under test.
const report = JSON.parse(document.getElementById("report").textContent);
const kPage = 50;
const kBuckets = 120;
const kWords = { m: "match", x: "mismatch", i: "inconclusive" };

function element(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "on") {
      for (const [event, action] of Object.entries(value)) node.addEventListener(event, action);
    } else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(key, value === true ? "" : value);
    }
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== "") node.append(child);
  }
  return node;
}
function drawing(name, attributes, title) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (title) {
    const text = document.createElementNS("http://www.w3.org/2000/svg", "title");
    text.textContent = title;
    node.append(text);
  }
  return node;
}
const number = (value) => value.toLocaleString("en-US");
const plural = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;

// ---- Blocks ----

const blocks = report.blocks;
const heights = (() => {
  const list = new Float64Array(blocks.verdicts.length);
  let at = 0;
  for (const [first, count] of blocks.runs) {
    for (let i = 0; i < count; i++) list[at++] = first + i;
  }
  return list;
})();
const findingsAt = new Map();
report.findings.forEach((finding) => {
  if (!findingsAt.has(finding.topoheight)) findingsAt.set(finding.topoheight, []);
  findingsAt.get(finding.topoheight).push(finding);
});

const filter = { text: "", lane: "", kind: "", verdict: "", first: null, last: null, page: 0 };

function chip(word, tone) {
  return element("span", { class: `chip ${tone || ""}` }, word);
}
function toneOf(finding) {
  return finding.class === "executor_failed" ? "inconclusive" : "mismatch";
}

// ---- Overview ----

/** Blocks that are wrong in their log alone are wrong, but their state is not. */
function orderOnly() {
  const count = blocks.order_only.length;
  if (!count) return "";
  const whose = count === report.counts.mismatch ? (count === 1 ? "It differs" : "They differ") : `${number(count)} of them differ${count === 1 ? "s" : ""}`;
  return ` ${whose} only in the order of reads and writes: results, totals and state are equal.`;
}
function verdictCard() {
  const sentences = {
    match: "Every block of the range was compared, and all are equal.",
    mismatch: `${plural(report.counts.mismatch, "block")} of ${number(heights.length)} differ${report.counts.mismatch === 1 ? "s" : ""}, by ${plural(report.groups.length, "cause")} as far as can be told.${orderOnly()}`,
    inconclusive: "No difference was found, but not everything was compared: this is not a match.",
  };
  const range = heights.length
    ? `Blocks ${number(heights[0])} to ${number(heights[heights.length - 1])}`
    : "No blocks";
  const run = report.run;
  const bundle = report.bundle;
  return element("section", { class: `verdict ${report.verdict}`, id: "verdict" },
    element("span", { class: "word" }, report.verdict.toUpperCase()),
    element("h1", {}, sentences[report.verdict]),
    element("div", { class: "soft" }, bundle
      ? `Block ${number(heights[0])} of ${bundle.network} alone${bundle.shrunk ? ", shrunk" : ""}, from the bundle ${bundle.file} that ${bundle.build} wrote: ${bundle.candidate || "no candidate"}, ${plural(bundle.threads, "thread")}${bundle.fault ? `, seeded fault ${bundle.fault}` : ""}.`
      : run
      ? `${range} of ${run.request.archive} (${run.request.network}, profile ${run.request.profile}), ${run.request.candidates.join(", ") || "no candidate"} against ${run.request.control}.`
      : `${range}.`),
    report.left_out.length
      ? element("ul", { class: "left-out" }, report.left_out.map((sentence) => element("li", {}, sentence)))
      : "",
    (report.unjudged || []).length
      ? element("ul", { class: "left-out" }, report.unjudged.map((law) => element("li", {},
        `Not judged by a law: ${law.law}, in ${plural(law.blocks, "block")}, first in block ${number(law.first)}: ${law.why}`)))
      : "",
    (report.observed || []).length
      ? element("ul", { class: "small" }, report.observed.map((node) => element("li", {}, `Observed: ${node.sentence}.`)))
      : "",
    report.problems.length
      ? element("ul", { class: "small" }, report.problems.map((problem) => element("li", {}, problem)))
      : "");
}
function tile(value, label, tone) {
  return element("div", { class: `tile ${tone || ""}` }, element("b", {}, value), element("span", {}, label));
}
function tiles() {
  const counts = report.counts;
  const pairs = blocks.conflicts.reduce((sum, value) => sum + value, 0);
  const environment = report.run && report.run.environment;
  const list = [
    tile(number(counts.match), "blocks match", counts.match ? "match" : ""),
    tile(number(counts.mismatch), "blocks differ", counts.mismatch ? "mismatch" : ""),
    tile(number(counts.inconclusive), "inconclusive", counts.inconclusive ? "inconclusive" : ""),
    tile(number(counts.gaps), "gaps", counts.gaps ? "inconclusive" : ""),
    tile(number(counts.transactions), "transactions"),
    tile(counts.transactions ? (pairs / counts.transactions).toFixed(2) : "0", "dependent pairs per transaction"),
  ];
  times.lanes.slice(0, 2).forEach((lane) => {
    const sum = timesOf(lane, 0, lane.us.length);
    if (sum.lane) list.push(tile(`${speedUp(sum).toFixed(2)}×`, `speed of ${lane.executor}`));
  });
  if (environment && environment.elapsed_ms > 0) {
    list.push(tile((environment.blocks_run * 1000 / environment.elapsed_ms).toFixed(1), "blocks per second"));
  }
  return element("div", { class: "tiles" }, list);
}
function bucketsOf(count) {
  const size = Math.max(1, Math.ceil(count / kBuckets));
  const list = [];
  for (let begin = 0; begin < count; begin += size) {
    const bucket = { begin, end: Math.min(count, begin + size), m: 0, x: 0, i: 0, pairs: 0, transactions: 0 };
    for (let at = begin; at < bucket.end; at++) {
      bucket[blocks.verdicts[at]]++;
      bucket.pairs += blocks.conflicts[at];
      bucket.transactions += blocks.transactions[at];
    }
    list.push(bucket);
  }
  return list;
}
function chart() {
  const buckets = bucketsOf(heights.length);
  const width = 1000;
  const height = 120;
  const svg = drawing("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none",
    role: "img", "aria-label": "Verdicts of the blocks, in order" });
  const step = width / Math.max(1, buckets.length);
  const rate = (bucket) => bucket.transactions ? bucket.pairs / bucket.transactions : 0;
  const top = Math.max(0.0001, ...buckets.map(rate));
  const points = [];
  buckets.forEach((bucket, index) => {
    const total = bucket.end - bucket.begin;
    let y = height;
    for (const kind of ["m", "i", "x"]) {
      if (!bucket[kind]) continue;
      // A single wrong block among a thousand must be seen.
      const share = Math.max(bucket[kind] / total, kind === "m" ? 0 : 0.08) * height;
      y = Math.max(0, y - share);
      const title = `blocks ${number(heights[bucket.begin])} to ${number(heights[bucket.end - 1])}: ${bucket.m} match, ${bucket.x} mismatch, ${bucket.i} inconclusive`;
      const rect = drawing("rect", { x: index * step + step * 0.06, y, width: step * 0.88, height: share,
        fill: `var(--${kWords[kind]})`, "fill-opacity": kind === "m" ? 0.55 : 1 }, title);
      rect.addEventListener("click", () => {
        filter.first = heights[bucket.begin];
        filter.last = heights[bucket.end - 1];
        filter.page = 0;
        drawBlocks();
        document.getElementById("blocks").scrollIntoView({ behavior: "smooth" });
      });
      svg.append(rect);
    }
    points.push(`${(index + 0.5) * step},${height - 4 - rate(bucket) / top * (height - 12)}`);
  });
  svg.append(drawing("polyline", { points: points.join(" "), fill: "none", stroke: "var(--accent)",
    "stroke-width": 2, "vector-effect": "non-scaling-stroke", "pointer-events": "none" }));
  return element("section", {},
    element("div", { class: "bar" }, element("h2", {}, "Verdicts in block order"),
      element("span", { class: "soft small" }, buckets.length && buckets[0].end > 1 ? `one bar stands for ${number(buckets[0].end)} blocks` : "one bar is one block")),
    heights.length ? svg : element("div", { class: "empty" }, "No block has a verdict."),
    heights.length ? element("div", { class: "axis" }, element("span", {}, number(heights[0])), element("span", {}, number(heights[heights.length - 1]))) : "",
    element("div", { class: "legend" },
      ["match", "mismatch", "inconclusive"].map((word) => element("span", {}, element("i", { class: word }), word)),
      element("span", {}, element("i", { class: "rate" }), `dependent pairs per transaction, up to ${top.toFixed(2)}`)));
}
// ---- Times ----

const times = report.times;
const hasTimes = times.lanes.length > 0;
/** What the lane and the control took for the blocks begin..end that were compared. */
function timesOf(lane, begin, end) {
  const sum = { control: 0, lane: 0, blocks: 0 };
  for (let at = begin; at < end; at++) {
    if (lane.us[at] === null || blocks.verdicts[at] === "i") continue;
    sum.control += times.control_us[at];
    sum.lane += lane.us[at];
    sum.blocks++;
  }
  return sum;
}
const speedUp = (sum) => sum.lane ? sum.control / sum.lane : 0;
const seconds = (us) => us >= 1e6 ? `${(us / 1e6).toFixed(1)} s` : `${(us / 1000).toFixed(1)} ms`;
function speedTable() {
  return table([["lane"], ["times the control's speed", "number"], ["control", "number"], ["lane", "number"], ["blocks", "number"]],
    times.lanes.map((lane, index) => {
      const sum = timesOf(lane, 0, lane.us.length);
      return cells([element("span", {}, element("i", { class: `key lane-${index % 4}` }), lane.executor),
        sum.lane ? speedUp(sum).toFixed(2) : "", seconds(sum.control), seconds(sum.lane), number(sum.blocks)],
        ["", "number", "number", "number", "number"]);
    }));
}
function speedChart() {
  const title = element("div", { class: "bar" }, element("h2", {}, "Speed-up in block order"),
    element("span", { class: "soft small" }, hasTimes ? "time of the control over that of the lane" : ""));
  if (!hasTimes) {
    return element("section", { id: "speed" }, title,
      element("div", { class: "empty" }, `Not shown: ${times.why_none || "no lane was run"}.`));
  }
  const buckets = bucketsOf(heights.length);
  const width = 1000;
  const height = 120;
  const step = width / Math.max(1, buckets.length);
  const rows = times.lanes.map((lane) => buckets.map((bucket) => timesOf(lane, bucket.begin, bucket.end)));
  const top = Math.max(1.2, ...rows.flat().map(speedUp));
  const at = (value) => height - 2 - value / top * (height - 8);
  const svg = drawing("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none",
    role: "img", "aria-label": "Speed-up of each lane over the control, in block order" });
  svg.append(drawing("line", { x1: 0, x2: width, y1: at(1), y2: at(1), stroke: "var(--line)", "stroke-width": 2,
    "vector-effect": "non-scaling-stroke" }));
  rows.forEach((row, index) => {
    const points = row.map((sum, bucket) => sum.lane ? `${(bucket + 0.5) * step},${at(speedUp(sum))}` : "").filter(Boolean);
    svg.append(drawing("polyline", { class: `speed lane-${index % 4}`, points: points.join(" "), fill: "none",
      "stroke-width": 2, "vector-effect": "non-scaling-stroke" }));
  });
  return element("section", { id: "speed" }, title, svg,
    element("div", { class: "axis" }, element("span", {}, number(heights[0])), element("span", {}, number(heights[heights.length - 1]))),
    element("p", { class: "soft small" }, `The line across is 1, the control's own speed; the top is ${top.toFixed(2)}. Measured while control and lanes shared the machine, of which a candidate in its own process also pays for the way there: benchmarks tell more.`),
    speedTable());
}

function groupVisible(group) {
  const finding = report.findings[group.kept[0]];
  const words = [group.title, group.class, group.lane, group.fingerprint, group.stage, finding ? finding.sentence : "", finding ? finding.cause : "",
    ...group.kept.map((at) => String(report.findings[at].topoheight))].join(" ").toLowerCase();
  return words.includes(filter.text) && (!filter.lane || group.lane === filter.lane) &&
    (!filter.kind || group.class === filter.kind);
}
function groupCard(group) {
  const finding = report.findings[group.kept[0]];
  return element("a", { class: `group ${toneOf(group)}`, href: finding ? `#${finding.id}` : null },
    element("div", { class: "chips" }, chip(group.class.replace(/_/g, " "), toneOf(group)), chip(group.lane),
      finding ? chip(`to blame: ${finding.blame}`, "") : "",
      finding && finding.repeats !== "not tried" ? chip(finding.repeats, "") : "",
      group.stage ? chip(group.stage, group.stage === "known" ? "" : "mismatch") : ""),
    element("div", { class: "title" }, group.title || "a group of which no finding was kept"),
    finding ? element("p", {}, finding.observed) : "",
    finding && finding.shared ? element("p", {}, element("b", {}, "In common: "), finding.shared) : "",
    finding && finding.likely ? element("p", {}, element("b", {}, "Likely cause: "), finding.likely) : "",
    finding && finding.impact ? element("p", {}, element("b", {}, "Impact: "), finding.impact) : "",
    finding ? element("p", { class: "small soft" }, finding.sentence) : "",
    element("p", { class: "soft small" }, `${plural(group.findings, "finding")} in ${group.blocks === 1 ? `block ${number(group.first)}` : `${number(group.blocks)} blocks, the first ${number(group.first)}, the last ${number(group.last)}`} `,
      element("code", {}, group.fingerprint.slice(0, 8)), finding ? element("span", { class: "open" }, "open details \u2192") : ""));
}
function select(id, label, name, values) {
  return element("select", { id, "aria-label": label, on: { change: (event) => { filter[name] = event.target.value; drawGroups(); } } },
    element("option", { value: "" }, label),
    [...new Set(values)].sort().map((value) => element("option", { value, selected: filter[name] === value }, value.replace(/_/g, " "))));
}
function drawGroups() {
  const list = document.getElementById("group-list");
  if (!list) return;
  const visible = report.groups.filter(groupVisible);
  document.getElementById("group-count").textContent = `${visible.length} of ${report.groups.length}`;
  list.replaceChildren(...(visible.length ? visible.slice(0, 200).map(groupCard)
    : [element("div", { class: "empty" }, report.groups.length ? "No finding fits the search." : "No finding: every lane that was compared agrees.")]));
}
function groups() {
  return element("section", { id: "findings" },
    element("div", { class: "bar" }, element("h2", {}, "Findings by cause"), element("span", { class: "soft small", id: "group-count" }),
      element("span", { class: "grow" }),
      select("filter-lane", "all lanes", "lane", report.groups.map((group) => group.lane)),
      select("filter-class", "all classes", "kind", report.groups.map((group) => group.class))),
    element("div", { id: "group-list" }));
}
function table(headings, rows) {
  return element("div", { class: "scroll" }, element("table", {},
    element("thead", {}, element("tr", {}, headings.map((heading) => element("th", { class: heading[1] || null }, heading[0])))),
    element("tbody", {}, rows)));
}
function cells(values, classes) {
  return element("tr", {}, values.map((value, index) => element("td", { class: (classes || [])[index] || null }, value)));
}
function lanes() {
  const sections = ["block_status", "results", "orphans", "totals", "state", "invariants", "serializability", "recorded"];
  return element("section", {}, element("div", { class: "bar" }, element("h2", {}, "Lanes")),
    table([["executor"], ["match", "number"], ["mismatch", "number"], ["inconclusive", "number"], ["compared in every block"], ["not in every block"]],
      report.lanes.map((lane) => {
        const total = lane.match + lane.mismatch + lane.inconclusive;
        const full = sections.filter((section) => lane.compared[section] === total);
        const rest = sections.filter((section) => lane.compared[section] !== total)
          .map((section) => `${section} (${number(lane.compared[section] || 0)})`);
        return cells([element("b", {}, lane.executor), number(lane.match), number(lane.mismatch), number(lane.inconclusive),
          full.join(", "), rest.join(", ")], ["", "number", "number", "number", "small", "small soft"]);
      })));
}
// ---- Coverage ----

const coverage = Object.entries(report.coverage).map(([name, [pairs, match, other, findings]]) => {
  const [, first, second, family, hazard] = /^(\w+)>(\w+) (\w+) (\w+)$/.exec(name);
  return { first, second, family, hazard, pairs, match, other, found: findings };
});
const cover = { family: "", hazard: "" };
const spaced = (word) => word.replace(/_/g, " ");
function coverSelect(name, label, values) {
  return element("select", { id: `cover-${name}`, "aria-label": label, on: { change: (event) => { cover[name] = event.target.value; drawCoverage(); } } },
    element("option", { value: "" }, label),
    [...new Set(values)].sort().map((value) => element("option", { value, selected: cover[name] === value }, spaced(value))));
}
function coverCell(cells) {
  if (!cells.length) return element("td", { class: "none", title: "cannot meet so" });
  const sum = (name) => cells.reduce((total, cell) => total + cell[name], 0);
  const tried = cells.filter((cell) => cell.pairs > 0).length;
  const title = cells.map((cell) => `${spaced(cell.family)}, ${spaced(cell.hazard)}: ${cell.pairs ? `${plural(cell.pairs, "pair")}, ${plural(cell.match + cell.other, "block")}` : "never tried"}${cell.found ? `, ${plural(cell.found, "finding")}` : ""}`).join("\n");
  const tone = sum("found") ? "mismatch" : tried === cells.length ? "match" : tried ? "partly" : "never";
  return element("td", { class: tone, title }, sum("found") ? element("b", {}, plural(sum("found"), "finding")) : "",
    element("span", {}, tried ? number(sum("pairs")) : "never"), cells.length > 1 ? element("small", {}, `${tried} of ${cells.length}`) : "");
}
function neverTried(cells) {
  const rows = new Map();
  for (const cell of cells) {
    const key = `${spaced(cell.family)}, ${spaced(cell.hazard)}: ${spaced(cell.first)} and then`;
    if (!rows.has(key)) rows.set(key, { possible: 0, never: [] });
    rows.get(key).possible++;
    if (cell.pairs === 0) rows.get(key).never.push(spaced(cell.second));
  }
  return element("ul", { class: "small" }, [...rows].filter(([, row]) => row.never.length).map(([key, row]) =>
    element("li", {}, `${key} ${row.possible > 1 && row.never.length === row.possible ? "any type" : row.never.join(", ")}`)));
}
/** The same pairs that the tile counts: two credits to one row do not depend on each other. */
function conflictPairs() {
  return blocks.conflicts.reduce((sum, value) => sum + value, 0);
}
function drawCoverage() {
  const body = document.getElementById("coverage-map");
  if (!body) return;
  const shown = coverage.filter((cell) => (!cover.family || cell.family === cover.family) && (!cover.hazard || cell.hazard === cover.hazard));
  const types = [...new Set(coverage.flatMap((cell) => [cell.first, cell.second]))].sort();
  const tried = shown.filter((cell) => cell.pairs > 0).length;
  const found = shown.filter((cell) => cell.found > 0).length;
  document.getElementById("coverage-count").textContent = `${number(tried)} of ${number(shown.length)} kinds of conflict tried${found ? `, findings begin in ${number(found)} of them` : report.groups.length ? ", no finding begins in one" : ""}; dependent pairs: ${number(conflictPairs())}`;
  body.replaceChildren(
    element("div", { class: "scroll" }, element("table", { class: "map" },
      element("thead", {}, element("tr", {}, element("th", {}, "first \\ then"), types.map((type) => element("th", {}, element("span", {}, spaced(type)))))),
      element("tbody", {}, types.map((first) => element("tr", {}, element("th", {}, spaced(first)),
        types.map((second) => coverCell(shown.filter((cell) => cell.first === first && cell.second === second)))))))),
    element("details", {}, element("summary", {}, `Never tried: ${number(shown.length - tried)}`), neverTried(shown)));
}
function coverageMap() {
  return element("section", { id: "coverage" }, element("details", {},
    element("summary", {}, element("h2", {}, "What the blocks put to the test"), element("span", { class: "soft small", id: "coverage-count" })),
    element("div", { class: "bar" }, element("span", { class: "grow" }),
      coverSelect("family", "all kinds of row", coverage.map((cell) => cell.family)),
      coverSelect("hazard", "all hazards", coverage.map((cell) => cell.hazard))),
    element("p", { class: "soft small" }, "Pairs of transactions that met on a row, by their types: the row of the table is the earlier one. What never met proves nothing."),
    element("div", { id: "coverage-map" }), conflicts()));
}
function conflicts() {
  if (!report.conflicts.length) return "";
  return element("div", {}, element("details", {},
    element("summary", {}, "Blocks for each hazard and kind of row"),
    table([["hazard"], ["kind of row"], ["pairs", "number"], ["blocks that match", "number"], ["other blocks", "number"]],
      report.conflicts.map((item) => cells([item.hazard.replace(/_/g, " "), item.family.replace(/_/g, " "), number(item.pairs),
        number(item.match_blocks), number(item.other_blocks)], ["", "", "number", "number", "number"])))));
}
function visibleBlocks() {
  const wanted = /^\d+$/.test(filter.text) ? filter.text : "";
  const list = [];
  for (let at = 0; at < heights.length; at++) {
    if (filter.verdict && blocks.verdicts[at] !== filter.verdict) continue;
    if (filter.first !== null && (heights[at] < filter.first || heights[at] > filter.last)) continue;
    if (wanted && !String(heights[at]).includes(wanted)) continue;
    list.push(at);
  }
  return list;
}
/** What tells the findings of one block apart: class, transaction, or the part that differs. */
function linkText(finding) {
  const at = /transaction \d+/.exec(finding.sentence);
  const lane = report.lanes.length > 1 ? `${finding.lane}: ` : "";
  return `${lane}${spaced(finding.class)}, ${at ? at[0] : finding.first.field || finding.first.subject}`;
}
function blockRow(at) {
  const found = findingsAt.get(heights[at]) || [];
  const word = kWords[blocks.verdicts[at]];
  const links = found.map((finding, index) => [index ? ", " : "", element("a", { href: `#${finding.id}`, title: finding.title }, linkText(finding))]).flat();
  const more = (blocks.findings[at] || 0) - found.length;
  if (more > 0) links.push(`${links.length ? ", " : ""}${more} counted in its group`);
  if (!links.length) links.push((blocks.reasons[at] || "").replace(/_/g, " "));
  return cells([number(heights[at]), chip(word, word), number(blocks.transactions[at]), number(blocks.failed[at]),
    number(blocks.keys[at]), number(blocks.conflicts[at]), element("span", {}, links)],
    ["number", "", "number", "number", "number wide", "number wide", "small"]);
}
function drawBlocks() {
  const body = document.getElementById("block-rows");
  if (!body) return;
  const list = visibleBlocks();
  const pages = Math.max(1, Math.ceil(list.length / kPage));
  filter.page = Math.min(filter.page, pages - 1);
  const shown = list.slice(filter.page * kPage, (filter.page + 1) * kPage);
  body.replaceChildren(...shown.map(blockRow));
  document.getElementById("block-count").textContent = `${number(list.length)} of ${number(heights.length)}` +
    (filter.first === null ? "" : `, ${number(filter.first)} to ${number(filter.last)}`);
  document.getElementById("page").textContent = `page ${filter.page + 1} of ${number(pages)}`;
  document.getElementById("previous").disabled = filter.page === 0;
  document.getElementById("next").disabled = filter.page === pages - 1;
  document.getElementById("whole").hidden = filter.first === null;
  for (const button of document.querySelectorAll("#blocks button[data-verdict]")) {
    button.setAttribute("aria-pressed", String(button.dataset.verdict === filter.verdict));
  }
}
function turn(by) {
  filter.page += by;
  drawBlocks();
}
function blockTable() {
  const kinds = [["", "all"], ["x", "mismatch"], ["i", "inconclusive"], ["m", "match"]];
  return element("section", { id: "blocks" },
    element("div", { class: "bar" }, element("h2", {}, "Blocks"), element("span", { class: "soft small", id: "block-count" }),
      element("span", { class: "grow" }),
      element("button", { id: "whole", hidden: true, on: { click: () => { filter.first = filter.last = null; drawBlocks(); } } }, "whole range"),
      kinds.map(([value, word]) => element("button", { "data-verdict": value, on: { click: () => { filter.verdict = value; filter.page = 0; drawBlocks(); } } }, word))),
    element("div", { class: "scroll" }, element("table", {},
      element("thead", {}, element("tr", {}, [["block", "number"], ["verdict", ""], ["transactions", "number"], ["failed", "number"],
        ["rows written", "number wide"], ["dependent pairs", "number wide"], ["findings, or why not compared", ""]].map(([word, kind]) => element("th", { class: kind }, word)))),
      element("tbody", { id: "block-rows" }))),
    element("div", { class: "pager" }, element("button", { id: "previous", on: { click: () => turn(-1) } }, "previous"),
      element("span", { id: "page" }), element("button", { id: "next", on: { click: () => turn(1) } }, "next")));
}
function glossary() {
  const words = [
    ["control", "the sequential executor; its result is what the state advances by"],
    ["candidate", "an executor under test"],
    ["lane", "one executor at work on the blocks of this run"],
    ["row", "one entry of the state, such as the balance of an account in an asset"],
    ["law", "what holds of any right outcome, whatever the rules: sums of the block, conservation of value"],
    ["orphan", "a transaction of the block that did not take effect, because it failed"],
    ["recorded", "what the node wrote down when it executed the block"],
    ["stale read", "a read that saw an older value than block order demands"],
    ["lost update", "a write or an addition that the result does not have"],
    ["fingerprint", "a number for what is alike in findings; its first half is the cause, and makes the group"],
  ];
  return element("section", { id: "glossary" }, element("details", {}, element("summary", {}, "Words used here"),
    element("dl", {}, words.map(([term, text]) => [element("dt", {}, term), element("dd", {}, text)]).flat())));
}
function overview() {
  document.title = `Parallax: ${report.verdict}`;
  return [verdictCard(), tiles(), groups(), chart(), blockTable(), lanes(), speedChart(), coverageMap(), glossary()];
}

// ---- One finding ----

function sides(step, lane, side) {
  const actions = step[lane];
  return element("div", { class: `side ${side}` }, actions.length
    ? actions.map((action, index) => element("div", { class: `event ${step.deciding && index === actions.length - 1 ? "deciding" : ""}` }, shown(action)))
    : element("div", { class: "event none" }, step.transaction === "..." ? "..." : "did not touch it"));
}
function timeline(finding) {
  if (!finding.steps.length) return "";
  const rows = finding.steps.map((step) => element("div", { class: "step" },
    sides(step, "control", "left"),
    element("div", { class: `spine ${step.deciding ? "deciding" : ""}` }, element("span", {}, step.transaction)),
    sides(step, "candidate", "right")));
  return element("section", { id: "timeline" },
    element("div", { class: "bar" }, element("h2", {}, "What the two lanes did"), element("span", { class: "soft small" }, `to ${finding.steps_row}, in block order`)),
    element("div", { class: "step" },
      element("div", { class: "side left head" }, "CONTROL"), element("div", { class: "spine" }), element("div", { class: "side right head" }, finding.lane.toUpperCase())),
    rows,
    finding.deciding_order ? element("div", { class: "callout" }, element("b", {}, "The order that decides. "), finding.deciding_order) : "");
}
/** Long hex without its middle: what differs is often behind it. The whole is the tooltip. */
function shown(text) {
  const short = text.replace(/[0-9a-f]{32,}/g, (hex) => `${hex.slice(0, 8)}..${hex.slice(-4)}`);
  return short === text ? text : element("span", { title: text }, short);
}
function differenceRow(row, root, recorded) {
  const writers = row.control_writers === row.candidate_writers ? row.control_writers
    : `${row.control_writers || "nobody"} / ${row.candidate_writers || "nobody"}`;
  return element("tr", { class: root ? "root" : null },
    element("td", {}, root ? element("b", {}, row.subject) : row.subject, element("span", { class: "field" }, row.field)),
    element("td", { class: "value", "data-label": "before the block" }, shown(row.pre_state)),
    element("td", { class: "value", "data-label": "control" }, shown(row.control)),
    element("td", { class: "value differs", "data-label": "candidate" }, shown(row.candidate)),
    recorded ? element("td", { class: "value", "data-label": "recorded" }, shown(row.recorded)) : "",
    element("td", { class: "number value", "data-label": "delta" }, row.delta),
    element("td", { class: "small", "data-label": "written by (control / candidate)" }, writers));
}
function differences(finding) {
  const rows = [finding.first, ...finding.follows.flatMap((fold) => fold.rows)];
  // A column of blanks says nothing that "not compared" does not say better.
  const recorded = rows.some((row) => row.recorded);
  const columns = [["what"], ["before the block"], ["control"], ["candidate"], ...(recorded ? [["recorded"]] : []),
    ["delta", "number"], ["written by (control / candidate)"]];
  return element("section", { id: "differences" },
    element("div", { class: "bar" }, element("h2", {}, "Differences"), element("span", { class: "soft small" }, "the first one, and what follows from it")),
    table(columns, [differenceRow(finding.first, true, recorded)]),
    finding.follows.map((fold, index) => element("details", { open: index === 0 },
      element("summary", {}, `${fold.title} (${fold.rows.length})`), table(columns, fold.rows.map((row) => differenceRow(row, false, recorded))))),
    finding.not_kept ? element("p", { class: "soft small" }, `${plural(finding.not_kept, "more difference")} of this block: run it again to see them.`) : "");
}
/** A link only to what a run writes: the name comes from a file. */
function bundleLink(file) {
  const name = element("code", {}, file);
  return /^bundles\/[\w.-]+\.pxb$/.test(file) ? element("a", { href: file }, name) : name;
}
function reproduce(finding) {
  const button = element("button", { id: "copy", on: { click: () => {
    const copied = () => { button.textContent = "copied"; };
    if (navigator.clipboard && navigator.clipboard.writeText) {
      navigator.clipboard.writeText(finding.command).then(copied, () => { button.textContent = "select and copy"; });
    } else {
      button.textContent = "select and copy";
    }
  } } }, "copy");
  return element("section", {}, element("div", { class: "bar" }, element("h2", {}, "Run it again")),
    element("div", { class: "copy" }, element("pre", {}, finding.command), button),
    element("p", { class: "soft small", style: "margin-top:8px" }, `It should end with ${finding.expected}. ${finding.reproducibility}`),
    finding.how_to_meet ? element("p", { class: "small" }, finding.how_to_meet.split("`").map((part, at) => at % 2 ? element("code", {}, part) : part)) : "",
    finding.bundle ? element("p", { class: "soft small" }, "One block, with all that it needs, is in the run's folder: ", bundleLink(finding.bundle),
      `. ${finding.bundle_note} parallax reproduce runs it anywhere, parallax shrink makes it smaller.`) : "");
}
function scope(finding) {
  return element("section", { class: "columns" },
    element("div", {}, element("h3", {}, "Compared in this block"), element("ul", { class: "small" }, finding.compared.length
      ? finding.compared.map((name) => element("li", {}, name.replace(/_/g, " "))) : element("li", {}, "nothing"))),
    element("div", {}, element("h3", {}, "Not compared"), element("ul", { class: "small" }, finding.not_compared.length
      ? finding.not_compared.map((name) => element("li", {}, name.replace(/_/g, " "))) : element("li", {}, "nothing was left out"))));
}
function names(finding) {
  const any = finding.transactions.length || finding.accounts.length;
  return element("section", { id: "names" }, any ? element("div", { class: "bar" }, element("h2", {}, "Names")) : "",
    finding.transactions.length ? table([["transaction"], ["type"], ["hash"], ["sender"]], finding.transactions.map((item) => {
      const account = finding.accounts.find((one) => one.key === item.source);
      return cells([String(item.index), item.type.replace(/_/g, " "), element("code", {}, item.hash), account ? account.name : item.source], ["", "", "", "mono"]);
    })) : "",
    finding.accounts.length ? element("details", {}, element("summary", {}, plural(finding.accounts.length, "account")),
      table([["here"], ["address"], ["key"]], finding.accounts.map((item) => cells([item.name, element("code", {}, item.address), element("code", {}, item.key)], ["mono"])))) : "",
    element("details", {}, element("summary", {}, "Provenance"),
      element("dl", {}, [["block", `${finding.topoheight}, ${finding.block}`], ["ledger line", String(finding.line)], ["fingerprint", finding.fingerprint],
        ["ledger head", report.head]].map(([term, text]) => [element("dt", {}, term), element("dd", { class: "mono" }, text)]).flat())));
}
function others(finding) {
  const group = report.groups.find((item) => item.fingerprint.slice(0, 32) === finding.fingerprint.slice(0, 32));
  const rest = group ? group.kept.map((at) => report.findings[at]).filter((item) => item.id !== finding.id) : [];
  if (!rest.length) return "";
  return element("p", { class: "small" }, "The same cause in block ", rest.map((item, index) => [index ? ", " : "", element("a", { href: `#${item.id}` }, number(item.topoheight)),
    item.class === finding.class ? "" : ` (${item.class.replace(/_/g, " ")})`]).flat(), ".");
}
function findingPage(finding) {
  document.title = `Parallax: ${finding.title}`;
  return [
    element("p", { class: "small" }, element("a", { href: "#" }, "All findings")),
    element("section", { class: `verdict ${toneOf(finding)}`, id: "finding" },
      element("div", { class: "chips" }, chip(finding.class.replace(/_/g, " "), toneOf(finding)), chip(`lane ${finding.lane}`), chip(`block ${number(finding.topoheight)}`),
        chip(`to blame: ${finding.blame}`), finding.repeats !== "not tried" ? chip(finding.repeats) : ""),
      element("h1", {}, finding.observed),
      finding.likely ? element("p", { id: "likely" }, element("b", {}, "Likely cause: "), finding.likely) : "",
      finding.impact ? element("p", { id: "impact" }, element("b", {}, "Impact: "), finding.impact) : "",
      finding.shared ? element("p", {}, finding.shared) : "",
      element("p", { class: "where" }, finding.sentence),
      finding.evidence.length ? element("ul", { class: "small" }, finding.evidence.map((sentence) => element("li", {}, sentence))) : "",
      others(finding)),
    timeline(finding), differences(finding), reproduce(finding), scope(finding), names(finding),
  ];
}

// ---- The page ----

function draw() {
  const id = decodeURIComponent(location.hash.slice(1));
  const finding = report.findings.find((item) => item.id === id);
  document.querySelector("main").replaceChildren(...(finding ? findingPage(finding) : overview()).filter((node) => node !== ""));
  if (!finding) {
    drawGroups();
    drawCoverage();
    drawBlocks();
  }
  window.scrollTo(0, 0);
}
function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  const button = document.getElementById("theme");
  button.textContent = theme === "dark" ? "light" : "dark";
  button.setAttribute("aria-label", `switch to the ${button.textContent} theme`);
}
function environment() {
  const run = report.run;
  if (!run) return;
  const e = run.environment;
  document.querySelector("footer").append(
    `${e.program}, built by ${e.compiler}. Run on ${e.host} (${e.system}, ${plural(e.cores, "core")}), started ${e.started}, ${(e.elapsed_ms / 1000).toFixed(1)} s. `,
    element("code", {}, e.command));
}

document.getElementById("theme").addEventListener("click", () =>
  setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
document.getElementById("search").addEventListener("input", (event) => {
  filter.text = event.target.value.trim().toLowerCase();
  filter.page = 0;
  if (location.hash.length > 1) location.hash = "";
  drawGroups();
  drawBlocks();
});
window.addEventListener("hashchange", draw);
setTheme(window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
environment();
draw();

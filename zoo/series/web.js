/* Numeric series on pages: what is typed as numbers, and numbers as lines of a drawing. */
import {drawn} from "./parts.js";

const MOST = 100000;

/** Return a text as rows of numbers: a line a step, with commas, semicolons, tabs or spaces between. */
export function numbers(text, channels) {
  const lines = text.replace(/[[\]]/g, " ").split(/\r\n?|\n/).map(line => line.split(/[\s,;]+/).filter(cell => cell));
  let rows = lines.map((cells, at) => ({cells, line: at + 1})).filter(({cells}) => cells.length);
  // A line without any number is a header.
  if (rows.length > 1 && rows[0].cells.every(cell => Number.isNaN(Number(cell)))) rows = rows.slice(1);
  if (channels === 1 && rows.length === 1) rows = rows[0].cells.map(cell => ({cells: [cell], line: rows[0].line}));
  if (!rows.length) throw new Error(`Expected a step a line, of ${many(channels, "number")}. Received: nothing`);
  if (rows.length > MOST) throw new Error(`Expected at most ${MOST.toLocaleString("en")} steps. Received: ${rows.length.toLocaleString("en")}`);
  return rows.map(({cells, line}) => {
    if (cells.length !== channels)
      throw new Error(`Expected ${many(channels, "number")} a line. Received: ${cells.length} on line ${line}`);
    return cells.map(cell => {
      const number = Number(cell);
      if (!Number.isFinite(number)) throw new Error(`Expected numbers, such as 0.25. Received: ${cell.slice(0, 40)} on line ${line}`);
      return number;
    });
  });
}
export const many = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
export const text = rows => rows.map(row => row.join(", ")).join("\n");

/** Return rows of numbers as float32, one after another. */
export const flat = rows => Float32Array.from(rows.flat());

const digits = value => {
  const size = Math.abs(value);
  return size && (size >= 1e5 || size < 1e-3) ? value.toExponential(1) : String(Number(value.toPrecision(3)));
};
const colour = channel => `hsl(${(212 + 137.5 * channel) % 360} 65% 52%)`;

/**
 * Return a drawing of a series, a panel a channel where they are few.
 *
 * `given` are steps that were given, of which the last are drawn; `found` are those that the model
 * adds, dashed at their beginning by a line; `truth` is what really followed, dotted.
 */
export function chart({given, found = [], truth = [], most = 300}) {
  const left = 52, right = 8, width = 1000, channels = given[0].length, apart = channels <= 4;
  const first = Math.max(0, given.length - most), before = given.slice(first);
  const steps = before.length + Math.max(found.length, truth.length);
  const panels = apart ? Array.from({length: channels}, (_, at) => [at]) : [Array.from({length: channels}, (_, at) => at)];
  const tall = apart && channels > 1 ? 130 : 260, foot = 20, height = panels.length * tall + foot;
  const svg = drawn("svg", {viewBox: `0 0 ${width} ${height}`, role: "img"});
  const x = at => left + (width - left - right) * at / Math.max(1, steps - 1);
  panels.forEach((shown, panel) => {
    const top = panel * tall + 8, low = top + tall - 16;
    const values = shown.flatMap(at => [...before, ...found, ...truth].map(row => row[at])).filter(Number.isFinite);
    const least = values.reduce((a, b) => Math.min(a, b), Infinity), largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
    const y = value => low - (low - top) * (value - least) / (largest - least || 1);
    svg.append(drawn("line", {class: "axis", x1: left, x2: width - right, y1: low, y2: low}));
    svg.append(drawn("line", {class: "axis", x1: left, x2: left, y1: top, y2: low}));
    svg.append(drawn("text", {x: left - 6, y: top + 8, "text-anchor": "end"}, digits(largest)));
    svg.append(drawn("text", {x: left - 6, y: low, "text-anchor": "end"}, digits(least)));
    const line = (rows, offset, channel) => rows.map((row, at) => [at + offset, row[channel]])
      .filter(([, value]) => Number.isFinite(value)).map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    for (const channel of shown) {
      svg.append(drawn("polyline", {points: line(before, 0, channel), stroke: colour(channel), opacity: found.length ? 0.5 : 1}));
      if (found.length)
        svg.append(drawn("polyline", {points: line([before.at(-1), ...found], before.length - 1, channel), stroke: colour(channel)}));
      if (truth.length)
        svg.append(drawn("polyline", {class: "truth", points: line(truth, before.length, channel)}));
    }
    if (found.length)
      svg.append(drawn("line", {class: "grid", x1: x(before.length - 1), x2: x(before.length - 1), y1: top, y2: low}));
  });
  const label = (at, anchor) => svg.append(drawn("text", {x: x(at), y: height - 5, "text-anchor": anchor}, `step ${first + at + 1}`));
  label(0, "start");
  if (found.length && before.length > steps / 6 && found.length > steps / 8) label(before.length - 1, "middle");
  label(steps - 1, "end");
  svg.setAttribute("aria-label", `A drawing of ${many(given.length, "step")} given`
    + (found.length ? ` and ${many(found.length, "step")} forecast, the last ${found.at(-1).map(digits).join(", ")}` : "")
    + `, of ${many(channels, "channel")}`);
  return svg;
}

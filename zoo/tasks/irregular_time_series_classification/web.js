/* A classifier of irregular series on a page. */
import {bars, best, ranked} from "./classes.js";

const MOST = 100000;

/** Return what stands on lines `time, name, value` as a series; without a time it does not change. */
function read(typed, {variables, statics}) {
  const lines = typed.split(/\r\n?|\n/).map((line, at) => ({cells: line.split(/[,;\t]/).map(cell => cell.trim()), at: at + 1}))
    .filter(({cells}) => cells.some(cell => cell));
  if (lines.length > MOST) throw new Error(`Expected at most ${MOST.toLocaleString("en")} lines. Received: ${lines.length.toLocaleString("en")}`);
  const found = new Map(), fixed = new Float32Array(statics.length).fill(NaN);
  for (const {cells, at} of lines) {
    if (at === 1 && cells.join() === "time,name,value") continue;
    const [time, name, value] = cells, places = time ? variables : statics;
    const number = Number(value), moment = Number(time), place = places.indexOf(name);
    if (cells.length !== 3 || !value || !Number.isFinite(number) || !Number.isFinite(moment))
      throw new Error(`Expected a time, a name and a value, such as 0.5, ${variables[0]}, 80. Received: ${cells.join(", ").slice(0, 60)} on line ${at}`);
    if (place < 0) throw new Error(`Expected ${time ? "a variable" : "a static feature"} out of ${places.join(", ").slice(0, 300)}. Received: ${String(name).slice(0, 40)} on line ${at}`);
    if (!time) { fixed[place] = number; continue; }
    if (!found.has(moment)) found.set(moment, new Map());
    const own = found.get(moment);
    own.set(place, [...(own.get(place) || []), number]);
  }
  const times = [...found.keys()].sort((one, other) => one - other), steps = Math.max(1, times.length);
  const values = new Float32Array(steps * variables.length).fill(NaN);
  times.forEach((time, step) => found.get(time).forEach((several, place) => {
    values[step * variables.length + place] = several.reduce((sum, one) => sum + one, 0) / several.length;
  }));
  const since = new Float32Array(steps);
  times.forEach((time, step) => { since[step] = time - times[0]; });
  return {since, values, fixed, steps, length: times.length};
}

export function start(page) {
  const {settings, labels} = page, {variables, statics} = settings;

  async function answer(typed, alive) {
    const began = performance.now(), series = read(typed, settings);
    const inputs = {
      times: ["float32", series.since, [1, series.steps]],
      values: ["float32", series.values, [1, series.steps, variables.length]],
      lengths: ["int32", Int32Array.of(series.length), [1]],
    };
    if (statics.length) inputs.static = ["float32", series.fixed, [1, statics.length]];
    const found = await page.ask("model", inputs);
    if (!alive()) return;
    const probabilities = [...found.probabilities.data], classes = ranked(labels, probabilities);
    page.shows(bars(classes), best(classes), {steps: series.length, probabilities});
    page.warns(series.length ? [] : ["Nothing was measured: the answer is that for a series of which nothing else is known."]);
    page.times(`${series.length} ${series.length === 1 ? "time" : "times"} in ${(performance.now() - began).toFixed(1)} ms`);
  }

  page.asks({
    noun: "Series",
    hint: `A measurement a line: time, name, value. Lines without a time say what does not change. It knows ${settings.described}.`,
    examples: settings.examples.map(({name, rows}) => ({name, text: rows.map(([time, what, value]) => `${time ?? ""}, ${what}, ${value}`).join("\n")})),
    answer,
    numbers: true,
  });
}

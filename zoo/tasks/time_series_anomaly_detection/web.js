/* A detector of anomalies on a page: what the package's modules `scaling` and `surprise` do, with the graph between. */
import {chart, many, numbers, text} from "./series.js";

const SHARE = 1e-3, LEAST = 1e-9, BEGIN = 30, MOST = 1e6, RISE = 0.03, SMALLEST = 1e-300, FAR = 37;
const deviation = ([mean, variance]) => Math.sqrt(variance) + SHARE * Math.abs(mean) + LEAST;

/** Return the scaling after every row, and what the network reads of each. */
function read(values, rows) {
  let [mean, variance, square, last] = [values[0], 0, 0, values[0]];
  const scalings = [], inputs = new Float32Array(2 * values.length);
  values.forEach((value, row) => {
    const share = Math.max(1 / (row + 1), 1 / rows), away = value - mean, step = value - last;
    mean += share * away;
    variance = (1 - share) * (variance + share * away * away);
    square = (1 - share) * square + share * step * step;
    last = value;
    const after = [mean, variance, square, last], width = deviation(after);
    scalings.push(after);
    inputs[2 * row] = Math.asinh((value - mean) / width);
    inputs[2 * row + 1] = Math.asinh(step / (Math.sqrt(square) + SHARE * width));
  });
  return {scalings, inputs};
}

function mixture(outputs, place) {
  const count = outputs.length / 3, top = Math.max(...outputs.slice(0, count));
  const shares = outputs.slice(0, count).map(logit => Math.exp(logit - top)), total = shares.reduce((a, b) => a + b);
  return shares.map((share, at) => [
    share / total, place + 0.3 * outputs[count + at], Math.exp(Math.min(Math.max(outputs[2 * count + at], -4.5), 3)),
  ]);
}

/** Return the complementary error function, by its continued fraction and series (Abramowitz & Stegun 7.1.5, 7.1.14). */
function erfc(x) {
  if (x < 0) return 2 - erfc(-x);
  if (x < 2) {
    let sum = x, term = x;
    for (let n = 1; n < 60; n++) { term *= -x * x / n; sum += term / (2 * n + 1); }
    return 1 - 2 / Math.sqrt(Math.PI) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

function surprise(forecast, target) {
  let above = 0, below = 0, nearest = Infinity;
  for (const [weight, place, width] of forecast) {
    const z = (target - place) / width;
    nearest = Math.min(nearest, Math.abs(z));
    above += weight * erfc(z / Math.SQRT2);
    below += weight * erfc(-z / Math.SQRT2);
  }
  const tail = Math.min(above, below), size = tail > SMALLEST ? Math.sqrt(Math.max(0, -2 * Math.log(tail))) : Math.max(nearest, FAR);
  return above < below ? size : -size;
}

const average = (before, value, row, steps) => before + Math.max(1 / row, 1 / steps) * (value - before);
function powerMean(before, value, share, power) {
  const top = Math.max(before, value);
  return top ? top * ((1 - share) * (before / top) ** power + share * (value / top) ** power) ** (1 / power) : 0;
}

/** Return the score of every row, of its values, their scalings, and the forecast after each. */
function scores(values, scalings, forecasts, head) {
  const forget = 1 - 0.5 ** (1 / head.memory), largest = new Array(8).fill(0), founds = [];
  let error = 0, surprised = 0, level = values[0], slow = values[0];
  return values.map((x, row) => {
    let found = 0;
    if (row) {
      const scaling = scalings[row - 1], width = deviation(scaling), usual = head.floor * width;
      const forecast = mixture(forecasts[row - 1], Math.asinh((scaling[3] - scaling[0]) / width));
      const expected = forecast.reduce((sum, [weight, place]) => sum + weight * place, 0);
      error = average(error, x - scaling[0] - width * Math.sinh(expected), row, head.error_steps);
      surprised = average(surprised, surprise(forecast, Math.asinh((x - scaling[0]) / width)), row, head.surprise_steps);
      level = average(level, x, row + 1, head.level_steps);
      slow = average(slow, x, row + 1, 10 * head.level_steps);
      const share = Math.max(1 / row, forget);
      [[error, usual], [surprised, head.floor], [level - slow, usual], [x - scaling[0], usual]].forEach(([value, least], at) => {
        const place = 2 * at + (value < 0 ? 1 : 0), other = 2 * at + (value < 0 ? 0 : 1), size = Math.abs(value);
        found = Math.max(found, head.weights[at] * size / (largest[place] + least));
        largest[place] = powerMean(largest[place], size, share, head.power);
        largest[other] *= (1 - share) ** (1 / head.power);
      });
      found = row < BEGIN ? 0 : Math.min(found, MOST);
    }
    const recent = Math.max(0, ...founds.slice(-head.hold));
    founds.push(found);
    if (found <= recent || !found) return 0;
    const counted = recent ? found * Math.min(1, (found / recent - 1) / RISE) : found;
    return counted / (1 + counted);
  });
}

export function start(page) {
  const {settings} = page;

  async function answer(typed, alive) {
    const began = performance.now(), series = numbers(typed, 1), values = series.map(([value]) => value);
    const {scalings, inputs} = read(values, settings.scaling_rows);
    const found = await page.ask("model", {
      series: ["float32", inputs, [1, values.length, 2]],
      lengths: ["int32", Int32Array.of(values.length), [1]],
    });
    if (!alive()) return;
    const outputs = found.forecasts.dims[2], flat = [...found.forecasts.data];
    const forecasts = values.map((_, row) => flat.slice(row * outputs, (row + 1) * outputs));
    const scored = scores(values, scalings, forecasts, settings);
    const alarms = scored.flatMap((score, row) => score >= settings.threshold ? [row] : []);
    const highest = scored.reduce((best, score, row) => score > scored[best] ? row : best, 0);
    const said = alarms.length
      ? `${many(alarms.length, "alarm")}: ${alarms.slice(0, 20).map(row => `row ${row}`).join(", ")}${alarms.length > 20 ? " and more" : ""}`
      : `No alarm. The most unusual row is ${highest}, with a score of ${scored[highest].toFixed(3)}`;
    page.shows(chart({given: scored.map(score => [score]), most: 4000}), said, {steps: values.length, scores: scored, alarms});
    page.warns([]);
    page.times(`${many(values.length, "row")} in ${(performance.now() - began).toFixed(1)} ms`);
    page.explains("The series", `${many(values.length, "row")}, in its own units. The drawing above is of the scores; from ${settings.threshold} on a row is an alarm.`,
      chart({given: series, most: 4000}));
  }

  page.asks({
    noun: "Series",
    hint: "A value a line. Paste a column of a table, or change a number.",
    examples: settings.examples.map(({name, given}) => ({name, text: text(given)})),
    answer,
    numbers: true,
  });
}

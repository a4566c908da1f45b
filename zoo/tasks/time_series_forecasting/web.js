/* A forecaster on a page: it reads a series, and runs on freely from its end. */
import {breath, button, made} from "./parts.js";
import {chart, flat, many, numbers, text} from "./series.js";

// Steps that are read at once, that are forecast between two drawings and at all, and that are drawn.
const PIECE = 500, FRAME = 12, MOST = 20000, SHOWN = 600;

export function start(page) {
  const {settings} = page, {channels, units, mean, scale, washout, far} = settings;
  let model = null; // the series, what has been forecast of it, and the state

  /* What a network that was trained to forecast many steps at once says of the end of a series. */
  async function ahead(rows) {
    const read = rows.slice(-settings.washout), {outputs, middle} = settings;
    const found = await page.ask("model", {series: ["float32", flat(read), [1, read.length, channels]]});
    return Array.from({length: settings.ahead}, (_, at) => Array.from({length: channels},
      (_, channel) => found.forecasts.data[(at * channels + channel) * outputs + middle]));
  }

  async function step(rows, state) {
    const found = await page.ask("model", {
      series: ["float32", flat(rows), [1, rows.length, channels]],
      state: ["float32", state, [1, units]],
    });
    const last = Array.from(found.forecasts.data.slice(-channels));
    return {last, state: found.next_state.data};
  }

  async function answer(typed, alive) {
    stop();
    const given = numbers(typed, channels), began = performance.now();
    let read = {state: new Float32Array(settings.ahead ? 0 : units)};
    for (let at = 0; at < given.length && alive() && !settings.ahead; at += PIECE)
      read = await step(given.slice(at, at + PIECE), read.state);
    if (!alive()) return;
    const example = settings.examples.find(one => text(one.given) === text(given));
    model = {given, found: settings.ahead ? [] : [read.last], state: read.state, truth: example?.follows ?? []};
    const reading = performance.now() - began;
    await forecast(Number(horizon.value), alive);
    if (!alive()) return;
    page.times(`Read ${many(given.length, "step")} in ${reading.toFixed(0)} ms; forecast ${many(model.found.length, "step")}, in single precision`);
    document.getElementById("said").textContent = `${many(model.found.length, "step")} forecast, the first ${model.found[0].join(", ")}`;
  }

  /* Until so many steps are forecast: each is the input of the next. */
  async function forecast(most, alive) {
    const own = model;
    while (settings.ahead && alive() && own === model && own.found.length < most) {
      own.found = [...own.found, ...await ahead([...own.given, ...own.found])].slice(0, most);
      show(own);
      await breath();
    }
    while (alive() && own === model && own.found.length < most) {
      for (let at = 0; at < FRAME && own.found.length < most; at++) {
        const next = await step([own.found.at(-1)], own.state);
        own.found.push(next.last);
        own.state = next.state;
      }
      show(own);
      await breath();
    }
    if (alive() && own === model) show(own);
  }

  function show({given, found, truth}) {
    const rows = made("p", `Next: ${found[0].map(value => Number(value.toPrecision(6))).join(", ")}`, "text");
    page.shows(rows, "", {steps: given.length, forecasts: found.slice(0, 1000)});
    page.warns(doubts(given, found));
    const first = Math.max(0, found.length - SHOWN);
    page.explains(
      `The series and its forecast of ${many(found.length, "step")}`,
      (first ? "Pale: what came before. " : "Pale: what was given, the last 300 steps of it. ")
      + (settings.ahead ? `Full: what the model says, ${settings.ahead} steps at once.`
        : "Full: what the model says, each step made from the one before.")
      + (truth.length && !first ? " Dotted: what really followed." : ""),
      chart({given: [...given, ...found.slice(0, first)], found: found.slice(first), truth: first ? [] : truth}));
  }

  function doubts(given, found) {
    const told = [], away = (row, channel) => Math.abs((row[channel] - mean[channel]) / scale[channel]);
    const outside = rows => rows.findIndex(row => row.some((_, channel) => !(away(row, channel) <= far)));
    if (given.length < washout && settings.ahead)
      told.push(`The series has ${many(given.length, "step")}, fewer than the ${washout} that the model reads.`);
    else if (given.length < washout)
      told.push(`The series has ${many(given.length, "step")}, fewer than the ${washout} after which the state no longer `
        + `depends on where it started: the forecast does. Give ${washout} steps or more.`);
    const first = outside(given);
    if (first >= 0) {
      const channel = given[first].findIndex((_, at) => away(given[first], at) > far);
      told.push(`The series lies far from what the model was fitted to: ${given[first][channel]} at step ${first}, channel `
        + `${channel} (counted from 0) is ${away(given[first], channel).toPrecision(3)} standard deviations from the mean of the `
        + "training series. Fit the model to such series first, or check the units.");
    }
    const lost = first >= 0 ? found.findIndex(row => !row.every(Number.isFinite)) : outside(found);
    if (lost >= 0)
      told.push(`The forecast runs away: from step ${lost} on it is more than ${far} standard deviations from the mean of the `
        + "training series, or not finite. Give a longer series.");
    return told;
  }

  let running = false;
  function stop() {
    running = false;
    run.textContent = "Run on";
  }
  async function toggle() {
    if (running) return stop();
    running = true;
    run.textContent = "Stop";
    await forecast(MOST, () => running);
    stop();
  }
  const horizon = made("input"), label = made("label", "Steps");
  Object.assign(horizon, {type: "number", min: 1, max: 5000, value: settings.horizon, id: "horizon"});
  label.htmlFor = "horizon";
  horizon.addEventListener("change", () => {
    horizon.value = Math.min(5000, Math.max(1, Math.round(Number(horizon.value)) || 1));
    page.again();
  });
  const run = button("Run on", toggle);
  const one = button("One step", async () => {
    stop();
    if (model) await forecast(model.found.length + 1, () => true);
  });
  page.controls(label, horizon, one, run);
  page.asks({
    noun: "Series",
    hint: `A step a line: ${many(channels, "number")}${channels > 1 ? " with commas or spaces between" : ""}. `
      + `The model was fitted to series around ${mean.map(value => Number(value.toPrecision(3))).join(", ")}; `
      + (settings.ahead ? `it reads the last ${washout} steps.` : `after ${washout} steps it has forgotten where it began.`),
    examples: settings.examples.map(({name, given}) => ({name, text: text(given)})),
    answer,
    numbers: true,
    wait: 300,
  });
}

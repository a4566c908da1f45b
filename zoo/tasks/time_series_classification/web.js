/* A classifier of series on a page. */
import {bars, best, ranked} from "./classes.js";
import {chart, flat, many, numbers, text} from "./series.js";

export function start(page) {
  const {settings, labels} = page;

  async function answer(typed, alive) {
    const began = performance.now(), series = numbers(typed, settings.channels);
    const found = await page.ask("model", {
      series: ["float32", flat(series), [1, series.length, settings.channels]],
      lengths: ["int32", Int32Array.of(series.length), [1]],
    });
    if (!alive()) return;
    const probabilities = [...found.probabilities.data];
    const finite = probabilities.every(Number.isFinite);
    const classes = ranked(labels, finite ? probabilities : probabilities.map(() => 0));
    page.shows(bars(classes), finite ? best(classes) : "", {steps: series.length, probabilities});
    page.warns(finite ? [] : [settings.large]);
    page.times(`${many(series.length, "step")} in ${(performance.now() - began).toFixed(1)} ms`);
    page.explains("The series", `${many(series.length, "step")} of ${many(settings.channels, "channel")}, in its own units.`,
      chart({given: series, most: 2000}));
  }

  page.asks({
    noun: "Series",
    hint: `A step a line: ${many(settings.channels, "number")} with commas or spaces between. Paste a table, or change a number.`,
    examples: settings.examples.map(({name, given}) => ({name, text: text(given)})),
    answer,
    numbers: true,
  });
}

/* A speller on a page: it writes unit by unit, and shows where it looked. */
import {Units} from "./text.js";
import {writes} from "./writer.js";

export function start(page) {
  const {settings, tokenizers} = page, {reading} = settings;
  const sides = {
    source: new Units(tokenizers.source_tokenizer, reading),
    target: new Units(tokenizers.tokenizer, {...reading, unit: reading.target}),
  };
  writes(page, {
    read: text => sides.source.read(text),
    doubts: read => sides.source.doubts(read),
    written: tokens => sides.target.text(tokens),
    sure: text => text,
    name: (side, id) => sides[side].text([id]),
    after: () => [],
    answer: "generated_text",
    noun: "Text",
    hint: `Up to ${reading.length - 1} ${reading.unit === "words" ? "symbols" : reading.unit} are read of a text.`,
    sides: {written: "a unit", read: "one"},
  });
}

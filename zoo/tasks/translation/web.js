/* A translator on a page: it writes token by token, and shows where it looked. */
import {Subwords, written} from "./text.js";
import {writes} from "./writer.js";

const NUMBERS = /\p{Nd}+/gu;

export function start(page) {
  const {settings, tokenizers} = page;
  const sentences = new Subwords(tokenizers.source_tokenizer, settings.reading);
  const sides = {source: tokenizers.source_tokenizer, target: tokenizers.tokenizer};
  writes(page, {
    read: text => sentences.read(text),
    doubts: read => sentences.doubts(read),
    written: tokens => written(sides.target, tokens).trim(),
    sure: text => text.replace(/\ufffd+$/u, ""),
    name: (side, id) => written(sides[side], [id]).trim(),
    after: (text, translation) => {
      const numbers = new Set(translation.match(NUMBERS) ?? []);
      const lost = (text.match(NUMBERS) ?? []).some(number => !numbers.has(number));
      return lost ? [settings.reading.messages["lost number"]] : [];
    },
    answer: "translation_text",
    noun: "Sentence",
    hint: `Up to ${settings.reading.length} pieces of words are read of a sentence.`,
    sides: {written: "a piece", read: "one"},
  });
}

/* The frame of a page: it fetches the model and what runs it, and asks again as one types. */
import {start} from "./model.js";
import {breath, button, made, megabytes} from "./parts.js";

const at = id => document.getElementById(id);

async function fetched(address, integrity) {
  let answer;
  try {
    answer = await fetch(address, integrity ? {integrity, credentials: "omit"} : {});
  } catch (error) {
    throw new Error(`${address} cannot be fetched${integrity ? ", or is not what it should be" : ""}: ${error.message}`);
  }
  if (!answer.ok) throw new Error(`${address} cannot be fetched: ${answer.status} ${answer.statusText}`);
  return answer;
}

/* A module runs only after its bytes were compared with their hash, in every browser. */
async function library({address, integrity}) {
  const source = await (await fetched(address, integrity)).arrayBuffer();
  const place = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
  try {
    return await import(place);
  } finally {
    URL.revokeObjectURL(place);
  }
}

/* A text that spells a special token out is not to become it; and letters are made small one by
   one, as the zoo does: by itself, a sigma that ends a word is another letter. */
function tokenizer(kit, content) {
  const found = new kit.Tokenizer({...content, added_tokens: []}, {});
  for (const step of found.normalizer?.normalizers ?? [])
    if (step instanceof kit.LowercaseNormalizer)
      step.normalize = text => Array.from(text, letter => letter.toLowerCase()).join("");
  return found;
}

async function load(settings) {
  const {runtime, binary, tokenizers} = settings.libraries;
  const all = (names, ending, read) => Promise.all(
    names.map(async name => [name, await read(await fetched(`${name}${ending}`))]));
  const [ort, wasm, kit, graphs, words] = await Promise.all([
    library(runtime),
    fetched(binary.address, binary.integrity).then(answer => answer.arrayBuffer()),
    tokenizers && library(tokenizers),
    all(settings.graphs, ".onnx", answer => answer.arrayBuffer()),
    all(settings.tokenizers, ".json", answer => answer.json()),
  ]);
  ort.env.wasm.numThreads = 1; // more need headers that static hosts do not send
  ort.env.wasm.wasmBinary = wasm;
  const sessions = {};
  for (const [name, graph] of graphs)
    sessions[name] = await ort.InferenceSession.create(new Uint8Array(graph), {executionProviders: ["wasm"]});
  let queue = Promise.resolve();
  return {
    tokenizers: Object.fromEntries(words.map(([name, content]) => [name, tokenizer(kit, content)])),
    /* Ask a graph: arrays as [type, data, shape] by name; one call after another. */
    ask(name, feeds) {
      const tensors = Object.fromEntries(
        Object.entries(feeds).map(([key, [type, data, shape]]) => [key, new ort.Tensor(type, data, shape)]));
      const turn = queue.then(() => sessions[name].run(tensors));
      queue = turn.catch(() => {});
      return turn;
    },
  };
}

class Page {
  constructor(settings, loaded) {
    Object.assign(this, loaded);
    this.settings = settings.task;
    this.labels = settings.labels;
    this.input = at("input");
    this.asked = 0;
  }
  /** Say what is asked for; `answer` is given the text, and whether it is still what stands there. */
  asks({noun, hint, examples, answer, numbers = false, spellcheck = false, wait = 40}) {
    at("noun").textContent = noun;
    at("hint").textContent = hint;
    this.answer = answer;
    this.input.spellcheck = spellcheck;
    this.input.classList.toggle("numbers", numbers);
    examples.forEach(({name, text}) => {
      const short = name.length > 48 ? `${name.slice(0, 45)}...` : name;
      at("examples").append(button(short, () => { this.input.value = text; this.again(); }));
    });
    this.input.addEventListener("input", () => {
      this.asked++;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.again(), wait);
    });
    if (!this.input.value && examples.length) this.input.value = examples[0].text;
  }
  /** Answer what stands in the field. */
  async again() {
    clearTimeout(this.timer);
    const own = ++this.asked, alive = () => own === this.asked;
    document.body.dataset.state = "asking";
    try {
      await this.answer(this.input.value, alive);
      if (alive()) at("error").textContent = "";
    } catch (error) {
      if (!alive()) return;
      this.clear();
      at("error").textContent = error.message;
    }
    if (alive()) document.body.dataset.state = "done";
  }
  clear() {
    for (const id of ["answer", "warnings", "shown"]) at(id).replaceChildren();
    for (const id of ["time", "json", "said", "error"]) at(id).textContent = "";
    at("more").hidden = true;
  }
  /** Show an answer: what it is, in a line for those who hear it, and as JSON. */
  shows(node, said, json) {
    at("answer").replaceChildren(node);
    at("error").textContent = "";
    at("said").textContent = said;
    at("json").textContent = JSON.stringify(json);
  }
  warns(messages) {
    at("warnings").replaceChildren(...messages.map(text => made("p", text, "warning")));
  }
  times(text) { at("time").textContent = text; }
  controls(...nodes) { at("controls").append(...nodes); }
  /** Show more of an answer below it. */
  explains(title, meaning, ...nodes) {
    at("explained").textContent = title;
    at("meaning").textContent = meaning;
    at("shown").replaceChildren(...nodes);
    at("more").hidden = false;
  }
}

const outsideOf = settings => Object.values(settings.libraries).reduce((sum, one) => sum + one.size, 0);

function tellOfPrivacy(settings) {
  const outside = outsideOf(settings);
  const {host, own} = settings;
  at("private").textContent =
    "Everything is computed on this machine: what you type is sent nowhere, and the page counts no visits. "
    + (host
      ? `Once opened, the page has fetched ${megabytes(own)} from here and ${megabytes(outside)} from ${host}, before compression; ${host} sees from which address they were fetched, and nothing that you type.`
      : `Once opened, the page has fetched ${megabytes(own + outside)} before compression, all of it from here.`)
    + ` ${settings.parameters.toLocaleString("en")} parameters`
    + (settings.licence ? `, licence of the weights: ${settings.licence}.` : ".");
}

try {
  const settings = await (await fetched("page.json")).json();
  document.title = document.querySelector("h1").textContent = settings.name;
  at("about").textContent = settings.description;
  at("loading").textContent = `Loading the model, ${megabytes(settings.own + outsideOf(settings))} with what runs it.`;
  tellOfPrivacy(settings);
  await breath();
  const page = new Page(settings, await load(settings));
  at("loading").hidden = true;
  page.input.disabled = false;
  start(page);
  await page.again();
  document.body.dataset.ready = "yes";
} catch (error) {
  at("loading").textContent = "";
  at("error").textContent = error.message;
  throw error;
}

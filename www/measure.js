// The benchmark page: starts the engine, which puts `bench` on the window, and measures three networks when asked to.
// A harness calls `bench.run` itself; src/bench/mod.rs says how.
import init from "./bench/bench.js";

// A browser's GPU takes its time to begin, as the engine takes to be compiled: both at once.
if (!location.search.includes("backend=cpu")) navigator.gpu?.requestAdapter();

const NETWORKS = [["mlp", "MLP 784-300-100-10, batch 64"], ["digits", "CNN (preset digits), batch 32"], ["resnet20", "ResNet-20, batch 8"]];
const SAMPLE_MILLIS = 2000;
const SAMPLES = 5;

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

const millisPerStep = async (network, backend) => {
  const run = async (phase, iters) => (await window.bench.run(network, { phase, iters, backend })).ms[0];
  await run("first", 1);
  const iters = Math.max(1, Math.min(200, Math.floor(SAMPLE_MILLIS / SAMPLES / (await run("measure", 1)))));
  const samples = [];
  for (let k = 0; k < SAMPLES; k++) samples.push(await run("measure", iters));
  return median(samples);
};

const add = (...cells) => {
  const row = document.getElementById("rows").insertRow();
  for (const text of cells) row.insertCell().textContent = text;
};

const measure = async (button) => {
  button.disabled = true;
  for (const [network, title] of NETWORKS) {
    for (const backend of ["gpu", "cpu"]) {
      try {
        const millis = await millisPerStep(network, backend);
        add(title, backend, (1000 / millis).toFixed(1), millis.toFixed(2));
      } catch (error) {
        add(title, backend, error.message, "");
      }
    }
  }
  button.disabled = false;
};

await init({ module_or_path: "./bench/bench_bg.wasm" });
const button = document.getElementById("measure");
button.addEventListener("click", () => measure(button));
button.disabled = false;

// Starts the engine: what the page's worker runs.
import init from "./worker/worker.js";

await init();

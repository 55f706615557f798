#!/usr/bin/env node
// Seconds of a style search, 256 × 256 pixels and 200 steps of Adam on SqueezeNet 1.1's features, in this page and in TensorFlow.js: the
// same layers, the same Gram matrices, one headless Chromium.
//
//   npm install --prefix DIR @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-webgpu@4.22.0 \
//       @tensorflow/tfjs-backend-wasm@4.22.0 playwright-core@1.65.1 esbuild@0.28.2
//   make build && node benches/peers/style.mjs DIR dist squeezenet1_1.safetensors [STEPS]
//
// TensorFlow.js gets random weights: what they are changes no time. Both run STEPS steps (20 without it) after two that are not timed;
// the seconds of 200 are those times 10.
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';

const [modules, dist, weights, steps = '20'] = process.argv.slice(2);
if (!weights) {
  console.error('usage: node benches/peers/style.mjs MODULES DIST SQUEEZENET [STEPS]');
  process.exit(2);
}
const from = createRequire(path.join(path.resolve(modules), 'package.json'));
const esbuild = from('esbuild');
const { chromium } = from('playwright-core');

const STYLES = [1, 3, 6, 9, 12];
const CONTENT = 7;
const SIDE = 256;

const PEER = `
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-backend-webgpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

setWasmPaths('/wasm/');
const STYLES = ${JSON.stringify(STYLES)};
const FIRES = { 3: [64, 16, 64], 4: [128, 16, 64], 6: [128, 32, 128], 7: [256, 32, 128], 9: [256, 48, 192], 10: [384, 48, 192],
  11: [384, 64, 256], 12: [512, 64, 256] };

window.style = async (backend, steps) => {
  if (!(await tf.setBackend(backend))) throw new Error('no backend ' + backend);
  await tf.ready();
  const conv = (size, from, to) => [tf.randomNormal([size, size, from, to], 0, Math.sqrt(2 / (size * size * from))), tf.zeros([to])];
  const first = conv(3, 3, 64);
  const fires = Object.fromEntries(Object.entries(FIRES).map(([at, [from, squeeze, expand]]) =>
    [at, [conv(1, from, squeeze), conv(1, squeeze, expand), conv(3, squeeze, expand)]]));
  const relu = (x, [filter, bias], strides, pad) => tf.fused.conv2d({ x, filter, bias, strides, pad, activation: 'relu' });
  const features = (x) => {
    const found = {};
    for (let at = 0; at <= 12; at++) {
      if (at === 0) x = relu(x, first, 2, 'valid');
      else if (at in FIRES) {
        const y = relu(x, fires[at][0], 1, 'valid');
        x = tf.concat([relu(y, fires[at][1], 1, 'valid'), relu(y, fires[at][2], 1, 'same')], 3);
      } else if (at === 2 || at === 5 || at === 8) x = tf.maxPool(x, 3, 2, 'valid');
      found[at] = x;
    }
    return found;
  };
  const gram = (x) => {
    const [, height, width, channels] = x.shape;
    const rows = tf.reshape(x, [height * width, channels]);
    return tf.div(tf.matMul(rows, rows, true, false), channels * height * width);
  };
  const of = (x) => { const found = features(x); return [...STYLES.map((at) => gram(found[at])), found[${CONTENT}]]; };
  const picture = () => tf.randomUniform([1, ${SIDE}, ${SIDE}, 3], -1, 1);
  const targets = tf.tidy(() => [...of(picture()).slice(0, -1), of(picture()).at(-1)]);
  const scales = targets.map((target) => tf.tidy(() => tf.sum(tf.square(target)).dataSync()[0]));
  const pixels = tf.variable(picture());
  const adam = tf.train.adam(0.03);
  const loss = () => of(pixels).map((found, at) => tf.div(tf.sum(tf.squaredDifference(found, targets[at])), scales[at]))
    .reduce((a, b) => tf.add(a, b));
  const step = async () => { const value = adam.minimize(loss, true, [pixels]); const [told] = await value.data(); value.dispose(); return told; };
  let before = await step();
  await step();
  const start = performance.now();
  let after;
  for (let at = 0; at < steps; at++) after = await step();
  const seconds = (performance.now() - start) / 1000;
  if (!(after < before)) throw new Error('the loss does not fall: ' + before + ' ' + after);
  return seconds / steps;
};
`;

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'neocog-peers-'));
process.on('exit', () => fs.rmSync(scratch, { recursive: true, force: true }));
await esbuild.build({
  stdin: { contents: PEER, resolveDir: path.resolve(modules), loader: 'js' },
  outfile: path.join(scratch, 'peer.js'), bundle: true, minify: true, format: 'esm', target: 'es2022', platform: 'browser',
  logLevel: 'error', define: { global: 'globalThis', 'process.env.NODE_ENV': '"production"' },
  external: ['node:*', 'fs', 'path', 'crypto', 'os', 'module', 'util', 'worker_threads', 'perf_hooks', 'url', 'string_decoder'],
});
fs.writeFileSync(path.join(scratch, 'peer.html'), '<!doctype html><script type="module" src="/peer/peer.js"></script>');

const ROOTS = {
  '/page/': path.resolve(dist),
  '/peer/': scratch,
  '/wasm/': path.join(path.resolve(modules), 'node_modules/@tensorflow/tfjs-backend-wasm/dist'),
  '/file/': path.dirname(path.resolve(weights)),
};
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.svg': 'image/svg+xml' };
const server = http.createServer((request, response) => {
  const url = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
  const root = Object.keys(ROOTS).find((root) => url.startsWith(root));
  const file = root && path.join(ROOTS[root], path.normalize(url.slice(root.length) || 'index.html'));
  if (!file || !fs.existsSync(file) || !fs.statSync(file).isFile()) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream' });
  fs.createReadStream(file).pipe(response);
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const base = `http://127.0.0.1:${server.address().port}`;

async function open(address) {
  const context = await chromium.launchPersistentContext(fs.mkdtempSync(path.join(scratch, 'profile-')), {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--disable-gpu-watchdog', '--enable-unsafe-webgpu', ...(process.env.REAL_GPU ? [] : ['--use-webgpu-adapter=swiftshader'])],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(0);
  await page.goto(base + address);
  return { context, page };
}

async function ours(backend) {
  const { context, page } = await open('/page/');
  const seconds = await page.evaluate(async ([backend, steps, styles, content, side, url]) => {
    while (!window.neocog?.run) await new Promise((done) => setTimeout(done, 50));
    const { run } = window.neocog;
    const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
    await run({ drop_weights: { name: 'squeezenet1_1.safetensors', bytes } });
    const add = async (name) => (await run({ add_picture: { name, source: { gallery: name } } })).picture.id;
    const job = {
      network: 'squeezenet1_1', backend, picture: await add('ship'), style: await add('maple_tree'), side, steps, space: 'pixels',
      layers: styles.map((at) => ({ path: 'features.' + at, weight: 1 })), content_layer: 'features.' + content,
    };
    const search = async (steps) => {
      const start = performance.now();
      const { looked_inside: { style } } = await run({ look_inside: { style: { ...job, steps } } });
      if (style.backend.kind !== backend) throw new Error('ran on ' + style.backend.kind);
      return { seconds: (performance.now() - start) / 1000, rate: style.steps_per_second };
    };
    await search(2);
    return 1 / (await search(steps)).rate;
  }, [backend, Number(steps), STYLES, CONTENT, SIDE, '/file/' + path.basename(weights)]);
  await context.close();
  return seconds;
}

async function theirs(backend) {
  const { context, page } = await open('/peer/peer.html');
  await page.waitForFunction(() => window.style);
  const seconds = await page.evaluate(([backend, steps]) => window.style(backend, steps), [backend, Number(steps)]);
  await context.close();
  return seconds;
}

const rows = [['Neocog, CPU', () => ours('cpu')], ['TensorFlow.js, wasm', () => theirs('wasm')], ['Neocog, WebGPU', () => ours('gpu')],
  ['TensorFlow.js, WebGPU', () => theirs('webgpu')]];
for (const [name, measure] of rows) {
  try {
    const seconds = await measure();
    console.log(`${name.padEnd(24)} ${(1000 * seconds).toFixed(0).padStart(6)} ms a step, ${(200 * seconds).toFixed(1).padStart(6)} s for 200 steps`);
  } catch (error) {
    console.log(`${name.padEnd(24)} ${String(error.message ?? error).split('\n')[0]}`);
  }
}
server.close();

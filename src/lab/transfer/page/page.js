// The page itself: a picture comes in by choice, drop, paste or webcam, and its classes stand there.

const network = JSON.parse(document.getElementById("network").textContent);
const element = (id) => document.getElementById(id);
const say = (key) => network.texts[key] ?? key;

// Values lie one after the other, as 16 or 32 bits, in base64: a line at a time, for a text of many megabytes is no argument.
function bytesFromText(text) {
  const lines = text.trim().split("\n");
  const bytes = new Uint8Array(network.bytes);
  let at = 0;
  for (const line of lines) {
    const part = atob(line);
    for (let i = 0; i < part.length; i++) bytes[at++] = part.charCodeAt(i);
  }
  return bytes;
}

function single(half) {
  const [sign, exponent, rest] = [half >> 15 ? -1 : 1, (half >> 10) & 31, half & 1023];
  if (exponent === 0) return sign * rest * 2 ** -24;
  return exponent === 31 ? (rest ? NaN : sign * Infinity) : sign * (1 + rest / 1024) * 2 ** (exponent - 15);
}

function readValues() {
  const view = new DataView(bytesFromText(element("values").textContent).buffer), values = new Map();
  for (const { name, at, count, half } of network.values) {
    const one = half ? (i) => single(view.getUint16(at + 2 * i, true)) : (i) => view.getFloat32(at + 4 * i, true);
    values.set(name, Float32Array.from({ length: count }, (_, i) => one(i)));
  }
  element("values").remove();
  return values;
}

let values = null;

// Of 0 to 2: how far its direction is from that of the nearest picture that was learnt from.
function distance(features) {
  const learnt = values.get("learnt"), count = features.length;
  const length = Math.hypot(...features) || 1;
  let nearest = Infinity;
  for (let row = 0; row < learnt.length / count; row++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += (learnt[row * count + i] - features[i] / length) ** 2;
    nearest = Math.min(nearest, sum);
  }
  return Math.sqrt(nearest);
}

// Probabilities of the classes, and whether it is probably none of them.
function asked(picture) {
  values ??= readValues();
  const wanted = [network.output, network.features];
  const [logits, features] = run(network.steps, wanted, prepared(picture, network), (name) => values.get(name));
  const probabilities = softmax({ log: false, shape: [1, logits.length] }, { data: logits });
  return { probabilities, isNone: network.limit !== null && distance(features) > network.limit };
}

function shown(source, width, height) {
  const canvas = element("picture"), scale = Math.min(1, 1024 / Math.max(width, height));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const whole = new OffscreenCanvas(width, height), context = whole.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.drawImage(source, 0, 0, width, height);
  canvas.getContext("2d").drawImage(whole, 0, 0, canvas.width, canvas.height);
  const { data } = context.getImageData(0, 0, width, height), rgb = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at++) rgb.set(data.subarray(at * 4, at * 4 + 3), at * 3);
  return { width, height, rgb };
}

function answer(source, width, height) {
  const picture = shown(source, width, height), start = performance.now();
  const { probabilities, isNone } = asked(picture);
  const rows = network.classes.map((name, at) => ({ name, share: probabilities[at] }));
  rows.sort((a, b) => b.share - a.share);
  const percent = new Intl.NumberFormat(network.texts.language, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
  element("answers").replaceChildren(...rows.slice(0, 10).map(({ name, share }) => {
    const row = document.createElement("li"), label = document.createElement("span");
    const bar = document.createElement("progress"), figure = document.createElement("b");
    row.dataset.probability = share;
    row.dataset.class = name;
    label.textContent = name;
    bar.value = share;
    bar.ariaHidden = "true";
    figure.textContent = percent.format(share);
    row.append(label, bar, figure);
    return row;
  }));
  element("none").hidden = !isNone;
  element("trouble").hidden = true;
  element("time").textContent = `${Math.round(performance.now() - start)} ms`;
}

function trouble(words) {
  element("trouble").textContent = words;
  element("trouble").hidden = false;
}

async function take(file) {
  close();
  try {
    const picture = await createImageBitmap(file);
    answer(picture, picture.width, picture.height);
  } catch (error) {
    trouble(`${file.name}: ${say("page_unread")} (${error.message})`);
  }
}

let stream = null;

function close() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  element("webcam").textContent = say("webcam");
  element("webcam").ariaPressed = "false";
}

async function look() {
  if (stream) return close();
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: true });
  } catch (error) {
    return trouble(`${say("page_no_webcam")} (${error.message})`);
  }
  element("webcam").textContent = say("webcam_off");
  element("webcam").ariaPressed = "true";
  const video = document.createElement("video");
  Object.assign(video, { srcObject: stream, muted: true, playsInline: true });
  await video.play();
  while (stream) {
    answer(video, video.videoWidth, video.videoHeight);
    await new Promise((next) => setTimeout(next, 30));
  }
}

document.documentElement.lang = network.texts.language;
document.title = element("title").textContent = network.classes.join(" · ");
element("told").textContent = say("page_told");
element("choose").textContent = say("page_choose");
element("none").textContent = say("none");
element("made").textContent = `${say("page_made")} ${network.title}`;
element("file").addEventListener("change", ({ target }) => target.files[0] && take(target.files[0]));
element("webcam").addEventListener("click", look);
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  const file = event.dataTransfer.files[0];
  if (file) take(file);
});
addEventListener("paste", (event) => event.clipboardData.files[0] && take(event.clipboardData.files[0]));
close();

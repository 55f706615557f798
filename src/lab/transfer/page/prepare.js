// A picture as the network reads it: bit for bit what `src/data/resize.rs` and `src/data/preprocess.rs` make of it.

const triangle = (x) => Math.max(0, 1 - Math.abs(x));

function cubic(x) {
  x = Math.abs(x);
  return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
}

// For each output from `first` on: where its input starts, and its weights in 22-bit fixed point.
function filter(input, output, first, count, bicubic) {
  const scale = input / output, widening = Math.max(scale, 1), support = (bicubic ? 2 : 1) * widening;
  return Array.from({ length: count }, (_, index) => {
    if (input === output) return { start: first + index, weights: [1 << 22] };
    const centre = (first + index + 0.5) * scale;
    const start = Math.trunc(Math.max(centre - support + 0.5, 0));
    const end = Math.min(Math.trunc(centre + support + 0.5), input);
    const kernel = bicubic ? cubic : triangle, exact = [];
    for (let x = start; x < end; x++) exact.push(kernel((x - centre + 0.5) * (1 / widening)));
    const sum = exact.reduce((all, weight) => all + weight, 0);
    return { start, weights: exact.map((weight) => rounded((weight / sum) * (1 << 22))) };
  });
}

const rounded = (x) => Math.trunc(x + (x < 0 ? -0.5 : 0.5));
const byteOf = (sum) => Math.min(255, Math.max(0, Math.floor((sum + (1 << 21)) / (1 << 22))));

// The rows first, then the columns; three bytes a pixel.
function resized({ width, height, rgb }, [wide, high], { left, top, width: outWidth, height: outHeight }, bicubic) {
  const across = filter(width, wide, left, outWidth, bicubic), down = filter(height, high, top, outHeight, bicubic);
  const first = down[0].start, last = down.at(-1).start + down.at(-1).weights.length;
  const rows = new Uint8Array((last - first) * outWidth * 3);
  for (let y = first; y < last; y++) {
    across.forEach(({ start, weights }, x) => {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let t = 0; t < weights.length; t++) sum += weights[t] * rgb[(y * width + start + t) * 3 + c];
        rows[((y - first) * outWidth + x) * 3 + c] = byteOf(sum);
      }
    });
  }
  const found = new Uint8Array(outWidth * outHeight * 3);
  down.forEach(({ start, weights }, y) => {
    for (let at = 0; at < outWidth * 3; at++) {
      let sum = 0;
      for (let t = 0; t < weights.length; t++) sum += weights[t] * rows[(start + t - first) * outWidth * 3 + at];
      found[y * outWidth * 3 + at] = byteOf(sum);
    }
  });
  return { width: outWidth, height: outHeight, rgb: found };
}

// The smallest size of these proportions that covers the other one.
function covering([width, height], [overWidth, overHeight], isNearest) {
  const times = (side, by, of) => Math.floor((side * by + (isNearest ? Math.floor(of / 2) : 0)) / of);
  return width * overHeight <= height * overWidth
    ? [overWidth, Math.max(times(height, overWidth, width), overHeight)]
    : [Math.max(times(width, overHeight, height), overWidth), overHeight];
}

function centred(length, part, isNearest) {
  const rest = length - part, half = Math.floor(rest / 2);
  return isNearest ? half : half + (rest & half & 1);
}

function fitted(picture, { input: [, height, width], fit, shorter, bicubic }) {
  const given = [picture.width, picture.height], wanted = [width, height];
  if (given[0] === width && given[1] === height) return picture;
  const isNearest = fit !== "crop" || shorter === null;
  const usual = (side) => (side <= 32 ? side : Math.floor((side * 8 + 3) / 7));
  const margin = (side) => Math.max(Math.floor((side * shorter) / Math.min(width, height)), side);
  const whole = fit === "crop" ? covering(given, wanted.map(shorter === null ? usual : margin), isNearest) : wanted;
  const part = { left: centred(whole[0], width, isNearest), top: centred(whole[1], height, isNearest), width, height };
  return resized(picture, whole, part, bicubic);
}

// Rec. 601 luma.
function grey({ width, height, rgb }) {
  const found = new Uint8Array(rgb.length);
  for (let at = 0; at < rgb.length; at += 3) {
    found.fill((rgb[at] * 19595 + rgb[at + 1] * 38470 + rgb[at + 2] * 7471 + 32768) >> 16, at, at + 3);
  }
  return { width, height, rgb: found };
}

// [1, channels, height, width], normalised.
function prepared(picture, network) {
  const [channels, height, width] = network.input, places = height * width;
  const { rgb } = fitted(channels === 1 ? grey(picture) : picture, network);
  const values = new Float32Array(channels * places);
  for (let c = 0; c < channels; c++) {
    for (let at = 0; at < places; at++) {
      values[c * places + at] = (rgb[at * 3 + c] / 255 - network.mean[c]) / network.std[c];
    }
  }
  return values;
}

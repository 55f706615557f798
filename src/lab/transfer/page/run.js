"use strict";
// A network's forward pass for one picture, from the steps that `src/models/code/script.rs` writes, on plain arrays of 32-bit floats.

const size = (shape) => shape.reduce((all, extent) => all * extent, 1);

// y[i, j] = Σ a[i, t] b[t, j], in blocks of 4 × 4, and what is left over at the edges.
function product(m, n, k, a, aAt, b, bAt, bStep, y, yAt, yStep) {
  const rows = m - (m % 4), columns = n - (n % 4);
  for (let j = 0; j < columns; j += 4) {
    for (let i = 0; i < rows; i += 4) {
      let s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
      let s20 = 0, s21 = 0, s22 = 0, s23 = 0, s30 = 0, s31 = 0, s32 = 0, s33 = 0;
      let p = aAt + i * k, q = bAt + j;
      for (let t = 0; t < k; t++, p++, q += bStep) {
        const a0 = a[p], a1 = a[p + k], a2 = a[p + 2 * k], a3 = a[p + 3 * k];
        const b0 = b[q], b1 = b[q + 1], b2 = b[q + 2], b3 = b[q + 3];
        s00 += a0 * b0; s01 += a0 * b1; s02 += a0 * b2; s03 += a0 * b3;
        s10 += a1 * b0; s11 += a1 * b1; s12 += a1 * b2; s13 += a1 * b3;
        s20 += a2 * b0; s21 += a2 * b1; s22 += a2 * b2; s23 += a2 * b3;
        s30 += a3 * b0; s31 += a3 * b1; s32 += a3 * b2; s33 += a3 * b3;
      }
      let at = yAt + i * yStep + j;
      y[at] = s00; y[at + 1] = s01; y[at + 2] = s02; y[at + 3] = s03; at += yStep;
      y[at] = s10; y[at + 1] = s11; y[at + 2] = s12; y[at + 3] = s13; at += yStep;
      y[at] = s20; y[at + 1] = s21; y[at + 2] = s22; y[at + 3] = s23; at += yStep;
      y[at] = s30; y[at + 1] = s31; y[at + 2] = s32; y[at + 3] = s33;
    }
  }
  const single = (row, first) => {
    const at = yAt + row * yStep;
    for (let j = first; j < n; j++) {
      let sum = 0;
      for (let t = 0; t < k; t++) sum += a[aAt + row * k + t] * b[bAt + t * bStep + j];
      y[at + j] = sum;
    }
  };
  for (let row = 0; row < m; row++) single(row, row < rows ? columns : 0);
}

// Each channel by itself.
function depthwise({ zeros: [top, , left], stride, dilation, shape }, x, w, y) {
  const [, , height, width] = x.shape, [, , kh, kw] = w.shape, [, channels, oh, ow] = shape;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < kh; i++) {
      for (let j = 0; j < kw; j++) {
        const weight = w.data[(c * kh + i) * kw + j], shift = j * dilation - left;
        const first = Math.max(0, Math.ceil(-shift / stride)), last = Math.min(ow, Math.ceil((width - shift) / stride));
        for (let oy = 0; oy < oh; oy++) {
          const iy = oy * stride - top + i * dilation;
          if (iy < 0 || iy >= height) continue;
          const to = (c * oh + oy) * ow, from = (c * height + iy) * width + shift;
          for (let ox = first; ox < last; ox++) y[to + ox] += weight * x.data[from + ox * stride];
        }
      }
    }
  }
}

// Some rows of the result at a time, so that the columns that are made of the picture stay few.
function conv(step, x, w, bias) {
  const { zeros: [top, , left], stride, dilation, groups, shape } = step;
  const [, , height, width] = x.shape, [out, per, kh, kw] = w.shape, [, , oh, ow] = shape;
  const y = new Float32Array(size(shape));
  const [places, rows, each] = [oh * ow, per * kh * kw, out / groups];
  const isPointwise = kh === 1 && kw === 1 && stride === 1 && oh === height && ow === width;
  const block = Math.max(1, Math.min(oh, Math.floor((1 << 18) / (rows * ow))));
  const columns = isPointwise ? null : new Float32Array(rows * block * ow);
  const isDepthwise = per === 1 && each === 1 && groups > 1;
  if (isDepthwise) depthwise(step, x, w, y);
  for (let group = 0; group < groups && !isDepthwise; group++) {
    const [wAt, yAt] = [group * each * rows, group * each * places];
    if (isPointwise) {
      product(each, places, rows, w.data, wAt, x.data, group * per * places, places, y, yAt, places);
      continue;
    }
    for (let first = 0; first < oh; first += block) {
      const some = Math.min(block, oh - first), wide = some * ow;
      let at = 0;
      for (let c = group * per; c < (group + 1) * per; c++) {
        for (let i = 0; i < kh; i++) {
          for (let j = 0; j < kw; j++) {
            for (let oy = first; oy < first + some; oy++) {
              const iy = oy * stride - top + i * dilation;
              if (iy < 0 || iy >= height) {
                columns.fill(0, at, at + ow);
                at += ow;
                continue;
              }
              const from = (c * height + iy) * width;
              for (let ox = 0, ix = j * dilation - left; ox < ow; ox++, ix += stride) {
                columns[at++] = ix < 0 || ix >= width ? 0 : x.data[from + ix];
              }
            }
          }
        }
      }
      product(each, wide, rows, w.data, wAt, columns, 0, wide, y, yAt + first * ow, places);
    }
  }
  if (bias) {
    for (let c = 0; c < out; c++) for (let at = c * places; at < (c + 1) * places; at++) y[at] += bias.data[c];
  }
  return y;
}

function linear({ shape }, x, w, bias) {
  const [out, k] = w.shape, y = new Float32Array(size(shape));
  for (let row = 0; row < size(shape) / out; row++) {
    for (let o = 0; o < out; o++) {
      let sum = 0;
      for (let t = 0; t < k; t++) sum += w.data[o * k + t] * x.data[row * k + t];
      y[row * out + o] = sum + (bias ? bias.data[o] : 0);
    }
  }
  return y;
}

function batchNorm({ eps, shape }, x, mean, variance, weight, bias) {
  const y = new Float32Array(size(shape)), places = size(shape.slice(2));
  for (let plane = 0; plane < y.length / places; plane++) {
    const c = plane % shape[1], scale = weight.data[c] / Math.sqrt(variance.data[c] + eps);
    for (let at = plane * places; at < (plane + 1) * places; at++) y[at] = (x.data[at] - mean.data[c]) * scale + bias.data[c];
  }
  return y;
}

// Calls with the start of each row along a dimension, and its step.
function alongEach(shape, dim, each) {
  const step = size(shape.slice(dim + 1)), length = shape[dim];
  for (let before = 0; before < size(shape.slice(0, dim)); before++) {
    for (let after = 0; after < step; after++) each(before * length * step + after, step, length);
  }
}

function layerNorm({ dim, eps, shape }, x, weight, bias) {
  const y = new Float32Array(size(shape));
  alongEach(shape, dim, (start, step, length) => {
    let mean = 0, variance = 0;
    for (let i = 0; i < length; i++) mean += x.data[start + i * step] / length;
    for (let i = 0; i < length; i++) variance += (x.data[start + i * step] - mean) ** 2 / length;
    const scale = 1 / Math.sqrt(variance + eps);
    for (let i = 0; i < length; i++) {
      y[start + i * step] = (x.data[start + i * step] - mean) * scale * weight.data[i] + bias.data[i];
    }
  });
  return y;
}

function softmax({ log, shape }, x) {
  const y = new Float32Array(size(shape));
  alongEach(shape, shape.length - 1, (start, step, length) => {
    let most = -Infinity, sum = 0;
    for (let i = 0; i < length; i++) most = Math.max(most, x.data[start + i]);
    for (let i = 0; i < length; i++) sum += Math.exp(x.data[start + i] - most);
    for (let i = 0; i < length; i++) {
      const over = x.data[start + i] - most;
      y[start + i] = log ? over - Math.log(sum) : Math.exp(over) / sum;
    }
  });
  return y;
}

// Abramowitz & Stegun 7.1.26, within 1.5e-7.
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}

const UNARY = {
  abs: Math.abs, sign: Math.sign, exp: Math.exp, log: Math.log, sqrt: Math.sqrt, sin: Math.sin, cos: Math.cos,
  tanh: Math.tanh, floor: Math.floor, ceil: Math.ceil,
  recip: (x) => 1 / x,
  sqr: (x) => x * x,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  relu: (x) => (x < 0 ? 0 : x),
  leaky_relu: (x, slope) => (x > 0 ? x : slope * x),
  elu: (x, alpha) => (x > 0 ? x : alpha * (Math.exp(x) - 1)),
  gelu: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * x * (1 + 0.044715 * x * x))),
  silu: (x) => x / (1 + Math.exp(-x)),
  round: (x) => Math.sign(x) * Math.floor(Math.abs(x) + 0.5),
  clamp: (x, low, high) => (x < low ? low : x > high ? high : x),
  affine: (x, mul, add) => x * mul + add,
  pow: (x, exponent) => x ** exponent,
  above: (x, limit) => (x > limit ? 1 : 0),
};

const BINARY = {
  add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b, div: (a, b) => a / b,
  max: Math.max, min: Math.min, pow: (a, b) => a ** b,
  eq: (a, b) => +(a === b), ne: (a, b) => +(a !== b), lt: (a, b) => +(a < b), le: (a, b) => +(a <= b),
  gt: (a, b) => +(a > b), ge: (a, b) => +(a >= b),
};

// For each place of the result, `from` of `at` along each dimension, in the other's order.
function walked(shape, steps, start, each) {
  const at = shape.map(() => 0);
  for (let place = 0, from = start; place < size(shape); place++) {
    each(place, from);
    for (let dim = shape.length - 1; dim >= 0; dim--) {
      from += steps[dim];
      if (++at[dim] < shape[dim]) break;
      from -= steps[dim] * shape[dim];
      at[dim] = 0;
    }
  }
}

const stepsOf = (shape) => shape.map((_, dim) => size(shape.slice(dim + 1)));

// Steps through a smaller tensor, 0 where one extent stands for all.
function broadcastSteps(from, to) {
  const more = to.length - from.length, steps = stepsOf(from);
  return to.map((extent, dim) => (dim < more || (from[dim - more] === 1 && extent !== 1) ? 0 : steps[dim - more]));
}

function taken(shape, x, steps, start) {
  const y = new Float32Array(size(shape));
  walked(shape, steps, start, (place, from) => { y[place] = x.data[from]; });
  return y;
}

function binary({ name, shape }, a, b) {
  const y = new Float32Array(size(shape)), f = BINARY[name];
  if (a.data.length === y.length && b.data.length === y.length) {
    for (let at = 0; at < y.length; at++) y[at] = f(a.data[at], b.data[at]);
    return y;
  }
  const [left, right] = [a, b].map((x) => taken(shape, x, broadcastSteps(x.shape, shape), 0));
  for (let at = 0; at < y.length; at++) y[at] = f(left[at], right[at]);
  return y;
}

function matmul({ turned, shape }, a, b) {
  const [m, n] = shape.slice(-2), k = a.shape.at(turned[0] ? -2 : -1), y = new Float32Array(size(shape));
  const upright = (x, is, rows, columns, matrix) => {
    const from = matrix * rows * columns;
    if (!is) return x.data.subarray(from, from + rows * columns);
    return taken([rows, columns], x, [1, rows], from);
  };
  for (let matrix = 0; matrix < size(shape.slice(0, -2)); matrix++) {
    const left = upright(a, turned[0], m, k, matrix), right = upright(b, turned[1], k, n, matrix);
    product(m, n, k, left, 0, right, 0, n, y, matrix * m * n, n);
  }
  return y;
}

function windows(x, shape, is_max, along) {
  const [, , height, width] = x.shape, [, , oh, ow] = shape, y = new Float32Array(size(shape));
  const down = Array.from({ length: oh }, (_, o) => along(0, o, height));
  const across = Array.from({ length: ow }, (_, o) => along(1, o, width));
  let at = 0;
  for (let plane = 0; plane < size(shape.slice(0, 2)); plane++) {
    for (const [top, bottom, rows] of down) {
      for (const [left, right, columns] of across) {
        let most = -Infinity, sum = 0;
        for (let iy = top; iy < bottom; iy++) {
          for (let ix = left; ix < right; ix++) {
            const value = x.data[(plane * height + iy) * width + ix];
            if (value > most) most = value;
            sum += value;
          }
        }
        y[at++] = is_max ? most : sum / (rows * columns);
      }
    }
  }
  return y;
}

function pool({ is_max, counts_zeros, kernel, stride, zeros, shape }, x) {
  return windows(x, shape, is_max, (d, o, extent) => {
    const start = o * stride[d] - zeros[d], end = Math.min(start + kernel[d], extent + zeros[d]);
    const [first, last] = [Math.max(start, 0), Math.max(Math.min(end, extent), 0)];
    return [first, last, counts_zeros ? end - start : last - first];
  });
}

function adaptivePool({ is_max, shape }, x) {
  return windows(x, shape, is_max, (d, o, extent) => {
    const to = shape[2 + d], [first, last] = [Math.floor((o * extent) / to), Math.ceil(((o + 1) * extent) / to)];
    return [first, last, last - first];
  });
}

function reduce({ name, start, end, shape }, x) {
  const outer = size(x.shape.slice(0, start)), many = size(x.shape.slice(start, end)), inner = size(x.shape.slice(end));
  const y = new Float32Array(size(shape));
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let sum = 0, most = -Infinity, least = Infinity;
      for (let t = 0; t < many; t++) {
        const value = x.data[(o * many + t) * inner + i];
        sum += value;
        most = Math.max(most, value);
        least = Math.min(least, value);
      }
      y[o * inner + i] = { sum, mean: sum / many, max: most, min: least }[name];
    }
  }
  return y;
}

function lrn({ size: count, alpha, beta, k, shape }, x) {
  const [, channels] = shape, places = size(shape.slice(2)), y = new Float32Array(size(shape));
  const before = Math.floor(count / 2), after = Math.floor((count - 1) / 2);
  for (let c = 0; c < channels; c++) {
    for (let place = 0; place < places; place++) {
      let sum = 0;
      for (let other = Math.max(0, c - before); other <= Math.min(channels - 1, c + after); other++) {
        sum += x.data[other * places + place] ** 2;
      }
      y[c * places + place] = x.data[c * places + place] / (k + (alpha / count) * sum) ** beta;
    }
  }
  return y;
}

function concat({ dim, shape }, ...parts) {
  const y = new Float32Array(size(shape)), inner = size(shape.slice(dim + 1));
  let offset = 0;
  for (const part of parts) {
    const run = part.shape[dim] * inner;
    for (let o = 0; o < size(shape.slice(0, dim)); o++) {
      y.set(part.data.subarray(o * run, (o + 1) * run), o * shape[dim] * inner + offset);
    }
    offset += run;
  }
  return y;
}

function pad({ dim, left, shape }, x) {
  const y = new Float32Array(size(shape)), inner = size(shape.slice(dim + 1)), run = x.shape[dim] * inner;
  for (let o = 0; o < size(shape.slice(0, dim)); o++) {
    y.set(x.data.subarray(o * run, (o + 1) * run), (o * shape[dim] + left) * inner);
  }
  return y;
}

const each = (shape, x, f) => Float32Array.from({ length: size(shape) }, (_, at) => f(x.data[at]));

/** To the nearest whole number, at .5 to the even one. */
function even(v) {
  const low = Math.floor(v), rest = v - low;
  return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
}

const OPS = {
  conv, linear, matmul, softmax, pool, reduce, lrn, concat, pad, binary,
  batch_norm: batchNorm,
  layer_norm: layerNorm,
  adaptive_pool: adaptivePool,
  constant: ({ values }) => Float32Array.from(values),
  gelu_erf: ({ shape }, x) => each(shape, x, (v) => (v / 2) * (1 + erf(v / Math.SQRT2))),
  erf: ({ shape }, x) => each(shape, x, erf),
  quantised: ({ scale, zero, most, shape }, x) =>
    each(shape, x, (v) => (Math.min(Math.max(even(v / scale) + zero, 0), most) - zero) * scale),
  spatial_mean: ({ shape }, x) => reduce({ name: "mean", start: 2, end: 4, shape }, x),
  reshape: (_, x) => x.data,
  permute: ({ dims, shape }, x) => taken(shape, x, dims.map((dim) => stepsOf(x.shape)[dim]), 0),
  broadcast: ({ shape }, x) => taken(shape, x, broadcastSteps(x.shape, shape), 0),
  narrow: ({ dim, start, shape }, x) => taken(shape, x, stepsOf(x.shape), start * stepsOf(x.shape)[dim]),
  flip({ dim, shape }, x) {
    const steps = stepsOf(shape), last = (shape[dim] - 1) * steps[dim];
    return taken(shape, x, steps.map((step, at) => (at === dim ? -step : step)), last);
  },
  unary({ name, a, b, shape }, x) {
    const y = new Float32Array(size(shape)), f = UNARY[name], data = x.data;
    for (let at = 0; at < y.length; at++) y[at] = f(data[at], a, b);
    return y;
  },
};

// The value of each step that `wanted` names; others are let go when nothing reads them any more.
function run(steps, wanted, picture, variable) {
  const values = new Map(), last = new Map();
  steps.forEach((step, at) => step.reads.forEach((id) => last.set(id, at)));
  steps.forEach((step, at) => {
    const reads = step.reads.map((id) => values.get(id));
    const data = step.op === "picture" ? picture : step.op === "variable" ? variable(step.name) : OPS[step.op](step, ...reads);
    values.set(step.id, { shape: step.shape, data });
    step.reads.filter((id) => last.get(id) === at && !wanted.includes(id)).forEach((id) => values.delete(id));
  });
  return wanted.map((id) => values.get(id).data);
}

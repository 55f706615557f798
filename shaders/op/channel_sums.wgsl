// Per channel the sum of g, and of g times the normalised x. Twin: src/graph/op/channel_sums.rs
// g, x [batch, CHANNELS, INNER], LEN elements of each channel; moments [2, CHANNELS] → y [2, CHANNELS]

const CHANNELS: u32 = 3u;
const LEN: u32 = 8u;
const INNER: u32 = 4u;
// Invocations of a workgroup, and how many of them share a channel: all, or one each, which takes no barrier.
const WIDTH: u32 = 64u;
const LANES: u32 = 64u;

//:slot eps
const EPS = 1e-5;
//:end

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> g: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> moments: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

var<workgroup> parts: array<vec2<f32>, WIDTH>;

// The sum of the parts of all that share a channel.
fn total(local: u32, part: vec2<f32>) -> vec2<f32> {
    if LANES == 1u {
        return part;
    }
    parts[local] = part;
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if local % LANES < half {
            parts[local] += parts[local + half];
        }
    }
    workgroupBarrier();
    let sum = parts[local - local % LANES];
    workgroupBarrier();
    return sum;
}

// Element k of a channel.
fn at(c: u32, k: u32) -> u32 {
    return (k / INNER * CHANNELS + c) * INNER + k % INNER;
}

@compute @workgroup_size(WIDTH)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let channel = (group.x + group.y * groups.x) * (WIDTH / LANES) + local / LANES;
    let held = channel < CHANNELS;
    let c = min(channel, CHANNELS - 1u);
    let lane = local % LANES;
    let mean = moments[c];

    // Runs of 32 terms first: two short chains of additions instead of a long one.
    var sum = vec2(0.0);
    for (var first = lane; first < LEN; first += 32u * LANES) {
        var part = vec2(0.0);
        for (var k = first; k < min(first + 32u * LANES, LEN); k += LANES) {
            let i = at(c, k);
            part += g[i] * vec2(1.0, x[i] - mean);
        }
        sum += part;
    }
    let sums = total(local, sum);

    if lane == 0u && held {
        y[c] = epilogue(sums.x, c);
        y[CHANNELS + c] = epilogue(sums.y * inverseSqrt(moments[CHANNELS + c] + EPS), CHANNELS + c);
    }
}

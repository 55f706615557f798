// Mean and variance of each channel, in two passes. Twin: src/graph/op/moments.rs
// x [batch, CHANNELS, INNER], LEN elements of each channel → y [2, CHANNELS]

const CHANNELS: u32 = 3u;
const LEN: u32 = 8u;
const INNER: u32 = 4u;
// Invocations of a workgroup, and how many of them share a channel: all, or one each, which takes no barrier.
const WIDTH: u32 = 64u;
const LANES: u32 = 64u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

var<workgroup> parts: array<f32, WIDTH>;

// The sum of the parts of all that share a channel.
fn total(local: u32, part: f32) -> f32 {
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

    // Runs of 32 terms first: two short chains of additions instead of a long one.
    var sum = 0.0;
    for (var first = lane; first < LEN; first += 32u * LANES) {
        var part = 0.0;
        for (var k = first; k < min(first + 32u * LANES, LEN); k += LANES) {
            part += x[at(c, k)];
        }
        sum += part;
    }
    let mean = total(local, sum) / f32(LEN);

    var squares = 0.0;
    for (var first = lane; first < LEN; first += 32u * LANES) {
        var part = 0.0;
        for (var k = first; k < min(first + 32u * LANES, LEN); k += LANES) {
            let centred = x[at(c, k)] - mean;
            part += centred * centred;
        }
        squares += part;
    }
    let variance = total(local, squares) / f32(LEN);

    if lane == 0u && held {
        y[c] = epilogue(mean, c);
        y[CHANNELS + c] = epilogue(variance, CHANNELS + c);
    }
}

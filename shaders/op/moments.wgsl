// Mean and biased variance of each channel, a workgroup per channel, in two passes. Twin: src/graph/op/moments.rs
// x [BATCH, CHANNELS, INNER] → y [2, CHANNELS]

const BATCH: u32 = 2u;
const CHANNELS: u32 = 3u;
const INNER: u32 = 4u;

const COUNT: u32 = BATCH * INNER;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;

var<workgroup> parts: array<f32, 64>;

// The sum over the workgroup, for all of it.
fn total(local: u32, part: f32) -> f32 {
    parts[local] = part;
    //:lib workgroup_sum
    workgroupBarrier();
    for (var half = 32u; half > 0u; half /= 2u) {
        if local < half {
            parts[local] += parts[local + half];
        }
        workgroupBarrier();
    }
    //:lib end
    let sum = parts[0];
    workgroupBarrier();
    return sum;
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let channel = group.x + group.y * groups.x;
    let first = min(channel, CHANNELS - 1u) * INNER;
    var sum = 0.0;
    for (var k = local; k < COUNT; k += 64u) {
        sum += x[first + k / INNER * CHANNELS * INNER + k % INNER];
    }
    let mean = total(local, sum) / f32(COUNT);
    var squares = 0.0;
    for (var k = local; k < COUNT; k += 64u) {
        let off = x[first + k / INNER * CHANNELS * INNER + k % INNER] - mean;
        squares += off * off;
    }
    let variance = total(local, squares) / f32(COUNT);
    if local == 0u && channel < CHANNELS {
        y[channel] = mean;
        y[CHANNELS + channel] = variance;
    }
}

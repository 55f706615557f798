// Per channel the sum of a, and of a · (b - mean), a workgroup per channel. Twin: src/graph/op/channel_sums.rs
// a, b [BATCH, CHANNELS, INNER], moments [2, CHANNELS] → y [2, CHANNELS]

const BATCH: u32 = 2u;
const CHANNELS: u32 = 3u;
const INNER: u32 = 4u;

const COUNT: u32 = BATCH * INNER;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> moments: array<f32>;

var<workgroup> parts: array<vec2<f32>, 64>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let channel = group.x + group.y * groups.x;
    let held = min(channel, CHANNELS - 1u);
    let mean = moments[held];
    var sums = vec2<f32>();
    for (var k = local; k < COUNT; k += 64u) {
        let i = held * INNER + k / INNER * CHANNELS * INNER + k % INNER;
        sums += a[i] * vec2<f32>(1.0, b[i] - mean);
    }
    parts[local] = sums;
    //:lib workgroup_sum
    workgroupBarrier();
    for (var half = 32u; half > 0u; half /= 2u) {
        if local < half {
            parts[local] += parts[local + half];
        }
        workgroupBarrier();
    }
    //:lib end
    if local == 0u && channel < CHANNELS {
        y[channel] = parts[0].x;
        y[CHANNELS + channel] = parts[0].y;
    }
}

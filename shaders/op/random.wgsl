// Random floats, uniform or normal, one per invocation. Twin: src/graph/op/random.rs
// x: seed and step → y [COUNT]

const COUNT: u32 = 16u;
const KEY: u32 = 0u;
const NORMAL: u32 = 0u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<u32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

fn rotated(x: u32, by: u32) -> u32 {
    return (x << by) | (x >> (32u - by));
}

fn mixed(x: vec2<u32>, by: u32) -> vec2<u32> {
    let sum = x.x + x.y;
    return vec2(sum, rotated(x.y, by) ^ sum);
}

// Two random words: Threefry-2x32 with 20 rounds. Twin: src/graph/op/threefry.rs
fn threefry(key: vec2<u32>, counter: vec2<u32>) -> vec2<u32> {
    let third = 0x1BD11BDAu ^ key.x ^ key.y;
    var x = counter + key;
    x = mixed(mixed(mixed(mixed(x, 13u), 15u), 26u), 6u) + vec2(key.y, third + 1u);
    x = mixed(mixed(mixed(mixed(x, 17u), 29u), 16u), 24u) + vec2(third, key.x + 2u);
    x = mixed(mixed(mixed(mixed(x, 13u), 15u), 26u), 6u) + vec2(key.x, key.y + 3u);
    x = mixed(mixed(mixed(mixed(x, 17u), 29u), 16u), 24u) + vec2(key.y, third + 4u);
    x = mixed(mixed(mixed(mixed(x, 13u), 15u), 26u), 6u) + vec2(third, key.x + 5u);
    return x;
}

// In [0, 1): a multiple of 2⁻²⁴.
fn unit(bits: u32) -> f32 {
    return f32(bits >> 8u) * (1.0 / 16777216.0);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    if NORMAL == 1u {
        // Box and Muller: one in (0, 1] for the logarithm, an angle in [-π, π).
        let words = threefry(vec2(x[0], KEY), vec2(x[1], i));
        let radius = sqrt(-2.0 * log(f32((words.x >> 8u) + 1u) * (1.0 / 16777216.0)));
        y[i] = epilogue(radius * cos((unit(words.y) - 0.5) * 6.2831853), i);
    } else {
        let words = threefry(vec2(x[0], KEY), vec2(x[1], i / 2u));
        y[i] = epilogue(unit(select(words.x, words.y, i % 2u == 1u)), i);
    }
}

// A part of a random order of 0 .. SIZE, one place per invocation. Twin: src/graph/op/permutation.rs
// x: seed, epoch, first place → y [COUNT]

const COUNT: u32 = 16u;
const SIZE: u32 = 100u;
// Bits of each half of the Feistel network.
const HALF: u32 = 4u;
const ROUNDS: u32 = 8u;

@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<u32>;

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

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let key = vec2(x[0], x[1]);
    let mask = (1u << HALF) - 1u;
    var v = (x[2] % SIZE + i % SIZE) % SIZE;
    // What falls outside goes on to the next: a cycle that began inside comes back inside.
    loop {
        var left = v >> HALF;
        var right = v & mask;
        for (var round = 0u; round < ROUNDS; round++) {
            let next = left ^ (threefry(key, vec2(round, right)).x & mask);
            left = right;
            right = next;
        }
        v = (left << HALF) | right;
        if v < SIZE {
            break;
        }
    }
    y[i] = v;
}

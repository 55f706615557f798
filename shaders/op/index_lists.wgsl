// Which slices go where, as lists: for each place the first slice that goes there, then for each slice the next one that goes
// where it went; LEN where there is none. Twin: src/graph/op/index_add.rs
// ids [LEN] → y [EXTENT + LEN]; an index beyond the end is the last place's.

const EXTENT: u32 = 4u;
const LEN: u32 = 3u;

@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<storage, read> ids: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= EXTENT + LEN {
        return;
    }
    var at = i;
    var k = 0u;
    if i >= EXTENT {
        at = min(ids[i - EXTENT], EXTENT - 1u);
        k = i - EXTENT + 1u;
    }
    for (; k < LEN; k++) {
        if min(ids[k], EXTENT - 1u) == at {
            break;
        }
    }
    y[i] = k;
}

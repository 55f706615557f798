// Stores four neighbouring weights of a filter.

const C_OUT: u32 = 16u;
const DEPTH: u32 = 72u;
const COUNT: u32 = C_OUT * DEPTH;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

//:lib conv_weights_store
fn store(row: u32, column: u32, group: u32, split: u32, v: vec4<f32>) {
    if row >= C_OUT {
        return;
    }
    let i = split * COUNT + (group * C_OUT + row) * DEPTH + column;
    if column < DEPTH {
        y[i] = epilogue(v.x, i);
    }
    if column + 1u < DEPTH {
        y[i + 1u] = epilogue(v.y, i + 1u);
    }
    if column + 2u < DEPTH {
        y[i + 2u] = epilogue(v.z, i + 2u);
    }
    if column + 3u < DEPTH {
        y[i + 3u] = epilogue(v.w, i + 3u);
    }
}
//:lib end

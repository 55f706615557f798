// One row of a with four terms of four columns of b.

//:lib matmul_times
fn times(four: vec4<f32>, by: mat4x4<f32>) -> vec4<f32> {
    return four.x * by[0] + four.y * by[1] + four.z * by[2] + four.w * by[3];
}
//:lib end

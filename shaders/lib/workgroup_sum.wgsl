// The sum of what 64 invocations put into `parts`, in its first place.

var<workgroup> parts: array<f32, 64>;

fn sum(local: u32) {
    //:lib workgroup_sum
    workgroupBarrier();
    for (var half = 32u; half > 0u; half /= 2u) {
        if local < half {
            parts[local] += parts[local + half];
        }
        workgroupBarrier();
    }
    //:lib end
}

//! Kernels that read a constant as 16-bit floats, two in a word: weights that a file has so take no more room on the device. Sums
//! stay in 32 bits, and every such value is a 32-bit float too, so that no result changes.

/// The shader with what it reads at this binding in 16 bits. Every kernel reads by index what it only reads.
pub fn halved(text: &str, binding: usize) -> Result<String, String> {
    let head = format!("@group(0) @binding({binding}) var<storage, read> ");
    let missing = || format!("nothing is only read at binding {binding}");
    let (before, rest) = text.split_once(&head).ok_or_else(missing)?;
    let (declared, after) = rest.split_once(";\n").ok_or_else(missing)?;
    let (name, element) = declared.split_once(": array<").ok_or_else(missing)?;
    let element = element.strip_suffix('>').ok_or_else(missing)?;
    let (stored, value) = match element {
        "vec4<f32>" => {
            ("vec2<u32>", "let two = NAME[i];\n    return vec4(unpack2x16float(two.x), unpack2x16float(two.y));")
        }
        // A copy of the bits of 32-bit floats.
        "u32" => ("u32", "return bitcast<u32>(unpack2x16float(NAME[i >> 1u])[i & 1u]);"),
        _ => ("u32", "return unpack2x16float(NAME[i >> 1u])[i & 1u];"),
    };
    let value = value.replace("NAME", name);
    let read = format!("{name}_value");
    let (before, after) = (called(before, name, &read), called(after, name, &read));
    Ok(format!("{before}{head}{name}: array<{stored}>;\nfn {read}(i: u32) -> {element} {{\n    {value}\n}}\n{after}"))
}

/// The text with every `name[…]` as `read(…)`. What follows `//` stays.
fn called(text: &str, name: &str, read: &str) -> String {
    let mut result = String::new();
    // Of each bracket that is open: whether it became a parenthesis.
    let mut open = Vec::new();
    let mut word = String::new();
    for line in text.split_inclusive('\n') {
        let (code, comment) = line.split_at(line.find("//").unwrap_or(line.len()));
        for c in code.chars() {
            match c {
                '[' => {
                    let is_read = word == name;
                    if is_read {
                        result.truncate(result.len() - name.len());
                        result.push_str(read);
                    }
                    open.push(is_read);
                    result.push(if is_read { '(' } else { '[' });
                }
                ']' => result.push(if open.pop() == Some(true) { ')' } else { ']' }),
                _ => result.push(c),
            }
            // A member of that name is another one.
            let is_part = c.is_ascii_alphanumeric() || c == '_' || c == '.';
            if is_part { word.push(c) } else { word.clear() }
        }
        word.clear();
        result.push_str(comment);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_by_index_become_calls() {
        let text = "@group(0) @binding(1) var<storage, read> w: array<f32>;\n// w[i]\nfn f() { y[w[i + x[2]]] = v.w[1] + w[w[0]]; }\n";
        let want = "@group(0) @binding(1) var<storage, read> w: array<u32>;\nfn w_value(i: u32) -> f32 {\n    \
            return unpack2x16float(w[i >> 1u])[i & 1u];\n}\n// w[i]\n\
            fn f() { y[w_value(i + x[2])] = v.w[1] + w_value(w_value(0)); }\n";
        assert_eq!(halved(text, 1).unwrap(), want);
        assert_eq!(halved(text, 2).unwrap_err(), "nothing is only read at binding 2");
    }
}

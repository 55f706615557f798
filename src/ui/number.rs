//! Numbers as a person reads them, always with their unit. The browser writes fractions: the standard library's own way is
//! seven kilobytes of the first load.

use js_sys::Number;

/// With so many digits after the point.
pub(crate) fn fixed(value: f64, decimals: u8) -> String {
    Number::from(value).to_fixed(decimals).map_or_else(|_| String::new(), String::from)
}

/// `1.2e-5`, with so many digits after the point.
fn exponential(value: f64, decimals: u8) -> String {
    let written = Number::from(value).to_exponential(decimals).map_or_else(|_| String::new(), String::from);
    written.replace("e+", "e")
}

/// As many digits as it takes to be read back as the same number.
pub(crate) fn exact(value: impl Into<f64>) -> String {
    Number::from(value.into()).to_string_with_radix(10).map_or_else(|_| String::new(), String::from)
}

/// `1,235,496`
pub(crate) fn count(value: impl Into<u64>) -> String {
    grouped(value.into())
}

fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Three significant digits: `349 M`, `1.81 G`.
pub(crate) fn short_count(value: u64) -> String {
    let (scaled, unit) = scaled(value as f64, &["", "k", "M", "G", "T"]);
    if unit.is_empty() { value.to_string() } else { format!("{scaled} {unit}") }
}

/// Decimal units, as file managers and networks have them: `46.8 MB`.
pub(crate) fn bytes(value: u64) -> String {
    if value < 1000 {
        return format!("{value} B");
    }
    let (scaled, unit) = scaled(value as f64, &["B", "kB", "MB", "GB", "TB"]);
    format!("{scaled} {unit}")
}

fn scaled<'unit>(value: f64, units: &[&'unit str]) -> (String, &'unit str) {
    let mut scaled = value;
    let mut unit = 0;
    // 999.5 would print as 1000 with three digits.
    while scaled >= 999.5 && unit + 1 < units.len() {
        scaled /= 1000.0;
        unit += 1;
    }
    let decimals = match scaled {
        small if small < 9.995 => 2,
        middle if middle < 99.95 => 1,
        _ => 0,
    };
    (fixed(scaled, decimals), units[unit])
}

/// `4.1 ms`, `212 ms`, `1.24 s`
pub(crate) fn millis(value: f64) -> String {
    match value {
        small if small < 9.95 => format!("{} ms", fixed(small, 1)),
        middle if middle < 999.5 => format!("{} ms", fixed(middle, 0)),
        large => format!("{} s", fixed(large / 1000.0, 2)),
    }
}

/// `86.2 %`, and `<0.1 %` rather than a false zero.
pub(crate) fn percent(probability: f32) -> String {
    let value = probability * 100.0;
    if value > 0.0 && value < 0.05 { "<0.1 %".to_owned() } else { format!("{} %", fixed(value.into(), 1)) }
}

/// Three significant digits: `2.31`, `0.0321`, `1.2e-5`.
pub(crate) fn digits(value: f32) -> String {
    let size = value.abs();
    match size {
        _ if size == 0.0 => "0".to_owned(),
        _ if !size.is_finite() => "∞".to_owned(),
        _ if !(1e-3..1e5).contains(&size) => exponential(value.into(), 1),
        _ => {
            let decimals = (2.0 - size.log10().floor()).max(0.0) as u8;
            fixed(value.into(), decimals)
        }
    }
}

/// `3×224×224`
pub(crate) fn shape(sizes: &[usize]) -> String {
    sizes.iter().map(usize::to_string).collect::<Vec<_>>().join("×")
}

/// `3.1e-6`
pub(crate) fn small(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { exponential(value, 1).replace(".0e", "e") }
}

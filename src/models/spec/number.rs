//! Decimal numbers of a network's text. The standard library gets the last digit of any number right, with ten kilobytes of
//! tables; these few lines get right the numbers that people write.

/// `0.25`, `-1e-3`: exact where there are up to fifteen digits and at most 22 places behind or before the point, else within a
/// few roundings.
pub(crate) fn number(text: &str) -> Option<f64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().ok()?),
        None => (text, 0),
    };
    let unsigned = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (mut digits, mut power) = (0_u64, i32::from(exponent));
    for (at, digit) in whole.bytes().chain(fraction.bytes()).enumerate() {
        if !digit.is_ascii_digit() {
            return None;
        }
        let is_fraction = at >= whole.len();
        // More digits than a double tells apart only move the point.
        if digits < 100_000_000_000_000_000 {
            digits = digits * 10 + u64::from(digit - b'0');
            power -= i32::from(is_fraction);
        } else {
            power += i32::from(!is_fraction);
        }
    }
    let scale = 10_f64.powi(power.abs());
    let value = if power < 0 { digits as f64 / scale } else { digits as f64 * scale };
    Some(if mantissa.starts_with('-') { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_those_of_the_standard_library() {
        for text in [
            "0",
            "1",
            "-1",
            "+2.5",
            "0.1",
            "0.01",
            ".5",
            "5.",
            "1e-5",
            "1E5",
            "2.225e-19",
            "123456789.012345",
            "-0.25e+3",
        ] {
            assert_eq!(number(text), text.parse().ok(), "{text}");
        }
        for thousandths in 0..20_000_i32 {
            let text = format!("{:.3}", f64::from(thousandths - 10_000) / 1000.0);
            assert_eq!(number(&text), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "-", ".", "e5", "1e", "1e5.5", "0x10", "1,5", "١", "nan", "inf", "1 2", "--1", "1e99999"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn a_long_number_is_near() {
        for text in [
            "3.14159265358979323846264338327950288",
            "123456789012345678901234567890",
            "0.00000000000000000000000000012345",
        ] {
            let exact: f64 = text.parse().unwrap();
            assert!((number(text).unwrap() / exact - 1.0).abs() < 1e-15, "{text}");
        }
    }
}

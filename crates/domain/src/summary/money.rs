//! Amounts of money, as people read them.

/// An amount in minor units, as Stripe takes it: `1050`, `usd` is 10.50 USD.
pub(super) fn minor(amount: &str, currency: &str) -> String {
    let name = currency.to_ascii_uppercase();
    let digits = if ZERO.contains(&name.as_str()) {
        0
    } else if THREE.contains(&name.as_str()) {
        3
    } else {
        2
    };
    let is_number = !amount.is_empty() && amount.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        return format!("{amount} {name}");
    }
    let padded = format!("{amount:0>width$}", width = digits + 1);
    let (whole, part) = padded.split_at_checked(padded.len() - digits).unwrap_or((&padded, ""));
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    if part.is_empty() { format!("{whole} {name}") } else { format!("{whole}.{part} {name}") }
}

/// Without minor units (Stripe, "Zero-decimal currencies").
const ZERO: &[&str] = &[
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF",
    "XPF",
];
const THREE: &[&str] = &["BHD", "JOD", "KWD", "OMR", "TND"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_currency_s_places() {
        for (amount, currency, shown) in [
            ("1050", "usd", "10.50 USD"),
            ("5", "eur", "0.05 EUR"),
            ("1050", "jpy", "1050 JPY"),
            ("12345", "kwd", "12.345 KWD"),
            ("", "usd", " USD"),
            ("1e5", "usd", "1e5 USD"),
        ] {
            assert_eq!(minor(amount, currency), shown);
        }
    }
}

//! The server's URL as people write it.

use reqwest::Url;

use crate::exit::Failure;

/// Normalizes a URL: with a scheme, without a trailing slash.
pub(crate) fn normal(text: &str, source: &str) -> Result<String, Failure> {
    let text = text.trim();
    let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let wrong = || {
        Failure::usage(format!("{source}: `{text}` is not a server's URL"))
            .hint("a server's URL looks like http://127.0.0.1:10254")
    };
    let url: Url = full.parse().map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong());
    }
    let mut normal = url;
    normal.set_query(None);
    normal.set_fragment(None);
    Ok(normal.as_str().trim_end_matches('/').to_owned())
}

/// Whether a URL points to this machine.
pub(crate) fn is_loopback(url: &str) -> bool {
    let Ok(url) = url.parse::<Url>() else {
        return false;
    };
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_and_a_trailing_slash_make_no_difference() {
        for same in ["localhost:1", "http://localhost:1", "http://localhost:1/", "http://localhost:1/?a#b"] {
            assert_eq!(normal(same, "test").unwrap(), "http://localhost:1");
        }
        assert!(normal("ftp://a", "test").is_err());
    }

    #[test]
    fn a_loopback_url_points_to_this_machine() {
        assert!(
            is_loopback("http://127.0.0.1:1")
                && is_loopback("http://[::1]:1")
                && is_loopback("http://localhost")
        );
        assert!(!is_loopback("http://10.0.0.1") && !is_loopback("http://localhost.evil.test"));
    }
}

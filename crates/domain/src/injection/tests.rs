//! Tests of injection.

use proptest::prelude::*;

use super::*;

fn filled(format: &str, value: &str) -> String {
    String::from_utf8(Format::read(format).unwrap().fill(value.as_bytes()).to_vec()).unwrap()
}

#[test]
fn formats_are_filled() {
    assert_eq!(filled("{value}", "v"), "v");
    assert_eq!(filled("Bearer {value}", "v"), "Bearer v");
    assert_eq!(filled("Basic {base64:user:{value}}", "pass"), "Basic dXNlcjpwYXNz");
    assert_eq!(filled("{base64:{value}:x}!", "v"), "djp4!");
    assert_eq!(filled("a={value};b={value}", "v"), "a=v;b=v");
}

#[test]
fn a_format_without_the_value_is_refused() {
    for bad in ["", "Bearer", "{valu}", "{base64:user:}", "{base64:user:{value}", "a\nb{value}"] {
        assert!(Format::read(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_path_template_replaces_the_filler_segment() {
    let template = PathTemplate::read("/bot{value}/*").unwrap();
    assert!(template.fits("/botFILLER/sendMessage"));
    assert!(!template.fits("/other/sendMessage"));
    assert_eq!(*template.fill("/botFILLER/sendMessage", "123:A/b"), "/bot123:A%2Fb/sendMessage");
}

#[test]
fn a_bad_path_template_is_refused() {
    for bad in ["/bot", "bot{value}", "/{value}/{value}", "/a*{value}/x", "/../{value}"] {
        assert!(PathTemplate::read(bad).is_err(), "{bad}");
    }
}

#[test]
fn headers_that_frame_the_request_are_refused() {
    let config = |name: &str| InjectionConfig { header_name: Some(name.into()), ..Default::default() };
    for bad in ["Host", "content-length", "Proxy-Authorization", "a b", "", "tränsfer"] {
        assert!(Injection::read(SecretKind::Generic, &config(bad)).is_err(), "{bad}");
    }
    assert!(Injection::read(SecretKind::Generic, &config("X-Api-Key")).is_ok());
}

proptest! {
    #[test]
    fn filling_never_reallocates(literal in "[a-z ]{0,10}", value in "\\PC{1,40}") {
        let format = Format::read(&format!("{literal}{{value}}{{base64:u:{{value}}}}")).unwrap();
        let filled = format.fill(value.as_bytes());
        prop_assert_eq!(filled.len(), format.length(value.len()));
    }

    #[test]
    fn reading_never_panics(text in "\\PC{0,40}") {
        let _ = Format::read(&text);
        let _ = PathTemplate::read(&text);
    }
}

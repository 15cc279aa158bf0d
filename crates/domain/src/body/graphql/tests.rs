//! Tests of reading GraphQL.

use proptest::prelude::*;

use super::*;

/// Kind, name, fields at the root, fields below.
type Brief = (String, Option<String>, String, String);

fn read(text: &str) -> Option<Vec<Brief>> {
    let all = Document::read(text).and_then(|document| document.operations()).ok()?;
    Some(
        all.into_iter()
            .map(|one| {
                (one.kind.to_owned(), one.name.map(str::to_owned), one.roots.join(" "), one.below.join(" "))
            })
            .collect(),
    )
}

fn one(text: &str) -> (String, String) {
    let mut all = read(text).unwrap_or_else(|| panic!("not read: {text}"));
    let (_, _, roots, below) = all.remove(0);
    (roots, below)
}

#[test]
fn fields_are_found_behind_aliases_arguments_directives_and_fragments() {
    for (text, roots, below) in [
        ("{a}", "a", ""),
        ("query Q($x: [Int!]! = [1, 2] @d(a: 1)) @live { a(x: $x, y: {z: [\"}\"]}) { b, c } }", "a", "b c"),
        ("mutation { safe: deleteIssue(id: \"1\") @skip(if: true) { success } }", "deleteIssue", "success"),
        ("{ ... on Q { a } ... @include(if: true) { b { c } } }", "a b", "c"),
        ("{ a { ...F } } fragment F on T { b { ...G } } fragment G on T { c ...F }", "a", "b c"),
        ("fragment F on Q { a { b } } { ...F @x }", "a", "b"),
        ("# comment { x }\n{ a(s: \"\"\"block \\\"\"\" } \"\"\") b(s: \"\\\"}\") }", "a b", ""),
        ("\u{feff}{ on query fragment mutation }", "on query fragment mutation", ""),
    ] {
        assert_eq!(one(text), (roots.into(), below.into()), "{text}");
    }
}

#[test]
fn operations_have_their_kind_and_name() {
    let all = read("query A { a } subscription B { b } mutation { c }").unwrap();
    let kinds: Vec<_> = all.iter().map(|(kind, name, ..)| (kind.as_str(), name.as_deref())).collect();
    assert_eq!(kinds, [("query", Some("A")), ("subscription", Some("B")), ("mutation", None)]);
}

#[test]
fn what_is_no_executable_document_is_uncertain() {
    let deep = "{a".repeat(200) + &"}".repeat(200);
    for text in [
        "",
        "{",
        "{}",
        "{a",
        "{a}}",
        "type A { b: Int }",
        "{ ...Missing }",
        "fragment F on T { a }",
        "fragment F on T { a } fragment F on T { b } { ...F }",
        "{ a(b: 1 }",
        "{ a: }",
        "{ a(x: \"\n\") }",
        "query A {a} extend type B {c: Int}",
        "{ a; b }",
        "{ .. a }",
        "{ ...on }",
        &deep,
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

/// A text for each number, one after another.
fn repeated(times: usize, text: impl Fn(usize) -> String) -> String {
    (0..times).map(text).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_chain_of_fragments_is_followed_however_long_it_is() {
    let chain = repeated(30_000, |at| format!("fragment F{at} on Q {{ ...F{} }}", at + 1));
    let text = format!("{{ ...F0 }} {chain} fragment F30000 on Q {{ a }}");
    assert_eq!(one(&text), ("a".into(), String::new()));
}

#[test]
fn operations_that_reach_too_much_together_are_uncertain() {
    let fields = repeated(2_000, |at| format!("f{at}"));
    let operations = repeated(2_000, |at| format!("query Q{at} {{ ...F }}"));
    assert_eq!(read(&format!("fragment F on Q {{ {fields} }} {operations}")), None);
}

proptest! {
    #[test]
    fn no_text_harms(text in "(\\{|\\}|\\(|\\)|\\.\\.\\.|on|query|fragment|\"|\"\"\"|:|@|#|\n|,|\\\\|[a-z0-9é] ?){0,60}") {
        let _ = read(&text);
    }

    #[test]
    fn a_field_is_never_lost(name in "[a-z]{3,8}x", depth in 0usize..8, alias: bool, by_fragment: bool) {
        let field = if alias { format!("y: {name}") } else { name.clone() };
        let inner = if by_fragment { "...F".to_owned() } else { field.clone() };
        let mut text = inner;
        for level in 0..depth {
            text = format!("l{level}(a: \"{{\") {{ {text} }}");
        }
        let fragment = if by_fragment { format!("fragment F on T {{ {field} }}") } else { String::new() };
        let (roots, below) = one(&format!("{{ {text} }} {fragment}"));
        let found = format!("{roots} {below}");
        prop_assert!(found.split(' ').any(|field| field == name), "{}", found);
    }
}

//! Tests of reading JSON.

use proptest::prelude::*;

use super::*;

/// As the reader has it.
const MOST_SPELLINGS: usize = 2;

fn texts(text: &str, pointer: &str) -> Vec<(String, bool)> {
    let json = Json::read(text).unwrap();
    let finds = json.find(text, json.root(), &Pointer::read(pointer).unwrap());
    finds
        .iter()
        .map(|found| {
            let scalar = json.scalar(text, *found).map(|scalar| scalar.to_text().into_owned());
            (scalar.unwrap_or_else(|| "…".into()), found.exact)
        })
        .collect()
}

#[test]
fn a_pointer_leads_to_the_value() {
    let text = r#"{"a":{"b":[1,-2,{"c/d":"x\ny"}],"":true},"m~n":null,"e":1e2,"A":0.5}"#;
    for (pointer, value) in [
        ("/a/b/0", "1"),
        ("/a/b/1", "-2"),
        ("/a/b/2/c~1d", "x\ny"),
        ("/a/", "true"),
        ("/m~0n", "null"),
        ("/e", "100"),
    ] {
        assert_eq!(texts(text, pointer), [(value.to_owned(), true)], "{pointer}");
    }
    for nowhere in ["/a/b/3", "/a/b/00", "/a/b/-", "/b", "/a/b/0/x"] {
        assert_eq!(texts(text, nowhere), [], "{nowhere}");
    }
    assert_eq!(texts(text, ""), [("…".to_owned(), true)]);
    assert!(Pointer::read("a").is_none());
}

#[test]
fn keys_in_another_letter_case_are_found_but_not_for_certain() {
    assert_eq!(texts(r#"{"Amount":5}"#, "/amount"), [("5".to_owned(), false)]);
    assert_eq!(
        texts(r#"{"amount":1,"AMOUNT":5}"#, "/amount"),
        [("1".to_owned(), true), ("5".to_owned(), false)]
    );
}

#[test]
fn what_readers_disagree_about_is_uncertain() {
    let many: Vec<String> = (0..40).map(|at| format!("\"k{}\":1", at % 39)).collect();
    let many = format!("{{{}}}", many.join(","));
    let deep = "[".repeat(500);
    for text in [
        "",
        "{",
        "{}{}",
        "{'a':1}",
        "// no\n{}",
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"[[{"x":{"a":1,"b":2,"a":1}}]]"#,
        "1e999",
        r#""\ud800""#,
        &many,
        &deep,
    ] {
        assert!(Json::read(text).is_err(), "{text}");
    }
}

fn to_serde(json: &Json, text: &str, found: Found) -> serde_json::Value {
    if json.is_list(found) {
        return json.items(found).map(|item| to_serde(json, text, item)).collect();
    }
    if json.is_object(found) {
        let fields =
            json.fields(text, found).map(|(key, value)| (key.to_owned(), to_serde(json, text, value)));
        return serde_json::Value::Object(fields.collect());
    }
    match json.scalar(text, found).unwrap() {
        Scalar::Text(text) => text.into(),
        Scalar::Natural(number) => number.into(),
        Scalar::Integer(number) => number.into(),
        Scalar::Float(number) => number.into(),
        Scalar::Word("null") => serde_json::Value::Null,
        Scalar::Word(word) => (word == "true").into(),
    }
}

fn values() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        "[a-z\"\\\\\\n\u{e9}]{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 64, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::btree_map("[a-c\"\\n]{0,3}", inner, 0..20)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_read_is_what_was_written(value in values(), pretty: bool) {
        let text =
            if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let json = Json::read(&text).unwrap();
        prop_assert_eq!(to_serde(&json, &text, json.root()), value);
    }

    #[test]
    fn every_key_and_item_is_found(
        keys in proptest::collection::hash_set("[a-c\u{17f}sS]{0,3}", 0..40), items in 0usize..40,
    ) {
        let fields: Vec<_> = keys.iter().enumerate().map(|(at, key)| format!("\"{key}\":{at}")).collect();
        let list: Vec<_> = (0..items).map(|at| at.to_string()).collect();
        let text = format!("[{{{}}},[{}]]", fields.join(","), list.join(","));
        let Ok(json) = Json::read(&text) else {
            // Some key has more than two spellings.
            let has_many = |key: &String| keys.iter().filter(|other| is_alike(key, other)).count() > MOST_SPELLINGS;
            prop_assert!(keys.iter().any(has_many));
            return Ok(());
        };
        for (at, key) in keys.iter().enumerate() {
            let found = json.find_steps(&text, json.root(), ["0", key]);
            let exact: Vec<_> = found.iter().filter(|found| found.exact).collect();
            prop_assert_eq!(exact.len(), 1);
            prop_assert_eq!(json.scalar(&text, *exact[0]), Some(Scalar::Natural(at as u64)));
            prop_assert_eq!(found.len(), keys.iter().filter(|other| is_alike(key, other)).count());
        }
        for at in 0..=items {
            let found = json.find_steps(&text, json.root(), ["1", &at.to_string()]);
            let value = found.first().and_then(|found| json.scalar(&text, *found));
            prop_assert_eq!(value, (at < items).then_some(Scalar::Natural(at as u64)));
        }
    }

    #[test]
    fn no_text_harms(text in "[\\[\\]{}\",:0-9a-z\\\\ ]{0,80}") {
        let _ = Json::read(&text);
    }
}

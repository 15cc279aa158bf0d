//! Tests of conditions.

use super::*;
use crate::body::Body;
use crate::facts::{Access, Headers};
use crate::host::Host;
use crate::id::AgentId;
use crate::path::Path;
use crate::target::{Scheme, Target};

fn ask(
    part: Part,
    key: &str,
    operator: Operator,
    value: Option<&str>,
    query: &str,
    headers: &[(&str, &str)],
) -> Truth {
    let condition = Condition { target: part, key: key.into(), operator, value: value.map(Into::into) };
    let tests = compile(&[condition]).unwrap();
    let target = Target {
        scheme: Scheme::Https,
        host: Host::read("a.test").unwrap(),
        port: 443,
        path: Path::read("/").unwrap(),
        query: Some(query.into()),
    };
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ask_all(
        &tests,
        &Facts {
            agent: AgentId(uuid::Uuid::nil()),
            access: Access::All,
            target: &target,
            method: "GET",
            overrides: smallvec::SmallVec::new(),
            headers: Headers::of(&headers),
            body: Body::Unread,
        },
    )
}

#[test]
fn each_operator_compares_as_it_says() {
    use Operator::{
        Contains, EndsWith, Equals, Exists, GreaterThan, LessThan, Matches, NotEquals, StartsWith,
    };
    for (operator, value, yes, no) in [
        (Equals, "prod", "prod", "Prod"),
        (NotEquals, "prod", "test", "prod"),
        (Contains, "ro", "prod", "pod"),
        (StartsWith, "pr", "prod", "a-prod"),
        (EndsWith, "od", "prod", "prods"),
        (Matches, "^p[a-z]+$", "prod", "Prod1"),
        (Exists, "", "prod", ""),
        (GreaterThan, "10", "10.5", "10"),
        (LessThan, "-1", "-2e3", "0"),
    ] {
        let query =
            |found: &str| ask(Part::Query, "env", operator, Some(value), &format!("env={found}"), &[]);
        assert_eq!(query(yes), Truth::Yes, "{operator:?}");
        if operator != Exists {
            assert_eq!(query(no), Truth::No, "{operator:?}");
        }
        let header = ask(Part::Header, "X-Env", operator, Some(value), "", &[("x-env", yes)]);
        assert_eq!(header, Truth::Yes, "{operator:?}");
    }
}

#[test]
fn what_is_not_there_equals_nothing() {
    use Operator::{Contains, Equals, Exists, GreaterThan, NotEquals};
    for (operator, truth) in [
        (Equals, Truth::No),
        (NotEquals, Truth::Yes),
        (Contains, Truth::No),
        (Exists, Truth::No),
        (GreaterThan, Truth::No),
    ] {
        assert_eq!(ask(Part::Query, "env", operator, Some("1"), "other=1", &[]), truth, "{operator:?}");
        assert_eq!(ask(Part::Header, "x-env", operator, Some("1"), "env=1", &[]), truth, "{operator:?}");
    }
}

#[test]
fn values_that_disagree_or_make_no_sense_are_doubtful() {
    let query = |operator, value, query: &str| ask(Part::Query, "n", operator, Some(value), query, &[]);
    assert_eq!(query(Operator::Equals, "1", "n=1&n=2"), Truth::Doubtful);
    assert_eq!(query(Operator::Equals, "1", "n=1&%6e=1"), Truth::Yes);
    assert_eq!(query(Operator::Equals, "1", "n=2&n=3"), Truth::No);
    assert_eq!(query(Operator::GreaterThan, "1", "n=many"), Truth::Doubtful);
    assert_eq!(query(Operator::Contains, "a b", "n=x+a%20b"), Truth::Yes);
    let header = ask(Part::Header, "x-n", Operator::Equals, Some("1"), "", &[("x-n", "1"), ("X-N", "2")]);
    assert_eq!(header, Truth::Doubtful);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let good = Condition {
        target: Part::Query,
        key: "n".into(),
        operator: Operator::Equals,
        value: Some("1".into()),
    };
    assert!(compile(std::slice::from_ref(&good)).is_ok());
    let why = |condition: Condition| compile(&[condition]).unwrap_err();
    assert_eq!(why(Condition { key: String::new(), ..good.clone() }), BadCondition::NoKey);
    assert_eq!(why(Condition { value: None, ..good.clone() }), BadCondition::NoValue);
    assert_eq!(
        why(Condition { operator: Operator::LessThan, value: Some("x".into()), ..good.clone() }),
        BadCondition::NoNumber
    );
    assert_eq!(why(Condition { value: Some("x".repeat(5_000)), ..good.clone() }), BadCondition::TooLong);
    for regex in ["(", "a{1000}{1000}{1000}"] {
        let bad = Condition { operator: Operator::Matches, value: Some(regex.into()), ..good.clone() };
        assert!(matches!(why(bad), BadCondition::Regex(_)), "{regex}");
    }
    assert_eq!(compile(&vec![good; MOST + 1]).unwrap_err(), BadCondition::TooMany);
}

#[test]
fn an_empty_key_or_value_is_refused_when_saved_where_one_is_needed() {
    let condition = |target, key: &str, operator, value: Option<&str>| {
        vec![Condition { target, key: key.into(), operator, value: value.map(Into::into) }]
    };
    let keys = [
        (Part::Query, "n"),
        (Part::Header, "x-n"),
        (Part::Body, ""),
        (Part::BodyJson, "/n"),
        (Part::Form, "n"),
        (Part::Graphql, "field"),
        (Part::Jsonrpc, "method"),
    ];
    let operators = [
        Operator::Equals,
        Operator::NotEquals,
        Operator::Contains,
        Operator::StartsWith,
        Operator::EndsWith,
        Operator::Matches,
    ];
    for (target, key) in keys {
        for operator in operators {
            assert_eq!(
                check(&condition(target, key, operator, Some("1"))),
                Ok(()),
                "{target:?} {operator:?}"
            );
            let empty = condition(target, key, operator, Some(""));
            assert_eq!(check(&empty), Err(BadCondition::EmptyValue), "{target:?} {operator:?}");
            let none = condition(target, key, operator, None);
            assert_eq!(check(&none), Err(BadCondition::NoValue), "{target:?} {operator:?}");
        }
        for operator in [Operator::GreaterThan, Operator::LessThan] {
            assert_eq!(check(&condition(target, key, operator, Some("1"))), Ok(()));
            assert_eq!(check(&condition(target, key, operator, Some(""))), Err(BadCondition::NoNumber));
        }
        for value in [None, Some("")] {
            assert_eq!(check(&condition(target, key, Operator::Exists, value)), Ok(()), "{target:?}");
        }
        if !key.is_empty() {
            assert!(check(&condition(target, "", Operator::Equals, Some("1"))).is_err(), "{target:?}");
            assert!(check(&condition(target, "", Operator::Exists, None)).is_err(), "{target:?}");
        }
    }
    // What was stored before is still read.
    for stored in [
        condition(Part::Body, "", Operator::Contains, Some("")),
        condition(Part::BodyJson, "", Operator::Exists, None),
    ] {
        assert!(compile(&stored).is_ok());
    }
}

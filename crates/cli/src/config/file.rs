//! `DATA_DIR/onecli.toml`: persistent settings.

use std::io::ErrorKind;
use std::path::Path;

use toml::{Table, Value};

use super::partial::{Partial, Source};
use super::table::{SETTINGS, Setting, Shape};

/// Reads the file; a missing one means no settings. Adds what is wrong with it to `problems`.
pub(crate) fn read(path: &Path, problems: &mut Vec<String>) -> Partial {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Partial::default(),
        Err(error) => {
            problems.push(format!("can't read {}: {}", path.display(), crate::exit::plain(&error)));
            return Partial::default();
        }
    };
    parse(&text, &path.display().to_string(), problems)
}

fn parse(text: &str, path: &str, problems: &mut Vec<String>) -> Partial {
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            problems.push(format!("{path} is not valid TOML: {}", where_and_why(text, &error)));
            return Partial::default();
        }
    };
    let mut given = Partial::default();
    for (key, value) in &table {
        let Some(setting) = Setting::of(&key.replace('_', "-")) else {
            problems.push(format!("{path}: `{key}` is not a setting{}", suggestion(key)));
            continue;
        };
        match plain(value, setting.shape) {
            Some(values) => given.put(setting.key, values, Source::File(setting.key)),
            None => problems.push(format!("{path}: `{key}` takes {}", expected(setting.shape))),
        }
    }
    given
}

/// The error without the line itself, which may contain a key or a passphrase.
fn where_and_why(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map(|span| text.get(..span.start).unwrap_or(text).matches('\n').count() + 1);
    line.map_or_else(|| error.message().to_owned(), |line| format!("line {line}: {}", error.message()))
}

fn plain(value: &Value, shape: Shape) -> Option<Vec<String>> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(on) if shape == Shape::Switch => Some(on.to_string()),
        Value::Boolean(_) | Value::Float(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    };
    if shape == Shape::Many
        && let Some(values) = value.as_array()
    {
        return values.iter().map(one).collect();
    }
    one(value).map(|value| vec![value])
}

fn expected(shape: Shape) -> &'static str {
    match shape {
        Shape::One => "a string or an integer",
        Shape::Many => "a list of strings, such as [\"a\", \"b\"]",
        Shape::Switch => "true or false",
    }
}

fn suggestion(key: &str) -> String {
    let key = key.replace('_', "-");
    SETTINGS
        .iter()
        .map(|setting| (distance(&key, setting.key), setting.key))
        .min()
        .filter(|(distance, nearest)| *distance <= nearest.len().div_ceil(2))
        .map_or_else(String::new, |(_, nearest)| format!("; did you mean `{nearest}`?"))
}

/// Levenshtein distance.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (above, b) in row.iter_mut().skip(1).zip(other.bytes()) {
            let best = (diagonal + usize::from(a != b)).min(left + 1).min(*above + 1);
            diagonal = *above;
            *above = best;
            left = best;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        parse(text, "onecli.toml", &mut problems);
        problems
    }

    #[test]
    fn numbers_strings_and_lists_are_accepted() {
        let mut problems = Vec::new();
        let given = parse("port = 1\ntunnel = ['a', 'b']\nno_auth = true", "onecli.toml", &mut problems);

        assert!(problems.is_empty());
        assert_eq!(given.given("port").unwrap().values, ["1"]);
        assert_eq!(given.given("tunnel").unwrap().values, ["a", "b"]);
        assert_eq!(given.given("no-auth").unwrap().values, ["true"]);
    }

    #[test]
    fn an_unknown_key_is_reported_with_the_nearest_name() {
        assert_eq!(problems_of("prot = 1"), ["onecli.toml: `prot` is not a setting; did you mean `port`?"]);
        assert_eq!(problems_of("zzzzzzzzzzzz = 1"), ["onecli.toml: `zzzzzzzzzzzz` is not a setting"]);
    }

    #[test]
    fn a_broken_file_is_reported_with_the_line_number_but_not_its_content() {
        let problems = problems_of("port = 1\nencryption-key = \"s3cret").join("");

        assert!(problems.contains("line 2"), "{problems}");
        assert!(!problems.contains("s3cret"), "{problems}");
    }

    #[test]
    fn a_wrong_type_is_reported_with_what_is_expected() {
        assert_eq!(problems_of("port = 1.5"), ["onecli.toml: `port` takes a string or an integer"]);
    }
}

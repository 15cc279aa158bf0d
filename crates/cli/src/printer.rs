//! Data on stdout: tables on a terminal, JSON elsewhere.

use std::io::{ErrorKind, IsTerminal, Write, stdout};

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Map, Value, json};

use crate::exit::{Exit, Failure, plain};

/// How what was read is shown.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub(crate) struct ReadArgs {
    /// Print JSON, as is done wherever stdout is not a terminal
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) pick: Pick,
}

/// How what was written is shown, and whether it is written at all.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub(crate) struct WriteArgs {
    /// Print JSON, as is done wherever stdout is not a terminal
    #[arg(long)]
    json: bool,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pick: Pick,
}

/// How what was created is shown, and what it is created from beside the flags.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub(crate) struct CreateArgs {
    /// Print JSON, as is done wherever stdout is not a terminal; a JSON object here gives further fields
    #[arg(long, value_name = "OBJECT", num_args = 0..=1, default_missing_value = "")]
    json: Option<String>,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pick: Pick,
}

/// Parts of what is shown.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Pick {
    /// Only these fields
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) fields: Vec<String>,
    /// Only this field's values, one a line
    #[arg(long, value_name = "FIELD")]
    pub(crate) quiet: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub(crate) max: Option<usize>,
}

/// A table's column: what stands above it, and which field it shows.
pub(crate) type Column = (&'static str, &'static str);

impl ReadArgs {
    /// Shows a value; a list as a table with these columns.
    pub(crate) fn show(&self, value: &Value, columns: &[Column]) -> Result<(), Failure> {
        self.pick.show(value, columns, self.json)
    }

    /// Whether JSON is what is wanted.
    pub(crate) fn wants_json(&self) -> bool {
        self.json || !stdout().is_terminal()
    }
}

impl WriteArgs {
    /// Whether JSON is what is wanted.
    pub(crate) fn wants_json(&self) -> bool {
        self.json || !stdout().is_terminal()
    }

    /// Shows what came of it.
    pub(crate) fn show(&self, value: &Value, columns: &[Column]) -> Result<(), Failure> {
        self.pick.show(value, columns, self.json)
    }

    /// Shows what would be sent.
    pub(crate) fn show_plan(&self, description: &str, payload: &Value) -> Result<(), Failure> {
        self.show(&plan(description, payload), &[])
    }
}

impl CreateArgs {
    /// Shows what was created.
    pub(crate) fn show(&self, value: &Value) -> Result<(), Failure> {
        self.pick.show(value, &[], self.json.is_some())
    }

    /// Shows what would be sent.
    pub(crate) fn show_plan(&self, description: &str, payload: &Value) -> Result<(), Failure> {
        self.show(&plan(description, payload))
    }

    /// The fields that were given as one JSON object.
    pub(crate) fn fields(&self) -> Result<Map<String, Value>, Failure> {
        match self.json.as_deref() {
            None | Some("") => Ok(Map::new()),
            Some(text) => serde_json::from_str(text).map_err(|_| {
                Failure::usage("--json takes a JSON object such as '{\"name\":\"x\"}', or nothing")
            }),
        }
    }
}

/// What a dry run shows.
pub(crate) fn plan(description: &str, payload: &Value) -> Value {
    json!({"dry_run": true, "description": description, "payload": payload})
}

impl Pick {
    pub(crate) fn show(&self, value: &Value, columns: &[Column], json: bool) -> Result<(), Failure> {
        let value = self.of(value);
        if let Some(field) = &self.quiet {
            let items = value.as_array().map_or(std::slice::from_ref(&value), Vec::as_slice);
            let lines = items.iter().fold(String::new(), |text, item| text + &cell(at(item, field)) + "\n");
            return print(lines);
        }
        if json || !stdout().is_terminal() {
            return print(format!("{value:#}\n"));
        }
        let chosen: Vec<(&str, &str)> = if self.fields.is_empty() {
            columns.to_vec()
        } else {
            self.fields.iter().map(|field| (field.as_str(), field.as_str())).collect()
        };
        print(tabulate(&value, &chosen))
    }

    /// At most so many items, and only the chosen fields.
    fn of(&self, value: &Value) -> Value {
        let narrow = |item: &Value| {
            let Some(fields) = item.as_object().filter(|_| !self.fields.is_empty()) else {
                return item.clone();
            };
            let chosen =
                self.fields.iter().filter_map(|name| Some((name.clone(), fields.get(name)?.clone())));
            Value::Object(chosen.collect())
        };
        if let Some(items) = value.as_array() {
            return items.iter().take(self.max.unwrap_or(usize::MAX)).map(narrow).collect();
        }
        narrow(value)
    }
}

/// A list as a table, an object as its fields, one a line.
fn tabulate(value: &Value, columns: &[(&str, &str)]) -> String {
    let mut table = plain_table();
    if let Some(items) = value.as_array() {
        if items.is_empty() {
            return "none\n".into();
        }
        if !columns.is_empty() {
            table.set_header(columns.iter().map(|(title, _)| title.to_uppercase()));
        }
        for item in items {
            if columns.is_empty() {
                table.add_row([cell(item)]);
            } else {
                table.add_row(columns.iter().map(|(_, field)| cell(at(item, field))));
            }
        }
    } else if let Some(fields) = value.as_object() {
        let (lists, plain): (Vec<_>, Vec<_>) =
            fields.iter().partition(|(_, value)| is_list_of_objects(value));
        for (name, value) in plain {
            table.add_row([name.clone(), cell(value)]);
        }
        // A list within, such as the keys of `keys status`, is a table of its own.
        return lists.into_iter().fold(trimmed(&table), |text, (name, list)| {
            let columns: Vec<(&str, &str)> = keys_of(list).map(|name| (name, name)).collect();
            format!("{text}\n{name}:\n{}", tabulate(list, &columns))
        });
    } else {
        return format!("{}\n", cell(value));
    }
    trimmed(&table)
}

fn is_list_of_objects(value: &Value) -> bool {
    keys_of(value).next().is_some()
}

fn keys_of(list: &Value) -> impl Iterator<Item = &str> {
    let first = list.as_array().and_then(|items| items.first()).and_then(Value::as_object);
    first.into_iter().flat_map(|fields| fields.keys().map(String::as_str))
}

fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    // A terminal that does not tell its width, or has next to none, would get a letter a line.
    if table.width().is_some_and(|width| width >= NARROWEST) {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table
}

fn trimmed(table: &Table) -> String {
    table
        .lines()
        .fold(String::new(), |text, line| text + line.strip_prefix(' ').unwrap_or(&line).trim_end() + "\n")
}

/// A field, or one inside another (`agent.name`).
fn at<'a>(item: &'a Value, field: &str) -> &'a Value {
    field.split('.').try_fold(item, |value, name| value.get(name)).unwrap_or(&Value::Null)
}

/// A value in one cell. What a server sends must not steer the terminal.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::String(text) => text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(_) => value.to_string(),
    }
}

/// A text from elsewhere, which must not steer the terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Prints to stdout. Fails quietly where the reader has seen enough (`| head`).
pub(crate) fn print(text: impl AsRef<[u8]>) -> Result<(), Failure> {
    let mut out = stdout().lock();
    out.write_all(text.as_ref()).and_then(|()| out.flush()).map_err(|error| {
        if error.kind() == ErrorKind::BrokenPipe {
            Failure::of(Exit::OutputClosed, "stdout is closed")
        } else {
            Failure::new(format!("can't write to stdout: {}", plain(&error)))
        }
    })
}

const NARROWEST: u16 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_a_table_with_the_chosen_columns() {
        let table = tabulate(
            &json!([{"id": 1, "agent": {"name": "scribe"}, "on": true}]),
            &[("id", "id"), ("agent", "agent.name"), ("on", "on"), ("gone", "gone")],
        );

        let words: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(words, [["ID", "AGENT", "ON", "GONE"], ["1", "scribe", "yes", "-"]]);
    }

    #[test]
    fn a_list_within_is_a_table_of_its_own() {
        let text = tabulate(&json!({"source": "key file", "keys": [{"version": 1, "rows": 3}]}), &[]);

        let words: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        let expected: [&[&str]; 5] =
            [&["source", "key", "file"], &[], &["keys:"], &["VERSION", "ROWS"], &["1", "3"]];
        assert_eq!(words, expected);
    }

    #[test]
    fn only_chosen_fields_and_at_most_so_many_are_kept() {
        let pick = Pick { fields: vec!["b".into()], quiet: None, max: Some(1) };

        assert_eq!(pick.of(&json!([{"a": 1, "b": 2}, {"b": 3}])), json!([{"b": 2}]));
    }

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(cell(&json!("a\u{1b}[31mb")), "a\u{fffd}[31mb");
    }
}

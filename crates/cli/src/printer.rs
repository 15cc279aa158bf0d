//! Output on stdout: tables on a terminal, JSON elsewhere.

use std::io::{ErrorKind, IsTerminal, Write, stdout};

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Map, Value, json};

use crate::exit::{Exit, Failure, plain};

/// Output options of commands that read.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub(crate) struct ReadArgs {
    /// Print JSON (the default where stdout is not a terminal)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) pick: Selection,
}

/// Output options of commands that write.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub(crate) struct WriteArgs {
    /// Print JSON (the default where stdout is not a terminal)
    #[arg(long)]
    json: bool,
    /// Show what would be sent without sending it
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pick: Selection,
}

/// Output options of commands that create; `--json` may also provide further fields.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub(crate) struct CreateArgs {
    /// Print JSON (the default where stdout is not a terminal); an OBJECT provides further fields
    #[arg(long, value_name = "OBJECT", num_args = 0..=1, default_missing_value = "")]
    json: Option<String>,
    /// Show what would be sent without sending it
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pick: Selection,
}

/// Which parts are shown.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Selection {
    /// Show only these fields
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) fields: Vec<String>,
    /// Print only the values of this field, one per line
    #[arg(long, value_name = "FIELD")]
    pub(crate) quiet: Option<String>,
    /// Limit results
    #[arg(long, value_name = "N")]
    pub(crate) max: Option<usize>,
}

/// A table's column: its header and the field it shows.
pub(crate) type Column = (&'static str, &'static str);

impl ReadArgs {
    /// Shows a value, a list as a table with these columns.
    pub(crate) fn show(&self, value: &Value, columns: &[Column]) -> Result<(), Failure> {
        self.pick.show(value, columns, self.json)
    }

    /// Whether to print JSON.
    pub(crate) fn wants_json(&self) -> bool {
        self.json || !stdout().is_terminal()
    }
}

impl WriteArgs {
    /// Whether to print JSON.
    pub(crate) fn wants_json(&self) -> bool {
        self.json || !stdout().is_terminal()
    }

    /// Shows the result.
    pub(crate) fn show(&self, value: &Value, columns: &[Column]) -> Result<(), Failure> {
        self.pick.show(value, columns, self.json)
    }

    /// Shows what a dry run would send.
    pub(crate) fn show_plan(&self, description: &str, payload: &Value) -> Result<(), Failure> {
        self.show(&plan(description, payload), &[])
    }
}

impl CreateArgs {
    /// Shows the created resource.
    pub(crate) fn show(&self, value: &Value) -> Result<(), Failure> {
        self.pick.show(value, &[], self.json.is_some())
    }

    /// Shows what a dry run would send.
    pub(crate) fn show_plan(&self, description: &str, payload: &Value) -> Result<(), Failure> {
        self.show(&plan(description, payload))
    }

    /// The fields given by `--json OBJECT`.
    pub(crate) fn fields(&self) -> Result<Map<String, Value>, Failure> {
        match self.json.as_deref() {
            None | Some("") => Ok(Map::new()),
            Some(text) => serde_json::from_str(text).map_err(|_| {
                Failure::usage("--json takes a JSON object such as '{\"name\":\"x\"}', or nothing")
            }),
        }
    }
}

/// The output of a dry run.
pub(crate) fn plan(description: &str, payload: &Value) -> Value {
    json!({"dry_run": true, "description": description, "payload": payload})
}

impl Selection {
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

    /// Limits the items and selects fields.
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

/// Formats a list as a table, and an object as one line per field.
fn tabulate(value: &Value, columns: &[(&str, &str)]) -> String {
    let mut table = plain_table();
    if let Some(items) = value.as_array() {
        if items.is_empty() {
            return "No results\n".into();
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
        // A nested list, such as the keys of `keys status`, gets its own table.
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
    // With no or almost no width the table would get one letter per line.
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

/// A field, possibly nested (`agent.name`).
fn at<'a>(item: &'a Value, field: &str) -> &'a Value {
    field.split('.').try_fold(item, |value, name| value.get(name)).unwrap_or(&Value::Null)
}

/// Formats a value for a cell. The server's text must not control the terminal.
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

/// Replaces control characters, so that the text can't control the terminal.
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
        let pick = Selection { fields: vec!["b".into()], quiet: None, max: Some(1) };

        assert_eq!(pick.of(&json!([{"a": 1, "b": 2}, {"b": 3}])), json!([{"b": 2}]));
    }

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(cell(&json!("a\u{1b}[31mb")), "a\u{fffd}[31mb");
    }
}

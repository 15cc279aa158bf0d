//! The API's documentation page, generated from the `OpenAPI` document.

use std::fmt::{self, Write};

use axum::response::Html;
use serde_json::Value;

use crate::openapi;
use crate::pages::{Text, page};

/// `GET /docs/api`
pub(crate) async fn docs() -> Html<String> {
    let document = serde_json::to_value(openapi::document()).unwrap_or_default();
    let mut body = String::from(
        "<h1>REST API</h1>\n<p>JSON over HTTP. Sign in with <code>Authorization: Bearer oc_…</code> or the browser's session. \
         All routes below are also available under <code>/api</code> instead of <code>/v1</code>. \
         OpenAPI document: <a href=\"/v1/openapi.json\">openapi.json</a>.</p>\n",
    );
    let mut section = String::new();
    for (tag, path, method, operation) in operations(&document) {
        if tag != section {
            section.clear();
            section.push_str(tag);
            write_out(&mut body, format_args!("<h2>{}</h2>\n", Text(tag)));
        }
        write_operation(&mut body, &document, path, method, operation);
    }
    page("OneCLI REST API", &body)
}

/// All operations with their tag, path and method, sorted by tag.
fn operations(document: &Value) -> Vec<(&str, &str, &str, &Value)> {
    let mut all = Vec::new();
    for (path, item) in document.pointer("/paths").and_then(Value::as_object).into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let tag = operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or("other");
            all.push((tag, path.as_str(), method.as_str(), operation));
        }
    }
    all.sort_by_key(|(tag, ..)| *tag);
    all
}

fn write_operation(body: &mut String, document: &Value, path: &str, method: &str, operation: &Value) {
    write_out(
        body,
        format_args!("<h3><code>{} {}</code></h3>\n", Text(method.to_ascii_uppercase()), Text(path)),
    );
    for key in ["summary", "description"] {
        if let Some(text) = operation.get(key).and_then(Value::as_str) {
            write_out(body, format_args!("<p>{}</p>\n", Prose(text)));
        }
    }
    let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let rows: Vec<_> = parameters
        .map(|parameter| {
            let text = |key| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
            row(text("name"), text("in"), text("description"))
        })
        .collect();
    write_table(body, "Parameters", &rows);
    if let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema") {
        write_table(body, "Body", &fields(document, schema));
    }
    for (status, response) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
        let description = response.get("description").and_then(Value::as_str).unwrap_or_default();
        write_out(body, format_args!("<p><code>{}</code> {}</p>\n", Text(status), Prose(description)));
        if let Some(schema) = response.pointer("/content/application~1json/schema") {
            write_table(body, "", &fields(document, schema));
        }
    }
}

fn write_table(body: &mut String, title: &str, rows: &[String]) {
    if !rows.is_empty() {
        let head = if title.is_empty() {
            String::new()
        } else {
            format!("<tr><th colspan=\"3\">{title}</th></tr>\n")
        };
        write_out(body, format_args!("<table>\n{head}{}</table>\n", rows.concat()));
    }
}

/// The fields of an object, or of a list's items.
fn fields(document: &Value, schema: &Value) -> Vec<String> {
    let schema = resolve(document, schema.get("items").unwrap_or(schema));
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties
        .map(|(name, property)| {
            let description = property.get("description").and_then(Value::as_str).unwrap_or_default();
            row(name, &kind(document, property), description)
        })
        .collect()
}

/// A schema's type, in a word or two.
fn kind(document: &Value, schema: &Value) -> String {
    let resolved = resolve(document, schema);
    if let Some(words) = resolved.get("enum").and_then(Value::as_array) {
        return words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | ");
    }
    if let Some(choices) = resolved.get("oneOf").or_else(|| resolved.get("anyOf")).and_then(Value::as_array) {
        return choices.iter().map(|choice| kind(document, choice)).collect::<Vec<_>>().join(" | ");
    }
    match resolved.get("type") {
        Some(Value::String(name)) if name == "array" => {
            format!(
                "list of {}",
                resolved.get("items").map(|items| kind(document, items)).unwrap_or_default()
            )
        }
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | "),
        Some(_) | None => String::new(),
    }
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| document.pointer(reference.strip_prefix('#')?))
        .unwrap_or(schema)
}

fn row(name: &str, kind: &str, description: &str) -> String {
    format!(
        "<tr><td><code>{}</code></td><td class=\"quiet\">{}</td><td>{}</td></tr>\n",
        Text(name),
        Text(kind),
        Prose(description)
    )
}

/// Text with `code` rendered as such.
struct Prose<'a>(&'a str);

impl fmt::Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.0.split('`').enumerate() {
            let is_code = at % 2 == 1;
            if is_code {
                write!(f, "<code>{}</code>", Text(part))?;
            } else {
                write!(f, "{}", Text(part))?;
            }
        }
        Ok(())
    }
}

fn write_out(body: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string doesn't fail.
    let _ = body.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::Prose;

    #[test]
    fn code_is_rendered_and_everything_is_escaped() {
        assert_eq!(Prose("the `<a>` & more").to_string(), "the <code>&lt;a&gt;</code> &amp; more");
    }
}

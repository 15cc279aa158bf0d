//! Conditions of rules, as people send and see them.

use onecli_domain::condition::{self, Operator, Part};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::Error;
use crate::v1::schema_enums;

/// What else must hold of a request.
#[derive(Serialize, Deserialize, ToSchema)]
pub(in crate::v1) struct Condition {
    /// Where to look.
    #[schema(value_type = schema_enums::ConditionTarget)]
    target: Part,
    /// How to compare.
    #[schema(value_type = schema_enums::ConditionOperator)]
    operator: Operator,
    /// With what. `exists` takes none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    value: Option<Value>,
    /// Which: a parameter, a header, a field of a form, a JSON Pointer; of `graphql` operationType, operationName or
    /// field, of `jsonrpc` method, tool or arguments/…
    #[serde(default)]
    key: String,
}

impl From<condition::Condition> for Condition {
    fn from(condition: condition::Condition) -> Self {
        Self {
            target: condition.target,
            operator: condition.operator,
            value: condition.value.map(Value::String),
            key: condition.key,
        }
    }
}

/// Reads a list of conditions; none where there is no list.
pub(in crate::v1) fn read(list: Option<Value>) -> Result<Option<Vec<condition::Condition>>, Error> {
    match list {
        None => Ok(None),
        Some(Value::Array(list)) => list.into_iter().map(read_one).collect::<Result<_, _>>().map(Some),
        Some(_) => Err(Error::invalid("conditions", "\"conditions\" must be a list")),
    }
}

fn read_one(value: Value) -> Result<condition::Condition, Error> {
    let word = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (target, operator) = (word("target"), word("operator"));
    let Condition { target, operator, value, key } = serde_json::from_value(value).map_err(|_| {
        let message = if !Part::NAMES.contains(&target.as_str()) {
            let names = Part::NAMES.join(", ");
            format!("\"{target}\" is no target of a condition; use one of {names}")
        } else if Operator::NAMES.contains(&operator.as_str()) {
            "a condition has a \"target\", a \"key\" (text), an \"operator\" and a \"value\"".into()
        } else {
            format!("\"{operator}\" is no operator of a condition; use one of {}", Operator::NAMES.join(", "))
        };
        Error::invalid("conditions", message)
    })?;
    let value = match value {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text),
        // Numbers and truth values are meant as they are written.
        Some(other) => Some(other.to_string()),
    };
    Ok(condition::Condition { target, operator, value, key })
}

//! A rule's methods, as `method` and `methods` say them.

use onecli_domain::method::{Method, Methods};
use serde_json::Value;

use crate::error::Error;

/// The methods of a rule. `method` is one name (or `*` for all), `methods` an array of names; what is null or empty
/// says nothing, and where both say something they must say the same.
pub(super) fn read(method: Option<&str>, methods: Option<&Value>) -> Result<Option<Methods>, Error> {
    let several = methods.filter(|methods| !methods.is_null()).map(read_several).transpose()?;
    let one = method.map(str::trim).filter(|method| !method.is_empty());
    match (one, several) {
        (None, several) => Ok(several),
        (Some("*"), None) => Ok(None),
        (Some(one), None) => read_one("method", one).map(|method| Some(method.into())),
        (Some(one), Some(several)) => {
            if one != "*" && several == Methods::from(read_one("method", one)?) {
                return Ok(Some(several));
            }
            let message = "\"method\" and \"methods\" contradict each other; give one of them";
            Err(Error::invalid("methods", message))
        }
    }
}

/// What a change makes of a rule's methods; none if it says nothing about them.
#[expect(clippy::option_option, reason = "unchanged, all methods and some methods are three things")]
pub(super) fn read_change(
    method: Option<&Option<String>>,
    methods: Option<&Option<Value>>,
) -> Result<Option<Option<Methods>>, Error> {
    if method.is_none() && methods.is_none() {
        return Ok(None);
    }
    read(method.and_then(Option::as_deref), methods.and_then(Option::as_ref)).map(Some)
}

fn read_several(value: &Value) -> Result<Methods, Error> {
    let names = value.as_array().ok_or_else(|| Error::invalid("methods", NAMES))?;
    let read = names.iter().map(|name| {
        let name = name.as_str().ok_or_else(|| Error::invalid("methods", NAMES))?;
        read_one("methods", name.trim())
    });
    Methods::of(read.collect::<Result<Vec<_>, _>>()?).ok_or_else(|| {
        let message = "\"methods\" names at least one method; leave it out, or give null, for every method";
        Error::invalid("methods", message)
    })
}

fn read_one(field: &'static str, name: &str) -> Result<Method, Error> {
    Method::read(&name.to_ascii_uppercase()).ok_or_else(|| {
        let all = Method::ALL.map(Method::as_str).join(", ");
        let shown: String = name.chars().take(20).collect();
        Error::invalid(field, format!("{shown:?} is no method that a rule can name; those are {all}"))
    })
}

const NAMES: &str = "\"methods\" must be an array of methods, such as [\"GET\", \"POST\"]";

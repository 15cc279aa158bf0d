//! JSON-RPC messages (JSON-RPC 2.0), and the tool calls of the Model Context Protocol among them.

use super::json::{Finds, Found, Json, Pointer};
use super::tally::Truth;
use super::{Tally, Uncertain};

/// What is asked of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// Its `method`.
    Method,
    /// The name of the tool that it calls.
    Tool,
    /// An argument of the tool that it calls.
    Argument(Pointer),
}

impl Message {
    /// Reads a condition's key.
    pub(crate) fn read(key: &str) -> Option<Self> {
        match key {
            "method" => Some(Self::Method),
            "tool" => Some(Self::Tool),
            _ => {
                let rest = key.strip_prefix("arguments")?;
                let pointer = Pointer::read(rest)?;
                (!rest.is_empty()).then_some(Self::Argument(pointer))
            }
        }
    }

    /// What all messages say together. `ask` says it of the values that were found in one.
    pub(crate) fn ask(
        &self,
        json: &Json,
        text: &str,
        ask: impl Fn(&Finds) -> Truth,
    ) -> Result<Truth, Uncertain> {
        let mut all = Tally::default();
        let root = json.root();
        let single = json.is_object(root).then_some(root);
        if single.is_none() && !json.is_list(root) || json.items(root).nth(MOST_MESSAGES).is_some() {
            return Err(Uncertain);
        }
        for message in single.into_iter().chain(json.items(root)) {
            if !json.is_object(message) {
                return Err(Uncertain);
            }
            all.add(self.ask_one(json, text, message, &ask));
        }
        Ok(all.sum())
    }

    fn ask_one(&self, json: &Json, text: &str, message: Found, ask: &impl Fn(&Finds) -> Truth) -> Truth {
        let methods = json.find_steps(text, message, ["method"]);
        if *self == Self::Method {
            return ask(&methods);
        }
        let is_call = |found: &Found| json.text(text, *found) == Some(TOOL_CALL);
        if !methods.iter().any(is_call) {
            return Truth::No;
        }
        let certain = methods.iter().all(|found| found.exact && is_call(found));
        let truth = match self {
            Self::Argument(pointer) => {
                let steps = ["params", "arguments"].into_iter().chain(pointer.steps());
                ask(&json.find_steps(text, message, steps))
            }
            Self::Method | Self::Tool => ask(&json.find_steps(text, message, ["params", "name"])),
        };
        if certain { truth } else { truth.less_certain() }
    }
}

/// Model Context Protocol, "Calling Tools".
const TOOL_CALL: &str = "tools/call";
/// How many messages a batch may have.
const MOST_MESSAGES: usize = 1_000;

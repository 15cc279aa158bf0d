//! Requests for operations, as they are kept for all conditions of a request.

use std::collections::HashMap;

use super::{Document, Operation};
use crate::body::Uncertain;
use crate::body::tally::{Tally, Truth};

/// The operations that a body or a query asks for.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    /// The names of operations that go for all requests, not for one of these alone.
    pub(super) names: Vec<Box<str>>,
    all: Vec<One>,
    fields: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
    /// How many fields the operations reach together.
    reached: usize,
}

/// A document with the names of operations that are given with it.
#[derive(Debug)]
struct One {
    operations: Vec<Reach>,
    names: Vec<Box<str>>,
    /// Whether an upstream reads it for certain.
    certain: bool,
}

/// An operation, and which fields it reaches, by their numbers.
#[derive(Debug)]
struct Reach {
    kind: &'static str,
    name: Option<Box<str>>,
    roots: Vec<u32>,
    below: Vec<u32>,
}

impl Requests {
    /// Whether nothing is asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Adds a document.
    pub(super) fn take(&mut self, text: &str, names: Vec<Box<str>>, certain: bool) -> Result<(), Uncertain> {
        let document = Document::read(text)?;
        let mut operations = Vec::new();
        for operation in document.operations()? {
            self.reached += operation.roots.len() + operation.below.len() + 1;
            if self.reached > MOST_REACHED {
                return Err(Uncertain);
            }
            operations.push(Reach {
                kind: operation.kind,
                name: operation.name.map(Box::from),
                roots: self.numbers_of(&operation.roots)?,
                below: self.numbers_of(&operation.below)?,
            });
        }
        self.all.push(One { operations, names, certain });
        Ok(())
    }

    fn numbers_of(&mut self, names: &[&str]) -> Result<Vec<u32>, Uncertain> {
        let number = |name: &&str| {
            if let Some(number) = self.numbers.get(*name) {
                return Ok(*number);
            }
            if self.fields.len() >= MOST_FIELDS {
                return Err(Uncertain);
            }
            let number = self.fields.len() as u32;
            self.fields.push(Box::from(*name));
            self.numbers.insert(Box::from(*name), number);
            Ok(number)
        };
        names.iter().map(number).collect()
    }

    /// Adds what the operations that may run say. `names` are names of operations that the query gives.
    pub(super) fn ask(
        &self,
        what: Operation,
        names: &[Box<str>],
        check: &impl Fn(&str) -> Truth,
        tally: &mut Tally,
    ) {
        let fields: Vec<Truth> = match what {
            Operation::Field => self.fields.iter().map(|name| check(name)).collect(),
            Operation::Type | Operation::Name => Vec::new(),
        };
        for one in &self.all {
            for operation in one.running(names) {
                let truth = match what {
                    Operation::Type => check(operation.kind),
                    Operation::Name => operation.name.as_deref().map_or(Truth::No, check),
                    Operation::Field => operation.reaches(&fields),
                };
                tally.add(if one.certain { truth } else { truth.less_certain() });
            }
        }
    }
}

impl One {
    /// The operation that is named, or all where it is not clear which one runs.
    fn running<'r>(&'r self, outer: &'r [Box<str>]) -> impl Iterator<Item = &'r Reach> {
        let mut names = self.names.iter().chain(outer);
        let name = names.next().filter(|name| names.all(|other| other == *name));
        let has_name = move |one: &&Reach| name.is_some_and(|name| one.name.as_ref() == Some(name));
        // Of several with one name, which no server ought to take, any may run.
        let is_clear = self.operations.iter().filter(has_name).count() == 1;
        self.operations.iter().filter(move |one| !is_clear || has_name(one))
    }
}

impl Reach {
    /// What the fields at the root agree on; below them, one that fits is enough for doubt.
    fn reaches(&self, fields: &[Truth]) -> Truth {
        let truth = |number: &u32| fields.get(*number as usize).copied().unwrap_or(Truth::Doubtful);
        let mut all = Tally::default();
        self.roots.iter().for_each(|number| all.add(truth(number)));
        match all.sum() {
            Truth::No if self.below.iter().any(|number| truth(number) != Truth::No) => Truth::Doubtful,
            sum @ (Truth::Yes | Truth::No | Truth::Doubtful | Truth::Unread) => sum,
        }
    }
}

/// How many names of fields there may be: each is compared with what every condition says.
const MOST_FIELDS: usize = 4_096;
/// How many fields all operations may reach together.
const MOST_REACHED: usize = 50_000;

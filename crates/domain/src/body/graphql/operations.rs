//! Operations of a document, their fragments followed.

use std::collections::HashMap;
use std::ops::Range;

use super::document::{Definition, Document};
use crate::body::Uncertain;

/// An operation that a document holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked<'t> {
    /// `query`, `mutation` or `subscription`.
    pub kind: &'static str,
    /// Its name, where it has one.
    pub name: Option<&'t str>,
    /// The fields at its root, by their own names, those of fragments too; each name once.
    pub roots: Vec<&'t str>,
    /// The fields below; each name once.
    pub below: Vec<&'t str>,
}

impl<'t> Document<'t> {
    /// Its operations, fragments followed.
    pub fn operations(&self) -> Result<Vec<Asked<'t>>, Uncertain> {
        let mut follower = Follower::new(self)?;
        let all = self.operations.iter().map(|operation| follower.follow(operation));
        all.collect::<Result<Vec<_>, _>>()
            .and_then(|all| if all.is_empty() { Err(Uncertain) } else { Ok(all) })
    }
}

/// Follows fragments, each once for an operation, so that one that holds itself leads nowhere, and by a list instead of
/// calls, so that a chain of thousands needs no deeper stack.
struct Follower<'d, 't> {
    document: &'d Document<'t>,
    /// For each name that is selected, its number among the fields or the fragments.
    numbers: Vec<u32>,
    fragments: Vec<Range<usize>>,
    /// By which operation a field or a fragment was met last: at the root, and below.
    fields_met: [Vec<u32>; 2],
    fragments_met: [Vec<u32>; 2],
    operation: u32,
    /// How many names may still be looked at.
    left: usize,
}

impl<'d, 't> Follower<'d, 't> {
    fn new(document: &'d Document<'t>) -> Result<Self, Uncertain> {
        let mut fragments = Vec::with_capacity(document.fragments.len());
        let mut fragment_numbers = HashMap::with_capacity(document.fragments.len());
        for (name, selected) in &document.fragments {
            fragment_numbers.insert(*name, fragments.len() as u32);
            fragments.push(selected.clone());
        }
        let mut field_numbers = HashMap::new();
        let mut numbers = Vec::with_capacity(document.selected.len());
        for selected in &document.selected {
            numbers.push(if selected.is_spread {
                *fragment_numbers.get(selected.name).ok_or(Uncertain)?
            } else {
                let next = field_numbers.len() as u32;
                *field_numbers.entry(selected.name).or_insert(next)
            });
        }
        let met = |count| [vec![0; count], vec![0; count]];
        Ok(Self {
            document,
            numbers,
            fields_met: met(field_numbers.len()),
            fragments_met: met(fragments.len()),
            fragments,
            operation: 0,
            left: MOST_REACHED,
        })
    }

    fn follow(&mut self, operation: &Definition<'t>) -> Result<Asked<'t>, Uncertain> {
        self.operation += 1;
        let mut out = Asked { kind: operation.kind, name: operation.name, ..Asked::default() };
        let mut waiting = vec![(operation.selected.clone(), true)];
        while let Some((range, is_root)) = waiting.pop() {
            self.left = self.left.checked_sub(range.len()).ok_or(Uncertain)?;
            let selected = self.document.selected.get(range.clone()).ok_or(Uncertain)?;
            let numbers = self.numbers.get(range).ok_or(Uncertain)?;
            for (selected, number) in selected.iter().zip(numbers) {
                let at_root = is_root && selected.at_root;
                let met = if selected.is_spread { &mut self.fragments_met } else { &mut self.fields_met };
                let [at_roots, below] = met;
                let met = if at_root { at_roots } else { below };
                let met = met.get_mut(*number as usize).ok_or(Uncertain)?;
                if std::mem::replace(met, self.operation) == self.operation {
                    continue;
                }
                if selected.is_spread {
                    let fragment = self.fragments.get(*number as usize).ok_or(Uncertain)?;
                    waiting.push((fragment.clone(), at_root));
                } else {
                    if at_root { &mut out.roots } else { &mut out.below }.push(selected.name);
                }
            }
        }
        Ok(out)
    }
}

/// How many names the operations of a document may reach together: many operations that share many fragments would
/// cost far more to follow than to send.
const MOST_REACHED: usize = 65_536;

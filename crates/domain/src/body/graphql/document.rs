//! GraphQL documents, read as far as their selections go (GraphQL October 2021, Appendix B).

use std::collections::HashMap;
use std::ops::Range;

use super::lexer::{Lexer, Token};
use crate::body::Uncertain;

/// A document: operations and fragments, with the names that they select.
#[derive(Debug, Default)]
pub struct Document<'t> {
    pub(super) operations: Vec<Definition<'t>>,
    pub(super) fragments: HashMap<&'t str, Range<usize>>,
    /// What all of them select, each without a gap.
    pub(super) selected: Vec<Selected<'t>>,
}

#[derive(Debug)]
pub(super) struct Definition<'t> {
    pub(super) kind: &'static str,
    pub(super) name: Option<&'t str>,
    pub(super) selected: Range<usize>,
}

/// A name that a selection set selects.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selected<'t> {
    /// A field's own name, whatever alias it gets, or a fragment's.
    pub(super) name: &'t str,
    /// Whether it is a fragment that is spread.
    pub(super) is_spread: bool,
    /// Whether it stands at the root of its definition, not within another field.
    pub(super) at_root: bool,
}

impl<'t> Document<'t> {
    /// Reads an executable document. Whatever isn't one, nests too deeply or selects too much, is uncertain.
    pub fn read(text: &'t str) -> Result<Self, Uncertain> {
        let mut reader = Reader { lexer: Lexer::new(text), depth: 0, selected: Vec::new() };
        let mut document = Self::default();
        loop {
            let start = reader.selected.len();
            match reader.lexer.next()? {
                Token::End => break,
                // A description.
                Token::Other => {}
                Token::Mark('{') => {
                    reader.selections(true)?;
                    document.define("query", None, start..reader.selected.len())?;
                }
                Token::Name(word @ ("query" | "mutation" | "subscription")) => {
                    let kind = KINDS.into_iter().find(|kind| *kind == word).ok_or(Uncertain)?;
                    let mut name = None;
                    if let Token::Name(given) = reader.lexer.peek()? {
                        name = Some(given);
                        reader.lexer.next()?;
                    }
                    reader.skip_arguments()?;
                    reader.required_selections()?;
                    document.define(kind, name, start..reader.selected.len())?;
                }
                Token::Name("fragment") => {
                    let (Token::Name(name), Token::Name("on"), Token::Name(_)) =
                        (reader.lexer.next()?, reader.lexer.next()?, reader.lexer.next()?)
                    else {
                        return Err(Uncertain);
                    };
                    reader.required_selections()?;
                    if document.fragments.insert(name, start..reader.selected.len()).is_some() {
                        return Err(Uncertain);
                    }
                }
                Token::Name(_) | Token::Mark(_) | Token::Spread => return Err(Uncertain),
            }
        }
        document.selected = reader.selected;
        Ok(document)
    }

    fn define(
        &mut self,
        kind: &'static str,
        name: Option<&'t str>,
        selected: Range<usize>,
    ) -> Result<(), Uncertain> {
        self.operations.push(Definition { kind, name, selected });
        if self.operations.len() > MOST_OPERATIONS { Err(Uncertain) } else { Ok(()) }
    }
}

struct Reader<'t> {
    lexer: Lexer<'t>,
    depth: usize,
    selected: Vec<Selected<'t>>,
}

impl<'t> Reader<'t> {
    /// Skips the rest of a group of tokens, with the groups in it.
    fn skip_group(&mut self, close: char) -> Result<(), Uncertain> {
        let mut open = vec![close];
        while let Some(close) = open.last() {
            match self.lexer.next()? {
                Token::Mark(mark) if mark == *close => {
                    open.pop();
                }
                // A name must have a value.
                Token::Mark(':')
                    if matches!(self.lexer.peek()?, Token::Mark(':' | ')' | ']' | '}') | Token::End) =>
                {
                    return Err(Uncertain);
                }
                Token::Mark('(') => open.push(')'),
                Token::Mark('[') => open.push(']'),
                Token::Mark('{') => open.push('}'),
                Token::Mark(')' | ']' | '}') | Token::End | Token::Spread => return Err(Uncertain),
                Token::Mark(_) | Token::Name(_) | Token::Other => {}
            }
        }
        Ok(())
    }

    fn skip_arguments(&mut self) -> Result<(), Uncertain> {
        if self.lexer.peek()? == Token::Mark('(') {
            self.lexer.next()?;
            self.skip_group(')')?;
        }
        Ok(())
    }

    /// Directives, and the selection set behind them, which must be there.
    fn required_selections(&mut self) -> Result<(), Uncertain> {
        if self.trail(true)? { Ok(()) } else { Err(Uncertain) }
    }

    /// Directives, and the selection set behind them; says whether there is one.
    fn trail(&mut self, at_root: bool) -> Result<bool, Uncertain> {
        while self.lexer.peek()? == Token::Mark('@') {
            self.lexer.next()?;
            let Token::Name(_) = self.lexer.next()? else { return Err(Uncertain) };
            self.skip_arguments()?;
        }
        if self.lexer.peek()? != Token::Mark('{') {
            return Ok(false);
        }
        self.lexer.next()?;
        self.selections(at_root).map(|()| true)
    }

    /// A selection set, whose `{` is taken.
    fn selections(&mut self, at_root: bool) -> Result<(), Uncertain> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Uncertain);
        }
        let before = self.selected.len();
        loop {
            match self.lexer.next()? {
                Token::Mark('}') => break,
                Token::Spread => self.spread(at_root)?,
                Token::Name(mut name) => {
                    if self.lexer.peek()? == Token::Mark(':') {
                        self.lexer.next()?;
                        let Token::Name(own) = self.lexer.next()? else { return Err(Uncertain) };
                        name = own;
                    }
                    self.select(Selected { name, is_spread: false, at_root })?;
                    self.skip_arguments()?;
                    self.trail(false)?;
                }
                Token::Mark(_) | Token::Other | Token::End => return Err(Uncertain),
            }
        }
        self.depth -= 1;
        if self.selected.len() == before { Err(Uncertain) } else { Ok(()) }
    }

    /// A fragment's name, or a fragment in place, whose `...` is taken.
    fn spread(&mut self, at_root: bool) -> Result<(), Uncertain> {
        if let Token::Name(name) = self.lexer.peek()? {
            self.lexer.next()?;
            if name != "on" {
                self.select(Selected { name, is_spread: true, at_root })?;
                return if self.trail(at_root)? { Err(Uncertain) } else { Ok(()) };
            }
            let Token::Name(_) = self.lexer.next()? else { return Err(Uncertain) };
        }
        if self.trail(at_root)? { Ok(()) } else { Err(Uncertain) }
    }

    fn select(&mut self, selected: Selected<'t>) -> Result<(), Uncertain> {
        self.selected.push(selected);
        if self.selected.len() > MOST_SELECTED { Err(Uncertain) } else { Ok(()) }
    }
}

const KINDS: [&str; 3] = ["query", "mutation", "subscription"];
/// Servers refuse documents that nest far less deeply, or select far less.
const DEEPEST: usize = 100;
const MOST_SELECTED: usize = 32_768;
const MOST_OPERATIONS: usize = 1_000;

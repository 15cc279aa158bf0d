//! GraphQL documents, read as far as their selections go (GraphQL October 2021, Appendix B).

use std::collections::HashMap;

use crate::body::Uncertain;

/// A document: operations and fragments, with the names that they select.
#[derive(Debug, Default)]
pub struct Document<'t> {
    pub(super) operations: Vec<Definition<'t>>,
    pub(super) fragments: HashMap<&'t str, Selections<'t>>,
}

#[derive(Debug)]
pub(super) struct Definition<'t> {
    pub(super) kind: &'t str,
    pub(super) name: Option<&'t str>,
    pub(super) selections: Selections<'t>,
}

/// What a selection set selects.
#[derive(Debug, Default)]
pub(super) struct Selections<'t> {
    /// Fields at its top, by their names, whatever alias they get.
    pub(super) fields: Vec<&'t str>,
    /// Fields further down.
    pub(super) below: Vec<&'t str>,
    /// Fragments spread at its top.
    pub(super) spreads: Vec<&'t str>,
    /// Fragments spread further down.
    pub(super) spreads_below: Vec<&'t str>,
}

impl<'t> Document<'t> {
    /// Reads an executable document. Whatever isn't one, or nests too deeply, is uncertain.
    pub fn read(text: &'t str) -> Result<Self, Uncertain> {
        let mut reader = Reader { rest: text.strip_prefix('\u{feff}').unwrap_or(text), depth: 0 };
        let mut document = Self::default();
        loop {
            match reader.next()? {
                Token::End => return Ok(document),
                // A description.
                Token::Other => {}
                Token::Mark('{') => {
                    let selections = reader.selections()?;
                    document.operations.push(Definition { kind: "query", name: None, selections });
                }
                Token::Name(kind @ ("query" | "mutation" | "subscription")) => {
                    let mut token = reader.next()?;
                    let mut name = None;
                    if let Token::Name(given) = token {
                        name = Some(given);
                        token = reader.next()?;
                    }
                    if token == Token::Mark('(') {
                        reader.skip_group(')')?;
                        token = reader.next()?;
                    }
                    let selections = reader.directives_and_selections(token)?.ok_or(Uncertain)?;
                    document.operations.push(Definition { kind, name, selections });
                }
                Token::Name("fragment") => {
                    let (Token::Name(name), Token::Name("on"), Token::Name(_)) =
                        (reader.next()?, reader.next()?, reader.next()?)
                    else {
                        return Err(Uncertain);
                    };
                    let token = reader.next()?;
                    let selections = reader.directives_and_selections(token)?.ok_or(Uncertain)?;
                    if document.fragments.insert(name, selections).is_some() {
                        return Err(Uncertain);
                    }
                }
                Token::Name(_) | Token::Mark(_) | Token::Spread => return Err(Uncertain),
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'t> {
    Name(&'t str),
    Mark(char),
    Spread,
    /// A number or a string.
    Other,
    End,
}

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Token<'t>, Uncertain> {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n', ',', '\u{feff}']);
            match self.rest.strip_prefix('#') {
                Some(comment) => {
                    let end = comment.find(['\r', '\n']).unwrap_or(comment.len());
                    self.rest = comment.get(end..).unwrap_or_default();
                }
                None => break,
            }
        }
        let Some(first) = self.rest.chars().next() else { return Ok(Token::End) };
        match first {
            '_' | 'a'..='z' | 'A'..='Z' => {
                Ok(Token::Name(self.take_while(|c| c == '_' || c.is_ascii_alphanumeric())))
            }
            '-' | '0'..='9' => {
                self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.'));
                Ok(Token::Other)
            }
            '"' => self.skip_string().map(|()| Token::Other),
            '.' => {
                self.rest = self.rest.strip_prefix("...").ok_or(Uncertain)?;
                Ok(Token::Spread)
            }
            '!' | '$' | '&' | '(' | ')' | ':' | '=' | '@' | '[' | ']' | '{' | '|' | '}' => {
                self.rest = self.rest.get(1..).unwrap_or_default();
                Ok(Token::Mark(first))
            }
            _ => Err(Uncertain),
        }
    }

    /// Looks at the next token without taking it.
    fn peek(&mut self) -> Result<Token<'t>, Uncertain> {
        let before = self.rest;
        let token = self.next();
        self.rest = before;
        token
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !fits(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn skip_string(&mut self) -> Result<(), Uncertain> {
        if let Some(mut block) = self.rest.strip_prefix("\"\"\"") {
            loop {
                let end = block.find("\"\"\"").ok_or(Uncertain)?;
                let (inside, rest) = block.split_at_checked(end).ok_or(Uncertain)?;
                block = rest.strip_prefix("\"\"\"").ok_or(Uncertain)?;
                if !inside.ends_with('\\') {
                    self.rest = block;
                    return Ok(());
                }
            }
        }
        let mut escaped = false;
        let inside = self.rest.strip_prefix('"').ok_or(Uncertain)?;
        for (at, c) in inside.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    self.rest = inside.get(at + 1..).unwrap_or_default();
                    return Ok(());
                }
                '\r' | '\n' => return Err(Uncertain),
                _ => {}
            }
        }
        Err(Uncertain)
    }

    /// Skips the rest of a group of tokens, with the groups in it.
    fn skip_group(&mut self, close: char) -> Result<(), Uncertain> {
        let mut open = vec![close];
        while let Some(close) = open.last() {
            match self.next()? {
                Token::Mark(mark) if mark == *close => {
                    open.pop();
                }
                // A name must have a value.
                Token::Mark(':')
                    if matches!(self.peek()?, Token::Mark(':' | ')' | ']' | '}') | Token::End) =>
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

    /// Directives, and the selection set behind them, which takes no other token before it.
    fn directives_and_selections(
        &mut self,
        mut token: Token<'t>,
    ) -> Result<Option<Selections<'t>>, Uncertain> {
        while token == Token::Mark('@') {
            let Token::Name(_) = self.next()? else { return Err(Uncertain) };
            if self.peek()? == Token::Mark('(') {
                self.next()?;
                self.skip_group(')')?;
            }
            token = self.next()?;
        }
        if token == Token::Mark('{') { self.selections().map(Some) } else { Ok(None) }
    }

    /// Directives behind a field or a spread, and the selection set, if there is one: what follows is left.
    fn trail(&mut self) -> Result<Option<Selections<'t>>, Uncertain> {
        while self.peek()? == Token::Mark('@') {
            self.next()?;
            let Token::Name(_) = self.next()? else { return Err(Uncertain) };
            self.skip_arguments()?;
        }
        if self.peek()? == Token::Mark('{') {
            self.next()?;
            return self.selections().map(Some);
        }
        Ok(None)
    }

    fn skip_arguments(&mut self) -> Result<(), Uncertain> {
        if self.peek()? == Token::Mark('(') {
            self.next()?;
            self.skip_group(')')?;
        }
        Ok(())
    }

    /// A selection set, whose `{` is taken.
    fn selections(&mut self) -> Result<Selections<'t>, Uncertain> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Uncertain);
        }
        let mut found = Selections::default();
        loop {
            match self.next()? {
                Token::Mark('}') => break,
                Token::Spread => self.spread(&mut found)?,
                Token::Name(mut name) => {
                    if self.peek()? == Token::Mark(':') {
                        self.next()?;
                        let Token::Name(own) = self.next()? else { return Err(Uncertain) };
                        name = own;
                    }
                    found.fields.push(name);
                    self.skip_arguments()?;
                    if let Some(within) = self.trail()? {
                        found.below.extend(within.fields.into_iter().chain(within.below));
                        found.spreads_below.extend(within.spreads.into_iter().chain(within.spreads_below));
                    }
                }
                Token::Mark(_) | Token::Other | Token::End => return Err(Uncertain),
            }
        }
        self.depth -= 1;
        let is_empty = found.fields.is_empty() && found.spreads.is_empty() && found.below.is_empty();
        if is_empty { Err(Uncertain) } else { Ok(found) }
    }

    /// A fragment's name, or a fragment in place, whose `...` is taken.
    fn spread(&mut self, found: &mut Selections<'t>) -> Result<(), Uncertain> {
        if let Token::Name(name) = self.peek()? {
            self.next()?;
            if name != "on" {
                found.spreads.push(name);
                return if self.trail()?.is_none() { Ok(()) } else { Err(Uncertain) };
            }
            let Token::Name(_) = self.next()? else { return Err(Uncertain) };
        }
        let within = self.trail()?.ok_or(Uncertain)?;
        found.fields.extend(within.fields);
        found.below.extend(within.below);
        found.spreads.extend(within.spreads);
        found.spreads_below.extend(within.spreads_below);
        Ok(())
    }
}

/// Servers refuse documents that nest far less deeply.
const DEEPEST: usize = 100;

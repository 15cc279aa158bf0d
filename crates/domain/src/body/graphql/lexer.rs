//! The tokens of a GraphQL document (GraphQL October 2021, §2.1).

use crate::body::Uncertain;

/// A token, as far as selections need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    Name(&'t str),
    Mark(char),
    Spread,
    /// A number or a string.
    Other,
    End,
}

/// Reads tokens, each once.
pub(super) struct Lexer<'t> {
    rest: &'t str,
    ahead: Option<Token<'t>>,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text, ahead: None }
    }

    /// Takes the next token.
    pub(super) fn next(&mut self) -> Result<Token<'t>, Uncertain> {
        match self.ahead.take() {
            Some(token) => Ok(token),
            None => self.read(),
        }
    }

    /// Looks at the next token without taking it.
    pub(super) fn peek(&mut self) -> Result<Token<'t>, Uncertain> {
        let token = self.next()?;
        self.ahead = Some(token);
        Ok(token)
    }

    fn read(&mut self) -> Result<Token<'t>, Uncertain> {
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
}

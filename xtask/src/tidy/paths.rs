//! What a file says of modules: which it lists, which names it imports, and which paths it uses outside its tests.

use std::iter::Peekable;

use anyhow::{Result, anyhow};
use proc_macro2::token_stream::IntoIter;
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

/// A path by its segments, the first of them `crate`, `self`, `super` or a name.
pub(super) type Segments = Vec<String>;

/// What a file says of modules.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Paths {
    /// The modules that it lists, in its order.
    pub(super) listed: Vec<String>,
    /// Those that are there for tests only.
    pub(super) for_tests: Vec<String>,
    /// The names that it imports, and what they stand for.
    pub(super) imports: Vec<(String, Segments)>,
    /// Every path that it uses, and the modules within the file in which it does.
    pub(super) used: Vec<(Vec<String>, Segments)>,
}

/// Reads a file. Macros are read too, as far as their text has paths in it.
pub(super) fn read(text: &str) -> Result<Paths> {
    let tokens: TokenStream = text.parse().map_err(|error| anyhow!("is no Rust: {error}"))?;
    let mut paths = Paths::default();
    walk(tokens, &[], true, &mut paths);
    Ok(paths)
}

type Tokens = Peekable<IntoIter>;

fn walk(stream: TokenStream, inside: &[String], of_module: bool, paths: &mut Paths) {
    let mut tokens = stream.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '#' => {
                if let Some(TokenTree::Group(attribute)) = tokens.peek()
                    && is_for_tests(attribute)
                {
                    tokens.next();
                    skip_item(&mut tokens, paths);
                }
            }
            TokenTree::Ident(word) if word == "mod" => {
                let Some(TokenTree::Ident(name)) = tokens.next() else { continue };
                match tokens.next() {
                    Some(TokenTree::Group(body)) => {
                        let inside = [inside, &[name.to_string()]].concat();
                        walk(body.stream(), &inside, false, paths);
                    }
                    _ if of_module => paths.listed.push(name.to_string()),
                    _ => {}
                }
            }
            TokenTree::Ident(word) if word == "use" => {
                for (name, path) in leaves(&mut tokens, &Vec::new()) {
                    if of_module {
                        paths.imports.push((name, path.clone()));
                    }
                    paths.used.push((inside.to_vec(), path));
                }
            }
            TokenTree::Ident(word) if starts_path(&word) => {
                let path = rest_of_path(&mut tokens, word.to_string());
                if path.len() > 1 {
                    paths.used.push((inside.to_vec(), path));
                }
            }
            TokenTree::Group(group) => walk(group.stream(), inside, false, paths),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// `#[cfg(test)]`, also with further conditions.
fn is_for_tests(attribute: &Group) -> bool {
    let text: String = attribute.stream().to_string().split_whitespace().collect();
    attribute.delimiter() == Delimiter::Bracket && (text == "cfg(test)" || text.starts_with("cfg(all(test"))
}

/// Skips the item after an attribute; notes it if it is a module in a file of its own.
fn skip_item(tokens: &mut Tokens, paths: &mut Paths) {
    let mut is_use = false;
    let mut module = None;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if word == "use" => is_use = true,
            TokenTree::Ident(word) if word == "mod" => module = tokens.peek().map(ToString::to_string),
            TokenTree::Punct(mark) if mark.as_char() == ';' => {
                paths.for_tests.extend(module);
                return;
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && !is_use => return,
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) | TokenTree::Group(_) => {}
        }
    }
}

/// The names that a `use` imports from here on, and the whole path of each.
fn leaves(tokens: &mut Tokens, before: &Segments) -> Vec<(String, Segments)> {
    let mut found = Vec::new();
    let mut path = before.clone();
    let mut name = None;
    loop {
        let token = tokens.next();
        match token {
            Some(TokenTree::Ident(word)) if word == "as" => {
                name = tokens.next().map(|alias| alias.to_string());
            }
            // `a::{self}` is `a`.
            Some(TokenTree::Ident(word)) if word == "self" && !path.is_empty() => {}
            Some(TokenTree::Ident(word)) => path.push(word.to_string()),
            Some(TokenTree::Group(group)) => {
                let mut inner = group.stream().into_iter().peekable();
                while inner.peek().is_some() {
                    found.extend(leaves(&mut inner, &path));
                }
                path.clear();
            }
            Some(TokenTree::Punct(mark)) if matches!(mark.as_char(), ':' | '*') => {}
            Some(TokenTree::Punct(_) | TokenTree::Literal(_)) | None => {
                if path.len() > before.len() || (!path.is_empty() && found.is_empty()) {
                    let name = name.or_else(|| path.last().cloned()).unwrap_or_default();
                    found.push((name, path));
                }
                return found;
            }
        }
    }
}

fn starts_path(word: &Ident) -> bool {
    ["crate", "self", "super"].iter().any(|start| word == start)
}

/// The segments that follow with `::` between them.
fn rest_of_path(tokens: &mut Tokens, first: String) -> Segments {
    let mut path = vec![first];
    loop {
        let mut ahead = tokens.clone();
        let colons = [ahead.next(), ahead.next()];
        let is_separator =
            colons.iter().all(|token| matches!(token, Some(TokenTree::Punct(mark)) if mark.as_char() == ':'));
        let (true, Some(TokenTree::Ident(segment))) = (is_separator, ahead.next()) else { return path };
        path.push(segment.to_string());
        *tokens = ahead;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(text: &str) -> Vec<String> {
        read(text).unwrap().used.iter().map(|(_, path)| path.join("::")).collect()
    }

    #[test]
    fn paths_are_found_wherever_they_stand() {
        assert_eq!(
            used("use crate::a::{self, b::{C, D as E}, f};"),
            ["crate::a", "crate::a::b::C", "crate::a::b::D", "crate::a::f"]
        );
        assert_eq!(
            used("fn f(x: super::a::B) -> self::C { self.x(crate::d::e::<u8>()) }"),
            ["super::a::B", "self::C", "crate::d::e"]
        );
        assert_eq!(used("macro_rules! m { () => { $crate::a::b!() } }"), ["crate::a::b"]);
        assert_eq!(
            used("use {crate::a::B, super::c};\npub use std::fmt;"),
            ["crate::a::B", "super::c", "std::fmt"]
        );
        assert_eq!(used("use super::a::*;"), ["super::a"]);
    }

    #[test]
    fn what_is_no_path_or_only_for_tests_is_left_out() {
        assert!(
            used("//! See crate::a.\n// crate::b\nconst A: &str = \"crate::c\";\npub(crate) fn f(self) {}")
                .is_empty()
        );
        assert!(
            used("#[cfg(test)]\nuse crate::a::{B};\n#[cfg(test)]\nmod tests { use crate::c; }").is_empty()
        );
        assert_eq!(used("#[cfg(test)]\nfn f() {}\nuse crate::a;"), ["crate::a"]);
    }

    #[test]
    fn modules_are_listed_in_order_without_those_for_tests() {
        let paths =
            read("pub mod a;\n#[macro_use]\npub(crate) mod b;\nmod c { mod d; }\n#[cfg(test)]\nmod tests;")
                .unwrap();
        assert_eq!(paths.listed, ["a", "b"]);
        assert_eq!(paths.for_tests, ["tests"]);
        let inside = read("mod c { use super::d; }").unwrap();
        assert_eq!(inside.used, [(vec!["c".to_owned()], vec!["super".to_owned(), "d".to_owned()])]);
    }
}

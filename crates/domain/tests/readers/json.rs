//! JSON: keys, values and texts that readers take in ways of their own.

use onecli_domain::condition::Part;

use crate::random::Random;
use crate::{Case, compare, peers, php};

const KEYS: &[&str] = &[
    "status",
    "task",
    "Status",
    "STATUS",
    "\u{17f}tatus",
    "tas\u{212a}",
    "TA\u{17f}\u{212a}",
    "statu\\u017f",
    "\\u0073tatus",
    "status\\u0000",
    "status\\u0000x",
    "sta\\tus",
    "status ",
    " status",
    "\u{feff}status",
    "stat\u{fc}s",
    "__proto__",
    "",
    "s\\u0074atus",
    "\\ud800status",
    "status\\ud83d\\ude00",
    "0",
    "method",
];
const VALUES: &[&str] = &[
    "\"v1\"",
    "\"v2\"",
    "1",
    "100",
    "1e2",
    "1.0e+2",
    "-0",
    "0",
    "-0.0",
    "0.1",
    "0.30000000000000004",
    "9007199254740993",
    "9007199254740992",
    "18446744073709551616",
    "123456789012345678901234567890",
    "1e400",
    "-1e-400",
    "1E5",
    "true",
    "false",
    "null",
    "[\"v1\"]",
    "[1,[\"v3\"]]",
    "{\"status\":\"v4\"}",
    "\"\\u0076\\u0031\"",
    "\"v\\ud800\"",
    "\"\u{e9}\"",
    "\"a\\/b\"",
    "\"\"",
    "NaN",
    "Infinity",
    "-Infinity",
    "'v1'",
    "01",
    "+1",
    ".5",
    "1.",
    "0x10",
    "\"v\n1\"",
    "\"v\\01\"",
    "\"v\\x31\"",
    "tRue",
    "undefined",
    "[]",
    "{}",
    "3.14159265358979323846",
    "5e-324",
    "1.7976931348623157e308",
];
const PIECES: &[&str] = &[
    "\"", ",", ":", "{", "}", "[", "]", "\\", " ", "\t", "\n", "\u{feff}", "\0", "//x\n", "/**/", "\u{a0}",
    "\u{2028}", "e", "-", "0", "1", "'", "#", ";", "\u{b}", "\u{c}",
];
const TYPES: &[&str] = &[
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=\"UTF-8\"",
    "text/plain",
    "",
    "application/vnd.api+json",
    "application/json; charset=utf-16",
    "application/json; charset=latin1",
    "text/json",
    "application/csp-report",
    "application/json, text/plain",
    "json",
];

fn text(random: &mut Random) -> String {
    let mut fields = Vec::new();
    for _ in 0..=random.below(3) {
        let key = if random.below(2) == 0 { "status" } else { random.pick(KEYS) };
        fields.push(format!("\"{key}\":{}", random.mostly("\"v1\"", VALUES, 2)));
    }
    let object = format!("{{{}}}", fields.join(","));
    match random.below(12) {
        0 => format!("[{object}]"),
        1 => format!("{object}{object}"),
        2 => format!("\u{feff}{object}"),
        3 => format!(" \r\n\t{object}\n"),
        4 => format!("{object} trailing"),
        5 => format!("{object},"),
        6 => object.replace('}', ",}"),
        _ => object,
    }
}

fn encoded(random: &mut Random, text: &[u8]) -> Vec<u8> {
    let Ok(valid) = std::str::from_utf8(text) else { return text.to_vec() };
    let units = valid.encode_utf16();
    match random.below(30) {
        0 => units.flat_map(u16::to_le_bytes).collect(),
        1 => units.flat_map(u16::to_be_bytes).collect(),
        2 => [0xfeff].into_iter().chain(units).flat_map(u16::to_le_bytes).collect(),
        3 => [0xfeff].into_iter().chain(units).flat_map(u16::to_be_bytes).collect(),
        4 => valid.chars().flat_map(|letter| u32::from(letter).to_le_bytes()).collect(),
        5 => valid.chars().flat_map(|letter| u32::from(letter).to_be_bytes()).collect(),
        6 => valid.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect(),
        _ => text.to_vec(),
    }
}

fn cases() -> Vec<Case> {
    let mut random = Random::of(1);
    let mut all = Vec::new();
    for _ in 0..3_000 {
        let text = text(&mut random);
        let is_damaged = random.below(3) == 0;
        let text = if is_damaged { random.damaged(text.as_bytes(), PIECES) } else { text.into_bytes() };
        let body = encoded(&mut random, &text);
        let key = random.mostly("status", &["task", "method", "0", "__proto__"], 5);
        let is_list = text.iter().find(|byte| byte.is_ascii_graphic()) == Some(&b'[');
        all.push(Case {
            kind: "json",
            content_type: random.mostly(TYPES[0], TYPES, 3).into(),
            query: String::new(),
            key: key.into(),
            body,
            // Of lists readers are asked for the messages of a batch.
            part: if is_list || key == "method" { Part::Jsonrpc } else { Part::BodyJson },
            pointer: if is_list || key == "method" { "method".into() } else { format!("/{key}") },
        });
    }
    all.retain(|case| case.part != Part::Jsonrpc || case.key == "method");
    all
}

#[test]
fn no_reader_finds_a_json_value_that_a_condition_misses() {
    let cases = cases();
    let mut answers = peers::ask_all(&cases);
    for (answer, more) in answers.iter_mut().zip(php::ask(&cases)) {
        answer.extend(more);
    }
    compare(&cases, &answers, 200);
}

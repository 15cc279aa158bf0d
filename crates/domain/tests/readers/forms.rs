//! Forms: names, values, boundaries and heads of parts that readers take in ways of their own.

use onecli_domain::condition::Part;

use crate::random::Random;
use crate::{Case, compare, peers, php};

const FORM: &str = "application/x-www-form-urlencoded";
const KEYS: &[&str] = &["to", "to_x", "to[x]", "to.x", "a b"];
const NAMES: &[&str] = &[
    "to",
    "To",
    "TO",
    " to",
    "to ",
    "+to",
    "%20to",
    "to%00",
    "to%00x",
    "t%6F",
    "t%6f",
    "%74o",
    "%u0074o",
    "to[]",
    "to[0]",
    "to[1]",
    "to[x]",
    "to[x][]",
    "to[x",
    "to]x",
    "to%5Bx%5D",
    "to%5b%5d",
    "to.x",
    "to x",
    "to+x",
    "to_x",
    "to%2Ex",
    "to-x",
    "to[x]y",
    "[to]",
    "_charset_",
    "utf8",
    "%E2%80%8Bto",
    "to%0A",
    "\tto",
    "%EF%BB%BFto",
    "to%",
    "to%f",
    "%FFto",
    "a b",
    "a+b",
    "a%20b",
    "a_b",
    "a.b",
];
const VALUES: &[&str] = &[
    "v1",
    "v2",
    "v%31",
    "v+1",
    "v%2B1",
    "v%201",
    "%76%31",
    "v1%",
    "v%zz",
    "v%u0031",
    "%FFv1",
    "v1%00",
    "",
    "v1;to=v3",
    "v1%26to=v3",
    "é",
    "%C3%A9",
    "%E9",
    "iso-8859-1",
    "utf-7",
    "v1=v2",
    "v1,v2",
    "v1\n",
    "%E2%9C%93",
    "v1#x",
];
const JOINTS: &[&str] = &["&", ";", "&&", "&amp;", "\n", "\r\n", "%26", "?", "&;", " & ", "\0"];
const FORM_TYPES: &[&str] = &[
    "application/x-www-form-urlencoded; charset=utf-8",
    "application/x-www-form-urlencoded;charset=UTF-16",
    "application/x-www-form-urlencoded; charset=iso-8859-1",
    "Application/X-WWW-Form-Urlencoded",
    "text/plain",
    "",
    "application/x-www-form-urlencoded, text/plain",
    "application/x-www-form-urlencoded; charset=utf-7",
    "application/x-www-form-urlencoded; charset=\"shift_jis\"",
    " application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded ; charset=utf-8",
    "application/x-www-form-urlencoded; charset=ibm500",
];

fn urlencoded(random: &mut Random) -> Case {
    let mut body = String::new();
    for at in 0..=random.below(4) {
        if at > 0 {
            body.push_str(random.mostly("&", JOINTS, 3));
        }
        body.push_str(random.mostly("to", NAMES, 2));
        body.push_str(random.mostly("=", &["", "==", "%3D", " = "], 12));
        body.push_str(random.mostly("v1", VALUES, 2));
    }
    let key = random.mostly("to", KEYS, 4);
    Case {
        kind: "form",
        content_type: random.mostly(FORM, FORM_TYPES, 4).into(),
        query: String::new(),
        key: key.into(),
        body: random.damaged(body.as_bytes(), &["&", "=", "%", ";", "+", "[", "]", "\0", "\u{feff}"]),
        part: Part::Form,
        pointer: key.into(),
    }
}

/// Boundaries are `A` and `B`.
const TYPES: &[&str] = &[
    "multipart/form-data; boundary=A; boundary=B",
    "multipart/form-data; boundary=B; boundary=A",
    "multipart/form-data; boundary*=utf-8''B; boundary=A",
    "multipart/form-data; boundary=A; boundary*=utf-8''B",
    "multipart/form-data; boundary*0=A",
    "multipart/form-data; boundary*0=A; boundary=B",
    "multipart/form-data; xboundary=B; boundary=A",
    "multipart/form-data; xboundary=A; boundary=B",
    "multipart/form-data; boundary=\"A\"",
    "multipart/form-data; boundary=\"A",
    "multipart/form-data; boundary='A'",
    "multipart/form-data; boundary=A,B",
    "multipart/form-data; boundary=A ;x=y",
    "multipart/form-data; boundary =A",
    "multipart/form-data; boundary= A",
    "multipart/form-data; BOUNDARY=A",
    "multipart/form-data;boundary=A;",
    "multipart/form-data, boundary=A",
    "multipart/form-data boundary=A",
    "Multipart/Form-Data; boundary=A",
    "multipart/mixed; boundary=A",
    "multipart/related; boundary=A",
    "multipart/form-data; x=\"; boundary=B\"; boundary=A",
    "multipart/form-data; x=\"boundary=B\"; boundary=A",
    "multipart/form-data; boundary=\"\\A\"",
    "multipart/form-data; charset=utf-16; boundary=A",
    "multipart/form-data; charset=utf-7; boundary=A",
    "text/plain, multipart/form-data; boundary=A",
    "multipart/form-data; boundary=A; charset=iso-8859-1",
    "multipart/form-data;\tboundary=A",
    "multipart/form-data; boundary=A\t",
    "multipart/form-data; boundary=%41",
    "multipart/form-data; boundary=A; Boundary=B",
    "multipart/form-data; boundary=\"A\"B",
    "multipart/form-data; boundary==A",
    "multipart/form-data; x; boundary=A",
    "multipart/form-data; boundary=A(c)",
    "multipart/form-data; boundary=B;boundary=\"A\"",
];
const DISPOSITIONS: &[&str] = &[
    "form-data; name=to",
    "form-data; name='to'",
    "form-data; name=\"t\\o\"",
    "form-data; name=\"to",
    "form-data; name=to\"",
    "form-data; name=\"%74o\"",
    "form-data; name*=utf-8''to",
    "form-data; name=\"x\"; name*=utf-8''to",
    "form-data; name=\"x\"; name=\"to\"",
    "form-data; name=\"to\"; name=\"x\"",
    "form-data; name=\"to\"; filename=\"f\"",
    "form-data; filename=\"f\"; name=\"to\"",
    "form-data; filename=\"; name=to; x=\"; name=\"x\"",
    "form-data; filename=\"x\\\"; name=\"to\"",
    "form-data; name=\"x\"; filename=\"a\\\"; name=\\\"to\"",
    "form-data; name = \"to\"",
    "form-data; Name=\"to\"",
    "form-data;name=\"to\"",
    "form-data ; name=\"to\"",
    "form-data; name=\"to[]\"",
    "form-data; name=\"to[x]\"",
    "form-data; name=\"to.x\"",
    "form-data; name=\" to\"",
    "form-data; name=\"to \"",
    "attachment; name=\"to\"",
    "file; name=\"to\"",
    "; name=\"to\"",
    "name=\"to\"",
    "form-data, name=\"to\"",
    "form-data; x=y; name=\"to\"",
    "form-data; xname=\"x\"; name=\"to\"",
    "form-data; name=\"x\"; filename*=utf-8''f",
    "form-data; name=\"to\"; filename=",
    "form-data; name=\"x&quot;to\"",
    "form-data; name=\"x\"; filename=name=\"to\"",
    "form-data; name*0=t; name*1=o",
    "form-data; name=\"=?utf-8?q?to?=\"",
    "form-data; name=\"to\"; filename*=utf-8''f",
    "form-data; name=to x",
    "form-data; name=\"to\";",
];
const HEADS: &[&str] = &[
    "Content-Disposition:{}",
    "content-disposition: {}",
    "CONTENT-DISPOSITION:\t{}",
    "Content-Disposition : {}",
    " Content-Disposition: {}",
    "Content-Disposition: x\r\n {}",
    "X: y\r\nContent-Disposition: {}",
    "X: y\r\n Content-Disposition: {}",
    "Content-Disposition: form-data;\r\n name=\"to\"\r\nX: {}",
    "Content-Disposition: form-data; name=\"x\"\r\nContent-Disposition: {}",
    "Content-Disposition: {}\r\nContent-Disposition: form-data; name=\"x\"",
    "Content-Disposition: {}\nX: y",
    "Content-Disposition: {}\rX: y",
    "X: y\nContent-Disposition: {}",
    "Content-Disposition: {}\r\n\tx: y",
    "Content-Disposition: {}\r\nContent-Type: text/plain; charset=utf-16le",
    "Content-Disposition: {}\r\nContent-Type: multipart/mixed; boundary=B",
    "Content-Disposition: {}\r\nContent-Transfer-Encoding: base64",
    "Content-Disposition: {}\r\nContent-Transfer-Encoding: quoted-printable",
    "Content-Disposition: {}\r\ncontent-type: text/plain; charset=utf-7",
    "Content-Disposition: {}\r\nX",
    "X\r\nContent-Disposition: {}",
    "Content-Disposition\0: {}",
    "Content-Disposition: {}\r\nContent-Type: application/json",
    "Content-Length: 1\r\nContent-Disposition: {}",
    "Content-Disposition: {}\r\nContent-Type: text/plain\r\nContent-Type: image/png",
    "Content_Disposition: {}",
    ": x\r\nContent-Disposition: {}",
    "Content-Disposition: {}\r\nContent-Type: text/plain; charset=iso-8859-1",
];
const LINES: &[&str] = &["\n", "\r", "\r\n\r\n", " \r\n", "\t\r\n", "\r\r\n", "", "x\r\n", "\n\r\n"];
const PARTS: &[&str] = &[
    "v1",
    "v2",
    "djE=",
    "v=31",
    "",
    "v1\r\n",
    "\r\nv1",
    "é",
    "v1\n--A\nx",
    "v1--A",
    "v1\r\n--AB",
    "v1\r\n--a",
    "+AHY-1",
];
const ENDS: &[&str] = &[
    "",
    "--",
    "--x",
    "-",
    "--\r\n",
    "--\n",
    "\r\n",
    "--\r\nepilogue",
    "--\r\n\r\n--A\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\nv9\r\n--A--",
    " --",
];
const PIECES: &[&str] =
    &["\r\n", "\n", "\r", "--", "--A", "--B", "--A\r\n", ";", "\"", "=", ":", " ", "\0", "\\", "--A--"];

fn multipart(random: &mut Random) -> Case {
    let mut body: String =
        random.mostly("", &["\r\n", "\n", "preamble\r\n", "--", "--B\r\n\r\n", "\r\n\r\n", " "], 8).into();
    for _ in 0..=random.below(2) {
        let boundary = random.mostly("A", &["B", "a", "AB", "A "], 10);
        let disposition = random.mostly("form-data; name=\"to\"", DISPOSITIONS, 2);
        let head = random.mostly("Content-Disposition: {}", HEADS, 3).replace("{}", disposition);
        let line = random.mostly("\r\n", LINES, 16);
        let blank = random.mostly("\r\n\r\n", &["\n\n", "\r\n\n", "\n\r\n", "\r\n \r\n", "\r\r", "\r\n"], 12);
        let (value, end) = (random.mostly("v1", PARTS, 3), random.mostly("\r\n", LINES, 12));
        body.extend(["--", boundary, line, &head, blank, value, end]);
    }
    body.extend(["--", random.mostly("A", &["B"], 10), random.mostly("--\r\n", ENDS, 6)]);
    let key = random.mostly("to", &["to_x", "to[x]", "x", "to.x"], 6);
    let damaged = random.below(3) == 0;
    Case {
        kind: "multipart",
        content_type: random.mostly("multipart/form-data; boundary=A", TYPES, 3).into(),
        query: String::new(),
        key: key.into(),
        body: if damaged { random.damaged(body.as_bytes(), PIECES) } else { body.into_bytes() },
        part: Part::Form,
        pointer: key.into(),
    }
}

fn check(cases: &[Case]) {
    let mut answers = peers::ask_all(cases);
    for (answer, more) in answers.iter_mut().zip(php::ask(cases)) {
        answer.extend(more);
    }
    compare(cases, &answers, 150);
}

#[test]
fn no_reader_finds_a_field_that_a_condition_misses() {
    let mut random = Random::of(5);
    let cases: Vec<Case> = (0..2_000).map(|_| urlencoded(&mut random)).collect();
    check(&cases);
}

#[test]
fn no_reader_finds_a_part_that_a_condition_misses() {
    let mut random = Random::of(7);
    let cases: Vec<Case> = (0..3_000).map(|_| multipart(&mut random)).collect();
    check(&cases);
}

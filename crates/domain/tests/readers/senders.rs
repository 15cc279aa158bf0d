//! Senders: forms as clients in use write them are read for certain, so that rules which allow them do.

use std::process::Command;

use base64::Engine as _;
use onecli_domain::body::Truth;
use onecli_domain::condition::{Operator, Part};
use serde::Deserialize;

use crate::peers::{node, python, script};
use crate::{Case, ask};

#[derive(Deserialize)]
struct Sent {
    sender: String,
    #[serde(rename = "type")]
    content_type: String,
    body: String,
}

fn sent(mut sender: Command) -> Vec<Sent> {
    let output = sender.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// curl writes to a file what it would send.
fn curl() -> Sent {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file 1.txt");
    std::fs::write(&file, [0, 255]).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let mut child = Command::new("curl")
        .args(["--silent", "--http1.0", "--form", "to=v1", "--form", "note=a b&c=é\r\n\"quoted\" 100%"])
        .args(["--form", &format!("file=@{}", file.display()), &url])
        .spawn()
        .unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    let (content_type, body) = read_request(&mut stream);
    drop(stream);
    let _ = child.wait();
    Sent { sender: "curl".into(), content_type, body: base64::engine::general_purpose::STANDARD.encode(body) }
}

fn read_request(stream: &mut std::net::TcpStream) -> (String, Vec<u8>) {
    use std::io::{BufRead, BufReader, Read, Write};
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut content_type, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-type" => value.clone_into(&mut content_type),
            "content-length" => length = value.parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    stream.write_all(b"HTTP/1.0 204 No Content\r\n\r\n").unwrap();
    (content_type, body)
}

#[test]
fn forms_of_clients_in_use_are_read_for_certain() {
    let mut all = vec![curl()];
    all.extend(sent(python(&script("senders.py"))));
    all.extend(sent(node(&script("senders.cjs"))));
    assert_eq!(all.len(), 9);
    for Sent { sender, content_type, body } in all {
        let body = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
        let text = String::from_utf8_lossy(&body).into_owned();
        for (key, value) in [("to", "v1"), ("note", "a b&c=é\r\n\"quoted\" 100%")] {
            let case = Case {
                kind: "form",
                content_type: content_type.clone(),
                query: String::new(),
                key: key.into(),
                body: body.clone(),
                part: Part::Form,
                pointer: key.into(),
            };
            assert_eq!(
                ask(&case, Operator::Equals, Some(value)),
                Truth::Yes,
                "{sender} {content_type} {text:?}"
            );
            assert_eq!(
                ask(&case, Operator::Equals, Some("v2")),
                Truth::No,
                "{sender} {content_type} {text:?}"
            );
        }
    }
}

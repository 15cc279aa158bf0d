//! PHP, whose own server reads forms as its others do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::{Answer, Case};

/// Asks PHP.
pub(crate) fn ask(cases: &[Case]) -> Vec<Answer> {
    let server = Server::start();
    cases
        .iter()
        .map(|case| server.ask(case).map(|found| ("php".to_owned(), found)).into_iter().collect())
        .collect()
}

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start() -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let router = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/readers/readers.php");
        let mut child = Command::new("php")
            .args(["-d", "display_errors=0", "-d", "precision=-1", "-S", &address.to_string()])
            .arg(router)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("started") {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "PHP's server doesn't start");
        }
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { child, address }
    }

    /// None where PHP refuses to read.
    fn ask(&self, case: &Case) -> Option<Vec<String>> {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let head = format!(
            "POST / HTTP/1.0\r\nhost: api.test\r\nx-kind: {}\r\nx-key: {}\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n",
            case.kind,
            case.key,
            case.content_type,
            case.body.len()
        );
        stream.write_all(&[head.as_bytes(), &case.body].concat()).unwrap();
        let mut response = Vec::new();
        stream.read_to_end(&mut response).unwrap();
        let text = String::from_utf8(response).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        head.contains(" 200 ").then(|| serde_json::from_str(body).unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

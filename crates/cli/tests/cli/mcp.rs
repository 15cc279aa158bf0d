//! The real MCP SDKs through the real gateway: one refused call of a tool is an error of that call, and the session goes on.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use onecli_testkit::Peers;
use tokio::net::TcpStream;

use crate::stand::{Product, set_up};

/// A real server, and where it listens.
struct Server(Child, u16);

impl Server {
    fn start(program: &Path, script: &Path) -> Self {
        let mut server = Command::new(program).arg(script).stdout(Stdio::piped()).spawn().unwrap();
        let mut port = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self(server, port.trim().parse().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Puts TLS before a server.
async fn put_before(port: u16, mut peers: Peers) {
    loop {
        let mut peer = peers.accept().await;
        tokio::spawn(async move {
            let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            // However it ends.
            let _ = tokio::io::copy_bidirectional(&mut peer, &mut server).await;
        });
    }
}

/// Lets a client of an SDK call tools of a server of the same, one of which is blocked.
fn a_refused_call_ends_no_session(program: &str, scripts: [(&str, &str); 2], sessions: usize) {
    let (product, peers) = Product::start_by_hand();
    let home = product.machine.home();
    for (name, text) in scripts {
        std::fs::write(home.join(name), text).unwrap();
    }
    if program == "node" {
        let modules = set_up("ONECLI_TEST_NODE_MODULES");
        std::os::unix::fs::symlink(modules, home.join("node_modules")).unwrap();
    }
    let [(server, _), (client, _)] = scripts;
    let server = Server::start(Path::new(program), &home.join(server));
    product.runtime.spawn(put_before(server.1, peers));
    let rule =
        ["rules", "create", "--name", "no deleting", "--host-pattern", "api.good.test", "--action", "block"];
    let condition = ["--condition", "jsonrpc:tool equals delete_file"];
    product.machine.onecli(&[&rule[..], &condition[..]].concat()).done();

    let ended = product.run(&[program, home.join(client).to_str().unwrap(), "https://api.good.test/mcp"]);

    let session = "3\n-32001 blocked_by_policy no deleting\n7\n0\n";
    assert_eq!((ended.code, &*ended.stdout), (0, &*session.repeat(sessions)), "{ended:?}");
    let recorded = product.machine.onecli(&["activity", "list", "--max", "200"]).done().json();
    let blocked = recorded.as_array().unwrap().iter().filter(|record| record["verdict"] == "block").count();
    assert_eq!(blocked, sessions, "{recorded:#}");
}

#[test]
fn of_python() {
    let python = set_up("ONECLI_TEST_PYTHON");
    let scripts =
        [("server.py", include_str!("mcp/server.py")), ("client.py", include_str!("mcp/client.py"))];
    a_refused_call_ends_no_session(&python, scripts, 2);
}

#[test]
fn of_typescript() {
    let scripts =
        [("server.js", include_str!("mcp/server.js")), ("client.js", include_str!("mcp/client.js"))];
    a_refused_call_ends_no_session("node", scripts, 1);
}

//! The recipe for containers, pasted from the documentation: on a machine that has Docker's bridge, in a container
//! that is a network namespace of its own.

use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::onecli::{Ended, PATH};
use crate::stand::{Product, set_up};

/// Needs a network of its own, since the bridge has to be called `docker0`.
#[test]
fn the_recipe_for_containers_works_as_pasted() {
    if !Command::new("unshare").args(["-rn", "true"]).status().is_ok_and(|status| status.success()) {
        eprintln!("this system allows no network namespaces: not tested");
        return;
    }
    let output = Command::new("unshare")
        .args(["-rn", "--kill-child"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "docker::within_a_namespace", "--ignored", "--nocapture"])
        .output()
        .unwrap();

    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "changes the network; the test above runs it in a network namespace"]
fn within_a_namespace() {
    ip("link set lo up");
    ip("link add docker0 type bridge");
    ip("addr add 172.17.0.1/16 dev docker0");
    ip("link set docker0 up");

    // As it is started without thinking of Docker, the server says what is missing.
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let product = Product::start_with(&[], File::create(&log).unwrap().into());
    let told = std::fs::read_to_string(&log).unwrap();
    let flags = "--gateway-bind 127.0.0.1 --gateway-bind docker";
    assert!(told.contains("(172.17.0.1)") && told.contains(flags), "{told}");
    let alone = recipe(&product, &["curl", "-sS", "https://api.good.test/"]);
    assert_eq!(alone.code, 7, "the gateway is open to containers: {alone:?}");
    drop(product);

    let flags: Vec<&str> = flags.split(' ').collect();
    let product = Product::start_with(&flags, File::create(&log).unwrap().into());
    product.secret("api.good.test", "Bearer {value}");
    let told = std::fs::read_to_string(&log).unwrap();
    assert!(!told.contains("docker"), "{told}");
    let python = set_up("ONECLI_TEST_PYTHON");
    let node = format!("{}/node-22/bin/node", set_up("ONECLI_TEST_NODE_MODULES"));
    let mut programs: Vec<Vec<&str>> = vec![
        vec!["curl", "-sS", "https://api.good.test/"],
        vec![&python, "-c", "import requests; print(requests.get('https://api.good.test/').text)"],
        vec![&python, "-c", "import httpx; print(httpx.get('https://api.good.test/').text)"],
        vec![
            &python,
            "-c",
            "import urllib.request as u; print(u.urlopen('https://api.good.test/').read().decode())",
        ],
    ];
    if Path::new(&node).exists() {
        programs.push(vec![
            &node,
            "-e",
            "fetch('https://api.good.test/').then((answer) => answer.text()).then(console.log)",
        ]);
    }
    for program in programs {
        product.assert_authenticated(&recipe(&product, &program));
    }
    // The API is for this machine alone.
    let api = server_json(&product)["url"].as_str().unwrap().replace("127.0.0.1", "172.17.0.1");
    assert_eq!(recipe(&product, &["curl", "-sS", "--noproxy", "*", &api]).code, 7);
    // And this machine still reaches the gateway.
    product.assert_authenticated(&product.run(&["curl", "-sS", "https://api.good.test/"]));
}

/// Pastes the recipe into a shell, with a program in the image. The port is the test's own.
fn recipe(product: &Product, program: &[&str]) -> Ended {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/agents.md");
    let page = std::fs::read_to_string(page).unwrap();
    let block = page.split("```sh\n").find(|block| block.contains("docker run")).unwrap();
    let block = block.split("```").next().unwrap();
    let running = server_json(product);
    let (_, port) = running["gateway"].as_str().unwrap().rsplit_once(':').unwrap();
    let quoted: Vec<_> = program.iter().map(|part| format!("'{}'", part.replace('\'', "'\\''"))).collect();
    let script =
        block.replace("10255", port).replace("your-image", &format!("your-image {}", quoted.join(" ")));
    let home = product.machine.home();
    let programs = home.join("programs");
    std::fs::create_dir_all(&programs).unwrap();
    std::fs::write(programs.join("docker"), DOCKER).unwrap();
    std::fs::set_permissions(programs.join("docker"), PermissionsExt::from_mode(0o755)).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_onecli")).parent().unwrap();
    let output = Command::new("sh")
        .args(["-c", &script])
        .env_clear()
        .env("HOME", home)
        .env("PATH", format!("{}:{}:{PATH}:/usr/sbin:/sbin", programs.display(), binary.display()))
        .current_dir(home)
        .output()
        .unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn server_json(product: &Product) -> Value {
    serde_json::from_slice(&std::fs::read(product.machine.data().join("server.json")).unwrap()).unwrap()
}

fn ip(args: &str) {
    let output = Command::new("ip").args(args.split(' ')).output().unwrap();
    assert!(output.status.success(), "ip {args}: {}", String::from_utf8_lossy(&output.stderr));
}

/// `docker run`, as far as the recipe needs it: the container is on the bridge, knows the names that `--add-host`
/// gives, and has the environment that `-e` gives. A mounted file is found by its path on the machine.
const DOCKER: &str = r#"#!/bin/sh
set -e
[ "$1" = run ]; shift
hosts=$(mktemp); echo "127.0.0.1 localhost" > "$hosts"
environment=$(mktemp); mounted=; at=
while :; do
  case $1 in
    --rm|-it) shift ;;
    --add-host) echo "172.17.0.1 ${2%:host-gateway}" >> "$hosts"; shift 2 ;;
    -v) mounted=${2%%:*}; at=${2#*:}; at=${at%:ro}; [ -f "$mounted" ]; shift 2 ;;
    -e) printf '%s\n' "$2" >> "$environment"; shift 2 ;;
    your-image) shift; break ;;
    *) echo "unknown option $1" >&2; exit 125 ;;
  esac
done
sed -i "s#=$at\$#=$mounted#" "$environment"
export hosts environment machine=$PPID
exec unshare -nm sh -e -c '
  mount --bind "$hosts" /etc/hosts
  ip link add eth0 type veth peer name "veth$machine" netns "$machine"
  nsenter -t "$machine" -n ip link set "veth$machine" master docker0 up
  ip link set lo up
  ip addr add 172.17.0.2/16 dev eth0
  ip link set eth0 up
  ip route add default via 172.17.0.1
  IFS="
"
  exec env -i PATH="$PATH" $(cat "$environment") "$@"
' docker "$@"
"#;

//! The evaluator's own proof can't be made up either.

use onecli_domain::hold::Approved;

fn main() {
    let _ = Approved::request(todo!(), "GET", "https://mail.test", "/send");
}

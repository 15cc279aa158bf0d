//! An approval comes from the store: the gateway can't make one up.

use onecli_app::policy::approved::Approved;

fn main() {
    let _ = Approved { approved: todo!(), grant: None };
}

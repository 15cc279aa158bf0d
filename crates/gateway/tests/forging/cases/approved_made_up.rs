//! An approval comes from the store: the gateway can't make one up.

use onecli_app::policy::approved::Approved;

fn forge(approved: onecli_domain::hold::Approved) -> Approved {
    Approved { approved, grant: None }
}

fn main() {}

//! What a connection sends is made within the gateway alone, from credentials: nobody else can name it.

use onecli_gateway::outgoing::inject::Cleared;

fn main() {}

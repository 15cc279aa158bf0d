//! A connection to an upstream is the gateway's own: nobody else can hand it a request.

use onecli_gateway::upstream::Connection;

fn main() {}

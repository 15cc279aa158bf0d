//! Credentials come from the app, opened with a permit: nobody else makes any.

use onecli_app::vault::credentials::Credentials;

fn main() {
    let _ = Credentials(Default::default());
    let _ = Credentials::default();
}

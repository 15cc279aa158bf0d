//! A permit comes from the evaluator: nobody else makes one.

use onecli_domain::verdict::Permit;

fn main() {
    let _ = Permit::new(Default::default(), Default::default(), 1);
    let _ = Permit { uses: Default::default(), rules: Default::default(), counts: Default::default(), generation: 1 };
}

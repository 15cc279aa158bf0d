//! Proofs that the gateway can't make by itself: each case must not compile.

#[test]
fn no_proof_can_be_forged() {
    trybuild::TestCases::new().compile_fail("tests/forging/cases/*.rs");
}

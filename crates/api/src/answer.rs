//! Answers that several resources share.

use serde::Serialize;
use utoipa::ToSchema;

/// Done, with nothing more to say.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct Success {
    /// Always true: what fails is an error.
    success: bool,
}

impl Success {
    pub(crate) fn yes() -> Self {
        Self { success: true }
    }
}

//! Responses shared by several resources.

use serde::Serialize;
use utoipa::ToSchema;

/// The operation succeeded.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct Success {
    /// Always true: failures are errors.
    success: bool,
}

impl Success {
    pub(crate) fn yes() -> Self {
        Self { success: true }
    }
}

//! Settings of the installation that people change while it runs.

use onecli_domain::audit::Target;
use onecli_domain::id::ChainId;
use serde_json::json;

use crate::app::App;
use crate::audit::change::AuditedChange;
use crate::error::Error;
use crate::retention::{self, Retention};

impl App {
    /// How long records are kept, and how much room they may take.
    pub async fn retention(&self) -> Result<Retention, Error> {
        Ok(retention::read(self.store()).await?)
    }

    /// Sets how long records are kept, and how much room they may take. Records beyond that are deleted within minutes for good.
    pub async fn set_retention(&self, retention: Retention) -> Result<(), Error> {
        retention.check()?;
        let before = self.retention().await?;
        let show = |one: Retention| {
            json!({
                "activityDays": one.activity_days,
                "activityMaxBytes": one.activity_max_bytes,
                "approvalDays": one.approval_days,
            })
        };
        let target = Target { kind: "settings".into(), id: None, name: Some("retention".into()) };
        let audit = AuditedChange::new(ChainId::INSTALLATION, "settings.update", target);
        let value = serde_json::to_vec(&retention).unwrap_or_default();
        let audited = self.audited(audit.before(show(before)).after(show(retention)));
        audited.settings().put(retention::NAME, &value).await?;
        Ok(())
    }

    /// For how many days the audit log is kept, as the server was started; none keeps it all.
    pub fn audit_days(&self) -> Option<u32> {
        self.config().audit.retention_days
    }
}

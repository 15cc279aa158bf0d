//! Sealed settings: values that an installation creates once and keeps, such as keys.

use onecli_domain::sealed::AssociatedData;
use onecli_store::Store;
use onecli_store::keys::SealedColumn;
use onecli_store::settings::SealedSetting;
use onecli_vault::{Plaintext, Vault};
use uuid::Uuid;

use crate::error::Error;

/// Opens a setting, or creates it on first start. Gateways that start at once all get the same value.
pub(crate) async fn open_or_create(
    store: &Store,
    vault: &Vault,
    name: &str,
    make: impl FnOnce() -> Result<Plaintext, Error>,
) -> Result<Plaintext, Error> {
    let setting = if let Some(setting) = store.settings().fetch_sealed(name).await? {
        setting
    } else {
        let id = Uuid::now_v7();
        let fresh = SealedSetting { id, sealed: vault.seal(&associated_data(id), make()?.as_bytes())? };
        store.settings().insert_sealed_if_absent(name, &fresh).await?
    };
    Ok(vault.open(&associated_data(setting.id), &setting.sealed)?)
}

fn associated_data(id: Uuid) -> AssociatedData<'static> {
    AssociatedData { project: Uuid::nil(), record: id, column: SealedColumn::Setting.name(), version: 1 }
}

//! Settings: the first to set one wins, and everybody gets the winner's value.

use onecli_store::settings::SealedSetting;
use uuid::Uuid;

use crate::sample;

contract! {
    async fn a_setting_is_set_once_unless_it_is_put(database) {
        let settings = database.store.settings();
        assert_eq!(settings.fetch("name").await.unwrap(), None);

        assert_eq!(settings.insert_if_absent("name", b"one").await.unwrap(), b"one");
        assert_eq!(settings.insert_if_absent("name", b"two").await.unwrap(), b"one");
        assert_eq!(settings.fetch("name").await.unwrap(), Some(b"one".to_vec()));

        settings.put("name", b"three").await.unwrap();
        settings.put("other", b"").await.unwrap();
        assert_eq!(settings.fetch("name").await.unwrap(), Some(b"three".to_vec()));
        assert_eq!(settings.fetch("other").await.unwrap(), Some(Vec::new()));
    }

    async fn gateways_that_start_at_once_agree_on_a_sealed_setting(database) {
        let (one, two) = (&database.store, database.another().await);
        assert_eq!(one.settings().fetch_sealed("ca").await.unwrap(), None);
        let make = || SealedSetting { id: Uuid::now_v7(), sealed: sample::sealed(1) };
        let (mine, theirs) = (make(), make());

        let (here, there) = (one.settings(), two.settings());
        let (first, second) =
            tokio::join!(here.insert_sealed_if_absent("ca", &mine), there.insert_sealed_if_absent("ca", &theirs));

        let agreed = first.unwrap();
        assert_eq!(second.unwrap(), agreed);
        assert!(agreed == mine || agreed == theirs);
        assert_eq!(one.settings().fetch_sealed("ca").await.unwrap(), Some(agreed));
        two.close().await;
    }
}

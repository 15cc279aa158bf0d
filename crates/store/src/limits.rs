//! Rate limits, counted in one transaction so that the count is exact across gateways.

use onecli_domain::id::{AgentId, RuleId};
use onecli_domain::rate::{Counted, Limited, RateLimit, Remaining};
use onecli_domain::time::Timestamp;
use smallvec::SmallVec;

use crate::audit_append::TookEffect;
use crate::error::{Error, Fault};
use crate::pool::write_with;
use crate::rows::Fields;
use crate::store::Store;

impl TookEffect for Counted {}

impl Store {
    /// Rate limits.
    pub fn limits(&self) -> Limits<'_> {
        Limits { store: self }
    }
}

/// Access to rate limits.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'a> {
    store: &'a Store,
}

impl Limits<'_> {
    /// Counts a request against all of these limits, or against none if one is full. They must be sorted by rule,
    /// so that concurrent calls can't deadlock.
    pub async fn count(self, agent: AgentId, limits: &[Limited], now: Timestamp) -> Result<Counted, Error> {
        write_with!(self.store, |transaction| {
            let mut full: Option<(RuleId, Timestamp)> = None;
            let mut left = SmallVec::new();
            for limit in limits {
                // Locked until the transaction ends: concurrent counts of the same limit wait here.
                sqlx::query(
                    "INSERT INTO rate_counters (rule_id, agent_id, counted_at) VALUES ($1, $2, $3)
                     ON CONFLICT (rule_id, agent_id) DO UPDATE SET counted_at = excluded.counted_at",
                )
                .bind(limit.rule.0)
                .bind(agent.0)
                .bind(now.micros())
                .execute(&mut *transaction)
                .await?;
                let rows = sqlx::query(
                    "SELECT slot, requests FROM rate_slots WHERE rule_id = $1 AND agent_id = $2 ORDER BY slot",
                )
                .bind(limit.rule.0)
                .bind(agent.0)
                .fetch_all(&mut *transaction)
                .await?;
                let slots = rows.iter().map(|row| {
                    let mut fields = Fields::of(row);
                    Ok((fields.int()?, fields.int()?))
                });
                let mut slots = slots.collect::<Result<Vec<(i64, i64)>, Fault>>()?;
                let begins = now.micros() - limit.rate.window.micros();
                if slots.first().is_some_and(|(slot, _)| *slot <= begins) {
                    slots.retain(|(slot, _)| *slot > begins);
                    sqlx::query("DELETE FROM rate_slots WHERE rule_id = $1 AND agent_id = $2 AND slot <= $3")
                        .bind(limit.rule.0)
                        .bind(agent.0)
                        .bind(begins)
                        .execute(&mut *transaction)
                        .await?;
                }
                left.push(left_after(&slots, limit.rate, now));
                if let Some(until) = full_until(&slots, limit.rate)
                    && full.is_none_or(|(_, other)| until > other)
                {
                    full = Some((limit.rule, until));
                }
            }
            if let Some((rule, until)) = full {
                return Ok(Counted::Full { rule, until });
            }
            for limit in limits {
                let width = limit.rate.slot_micros();
                let slot = (now.micros().div_euclid(width) + 1) * width - i64::from(width == 1);
                sqlx::query(
                    "INSERT INTO rate_slots (rule_id, agent_id, slot, requests) VALUES ($1, $2, $3, 1)
                     ON CONFLICT (rule_id, agent_id, slot) DO UPDATE SET requests = rate_slots.requests + 1",
                )
                .bind(limit.rule.0)
                .bind(agent.0)
                .bind(slot)
                .execute(&mut *transaction)
                .await?;
            }
            Ok(Counted::Room(left))
        })
    }
}

/// What a limit has left after counting one more request.
fn left_after(slots: &[(i64, i64)], rate: RateLimit, now: Timestamp) -> Remaining {
    let counted: i64 = slots.iter().map(|(_, requests)| requests).sum();
    let first = slots.first().map_or(now.micros(), |(slot, _)| *slot);
    Remaining {
        requests: u32::try_from(i64::from(rate.limit) - counted - 1).unwrap_or(0),
        until: Timestamp(first + rate.window.micros()),
    }
}

/// When the slots (each with its end and its requests, oldest first) will allow another request; `None` if they
/// do now.
fn full_until(slots: &[(i64, i64)], rate: RateLimit) -> Option<Timestamp> {
    let mut left: i64 = slots.iter().map(|(_, requests)| requests).sum();
    let mut until = None;
    for (slot, requests) in slots {
        if left < i64::from(rate.limit) {
            break;
        }
        left -= requests;
        until = Some(Timestamp(slot + rate.window.micros()));
    }
    until
}

#[cfg(test)]
mod tests {
    use onecli_domain::rate::Window;

    use super::*;

    #[test]
    fn a_request_is_allowed_again_once_enough_have_left_the_window() {
        let rate = |limit| RateLimit { limit, window: Window::Minute };
        let slots = [(10, 2), (20, 1), (30, 3)];
        let at = |micros: i64| Some(Timestamp(micros + 60_000_000));
        assert_eq!(full_until(&slots, rate(7)), None);
        assert_eq!(full_until(&slots, rate(6)), at(10));
        assert_eq!(full_until(&slots, rate(4)), at(20));
        assert_eq!(full_until(&slots, rate(1)), at(30));
        assert_eq!(full_until(&[], rate(1)), None);
    }
}

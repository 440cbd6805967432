//! Lines about fallbacks and recoveries.

use fidoscope_report::Practice;
use fidoscope_slo::measure::predicate::{ASKS_FOR_RECOVERY, FALLS_BACK, Predicate};

use super::{Asked, kept_without, line, some};
use crate::StoreError;

/// Fallbacks that an attacker can ask for, though the user has a passkey.
const WEAK: &str = "('password', 'sms')";

/// Requests of one user, or from one address, within an hour that a rate limit would have stopped.
const USER_BURST: u32 = 4;
const ADDRESS_BURST: u32 = 10;

impl Asked<'_> {
    /// Passkey first, password as fallback, SMS at most for low-risk recovery.
    pub(super) fn fallback(&self) -> Result<Practice, StoreError> {
        let mut line = line(
            "weak-fallback",
            "no SMS or password once a passkey exists",
            "users",
        );
        let (within, falls_back) = (self.options.span.condition(), FALLS_BACK.sql());
        let used = format!(
            "SELECT source, user_id, ts, fallback_method FROM events_once \
             WHERE {within} AND {falls_back}"
        );
        let [fallbacks, nameless, vague] = self.numbers(&format!(
            "SELECT count(*), count(*) FILTER (WHERE user_id IS NULL), \
               count(*) FILTER (WHERE fallback_method IS NULL) FROM ({used})"
        ))?;
        let mute = self.mute(&FALLS_BACK)?;
        if !mute.is_empty() {
            let mute = mute.join(", ");
            line.not_seen
                .push(format!("sources of which no fallback was seen: {mute}"));
        }
        line.not_seen.extend(
            [
                some(
                    nameless,
                    "fallback without a user",
                    "fallbacks without a user",
                ),
                some(
                    vague,
                    "fallback without a method",
                    "fallbacks without a method",
                ),
            ]
            .into_iter()
            .flatten(),
        );
        let [logged] = self.numbers(&format!("SELECT count(*) FROM events WHERE {falls_back}"))?;
        if logged == 0 || (fallbacks > 0 && fallbacks == nameless.max(vague)) {
            line.computed_from =
                "not evaluated: no fallback.used event has a user and a method".to_owned();
            return Ok(line);
        }
        let since = "SELECT source AS own_source, user_id AS own_user, \
               min(coalesce(registered_at, first_seen)) AS own_since \
             FROM (SELECT *, unnest(users) AS user_id FROM credentials) GROUP BY 1, 2";
        let weak = format!(
            "SELECT u.user_id AS user_id FROM ({used}) u JOIN ({since}) ON source = own_source \
             AND user_id = own_user WHERE ts > own_since AND fallback_method IN {WEAK}"
        );
        let [users, times] = self.numbers(&format!(
            "SELECT count(DISTINCT user_id), count(*) FROM ({weak})"
        ))?;
        let [owners] = self.numbers(&format!("SELECT count(*) FROM ({since})"))?;
        line.computed_from = format!(
            "fallback.used events of password or sms in the window ({times}), by users who had \
             registered or used a credential before; of the users with credentials"
        );
        line.state = kept_without(users);
        (line.seen, line.of) = (Some(users), Some(owners));
        line.users = self.users(&weak)?;
        Ok(line)
    }

    /// Recovery explicit and rate-limited: many requests within an hour are what a limit stops.
    pub(super) fn recovery(&self) -> Result<Practice, StoreError> {
        let mut line = line("recovery-bursts", "recovery is rate-limited", "bursts");
        let (within, asks) = (self.options.span.condition(), ASKS_FOR_RECOVERY.sql());
        let requests = format!(
            "SELECT source, user_id, client_ip, event_id, ts FROM events_once \
             WHERE {within} AND {asks}"
        );
        let [seen, nameless, placeless] = self.numbers(&format!(
            "SELECT count(*), count(*) FILTER (WHERE user_id IS NULL), \
               count(*) FILTER (WHERE client_ip IS NULL) FROM ({requests})"
        ))?;
        let [logged] = self.numbers(&format!("SELECT count(*) FROM events WHERE {asks}"))?;
        let mute = self.mute(&ASKS_FOR_RECOVERY)?;
        if !mute.is_empty() {
            let mute = mute.join(", ");
            line.not_seen.push(format!(
                "sources of which no recovery request was seen: {mute}"
            ));
        }
        if logged == 0 {
            line.computed_from = "not evaluated: no recovery.requested event".to_owned();
            return Ok(line);
        }
        line.not_seen.extend(
            [
                some(
                    nameless,
                    "request without a user",
                    "requests without a user",
                ),
                some(
                    placeless,
                    "request without an address",
                    "requests without an address",
                ),
            ]
            .into_iter()
            .flatten(),
        );
        let of_users = bursts(&requests, "user_id", USER_BURST);
        let of_addresses = bursts(&requests, "client_ip", ADDRESS_BURST);
        let [by_user] = self.numbers(&format!("SELECT count(*) FROM ({of_users})"))?;
        let [by_address] = self.numbers(&format!("SELECT count(*) FROM ({of_addresses})"))?;
        line.computed_from = format!(
            "recovery.requested events in the window ({seen}): users with {USER_BURST} within an \
             hour ({by_user}), addresses with {ADDRESS_BURST} within an hour ({by_address})"
        );
        line.state = kept_without(by_user + by_address);
        line.seen = Some(by_user + by_address);
        line.users = self.users(&of_users)?;
        Ok(line)
    }
}

impl Asked<'_> {
    /// Sources of which no event fulfils a predicate.
    fn mute(&self, predicate: &Predicate) -> Result<Vec<String>, StoreError> {
        self.texts(&format!(
            "SELECT source FROM events GROUP BY source HAVING count(*) FILTER (WHERE {}) = 0 \
             ORDER BY 1",
            predicate.sql()
        ))
    }
}

/// Values of a column with so many requests within an hour.
fn bursts(requests: &str, column: &str, many: u32) -> String {
    let before = many - 1;
    format!(
        "SELECT DISTINCT {column} FROM (SELECT {column}, CAST(ts AS BIGINT) AS asked, \
           lag(CAST(ts AS BIGINT), {before}) OVER \
             (PARTITION BY source, {column} ORDER BY ts, event_id) AS earlier \
         FROM ({requests}) WHERE {column} IS NOT NULL) WHERE asked - earlier <= 3600000000"
    )
}

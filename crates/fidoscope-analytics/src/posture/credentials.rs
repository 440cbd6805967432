//! Lines about the credentials that users have.

use fidoscope_report::{Practice, PracticeState, number};
use fidoscope_slo::measure::predicate::REVOKES;

use super::{Asked, kept_without, line, some};
use crate::StoreError;

/// Credentials that are in use: neither removed nor revoked, or used since.
const ACTIVE: &str = "SELECT *,
  CASE
    WHEN be IS NOT NULL THEN be
    WHEN credential_kind = 'passkey_synced' THEN true
    WHEN credential_kind IN ('passkey_device_bound', 'security_key', 'platform', 'u2f') THEN false
  END AS synced,
  CASE
    WHEN attestation_trust = 'trusted' THEN true
    WHEN attestation_fmt = 'none' OR attestation_trust IN ('untrusted', 'rejected', 'not-attested')
      THEN false
  END AS attested
FROM credentials
WHERE (removed_at IS NULL AND revoked_at IS NULL)
  OR last_sign_in > greatest(removed_at, revoked_at)";

/// The same, a row for each user.
fn of_users() -> String {
    format!("SELECT *, unnest(users) AS user_id FROM ({ACTIVE})")
}

impl Asked<'_> {
    /// Every user should have two authenticators: with one, its loss is the loss of the account.
    pub(super) fn single_authenticator(&self) -> Result<Practice, StoreError> {
        let mut line = line(
            "single-authenticator",
            "two authenticators for each user",
            "users",
        );
        let of_users = of_users();
        let held = format!(
            "SELECT source, user_id, count(*) AS held FROM ({of_users}) GROUP BY source, user_id"
        );
        let [users, single] = self.numbers(&format!(
            "SELECT count(*), count(*) FILTER (WHERE held = 1) FROM ({held})"
        ))?;
        let [ownerless] = self.numbers(&format!(
            "SELECT count(*) FROM ({ACTIVE}) WHERE users IS NULL"
        ))?;
        let [unmatched] = self.numbers(
            "SELECT count(*) FROM credentials WHERE removed_at IS NOT NULL \
             AND registered_at IS NULL AND last_sign_in IS NULL",
        )?;
        line.not_seen.extend(
            [
                some(
                    ownerless,
                    "credential whose user the source does not name",
                    "credentials whose user the source does not name",
                ),
                some(
                    unmatched,
                    "removal of a credential that nothing else names: it may be one that counts here",
                    "removals of credentials that nothing else names: they may be some that count here",
                ),
                self.nameless_removals()?,
            ]
            .into_iter()
            .flatten(),
        );
        if users == 0 {
            line.computed_from = "not evaluated: no credential in use has a user".to_owned();
            return Ok(line);
        }
        line.not_seen
            .push("authenticators without a registration or sign-in in the logs".to_owned());
        line.computed_from = format!(
            "users of the table credentials with one credential in use, of {} with any",
            number::count(users)
        );
        line.state = kept_without(single);
        (line.seen, line.of) = (Some(single), Some(users));
        line.users = self.users(&format!("SELECT user_id FROM ({held}) WHERE held = 1"))?;
        Ok(line)
    }

    /// Privileged accounts need device-bound credentials whose make is known.
    pub(super) fn privileged(&self) -> Result<Practice, StoreError> {
        let mut line = line(
            "privileged-keys",
            "privileged users on attested, device-bound keys",
            "users",
        );
        let Some((privileged, from)) = self.privileged_users()? else {
            line.computed_from =
                "not evaluated: no event has a user_segment of admin, and no list \
                                  was given (--privileged FILE)"
                    .to_owned();
            return Ok(line);
        };
        let of_users = of_users();
        let theirs = format!("SELECT * FROM ({of_users}) WHERE user_id IN ({privileged})");
        let [users, concerned, unknown, known] = self.numbers(&format!(
            "SELECT count(DISTINCT user_id), \
               count(DISTINCT user_id) FILTER (WHERE synced OR NOT attested), \
               count(*) FILTER (WHERE (synced IS NULL OR attested IS NULL) \
                 AND synced IS NOT TRUE AND attested IS NOT FALSE), \
               count(DISTINCT user_id) FILTER (WHERE synced IS NOT NULL OR attested IS NOT NULL) \
             FROM ({theirs})"
        ))?;
        let [listed] = self.numbers(&format!(
            "SELECT count(*) FROM (SELECT DISTINCT privileged_id FROM ({privileged}))"
        ))?;
        line.not_seen.extend(
            [
                some(
                    unknown,
                    "credential of theirs of which backup or attestation is unknown",
                    "credentials of theirs of which backup or attestation is unknown",
                ),
                some(
                    listed.saturating_sub(users),
                    "privileged user without a credential in the logs",
                    "privileged users without a credential in the logs",
                ),
                self.nameless_removals()?,
            ]
            .into_iter()
            .flatten(),
        );
        if known == 0 {
            line.computed_from = "not evaluated: of no credential of a privileged user backup or \
                                  attestation is known"
                .to_owned();
            return Ok(line);
        }
        // One of the unknown ones may be what should not be there.
        if concerned == 0 && unknown > 0 {
            line.computed_from = format!(
                "not evaluated: what is known of {} privileged users ({from}) is as it should be, \
                 but not all is known",
                number::count(known)
            );
            return Ok(line);
        }
        line.computed_from = format!(
            "privileged users ({from}) with a credential in use that is synced, or whose \
             attestation is none or not trusted; of those with a credential of which that is \
             known"
        );
        line.state = kept_without(concerned);
        (line.seen, line.of) = (Some(concerned), Some(known));
        line.users = self.users(&format!(
            "SELECT user_id FROM ({theirs}) WHERE synced OR NOT attested"
        ))?;
        Ok(line)
    }

    /// Removals after which nobody can tell which credential is gone: it still counts as one in use.
    fn nameless_removals(&self) -> Result<Option<String>, StoreError> {
        let [nameless] = self.numbers(&format!(
            "SELECT count(*) FROM events_once \
             WHERE {} AND credential_id IS NULL AND credential_ref IS NULL",
            REVOKES.sql()
        ))?;
        Ok(some(
            nameless,
            "removal names no key: one that counts here may be gone",
            "removals name no key: some that count here may be gone",
        ))
    }

    /// A subquery of the privileged users and where they are known from.
    fn privileged_users(&self) -> Result<Option<(String, &'static str)>, StoreError> {
        let by_segment = "SELECT user_id AS privileged_id FROM events \
                          WHERE user_segment = 'admin' AND user_id IS NOT NULL";
        let [admins] = self.numbers(&format!("SELECT count(*) FROM ({by_segment})"))?;
        let list = self.options.privileged.as_ref().map(|list| {
            // Pseudonyms are hexadecimal digits; anything else names nobody.
            let hex = |user: &&String| user.bytes().all(|byte| byte.is_ascii_hexdigit());
            let rows: Vec<String> = list
                .iter()
                .filter(hex)
                .map(|user| format!("('{user}')"))
                .collect();
            if rows.is_empty() {
                "SELECT CAST(NULL AS VARCHAR) AS privileged_id WHERE false".to_owned()
            } else {
                format!(
                    "SELECT column1 AS privileged_id FROM (VALUES {})",
                    rows.join(", ")
                )
            }
        });
        Ok(match (list, admins) {
            (None, 0) => None,
            (None, _) => Some((by_segment.to_owned(), "user_segment admin")),
            (Some(list), 0) => Some((list, "the list given")),
            (Some(list), _) => Some((
                format!("{by_segment} UNION {list}"),
                "user_segment admin and the list given",
            )),
        })
    }

    /// Synced passkeys are the consumer default, device-bound ones what privileged accounts need.
    pub(super) fn synced(&self) -> Result<Practice, StoreError> {
        let mut line = line("synced-share", "share of synced credentials", "credentials");
        let [synced, known, unknown] = self.numbers(&format!(
            "SELECT count(*) FILTER (WHERE synced), count(synced), \
               count(*) FILTER (WHERE synced IS NULL) FROM ({ACTIVE})"
        ))?;
        line.not_seen.extend(some(
            unknown,
            "credential in use of which nothing tells whether it is synced",
            "credentials in use of which nothing tells whether they are synced",
        ));
        line.not_seen.extend(self.nameless_removals()?);
        if known == 0 {
            line.computed_from =
                "not evaluated: no credential in use has a backup flag or a kind".to_owned();
            return Ok(line);
        }
        line.computed_from = "backup eligible flag, else kind, of the credentials in use; the \
                              others are device-bound"
            .to_owned();
        line.state = PracticeState::Shown;
        (line.seen, line.of) = (Some(synced), Some(known));
        Ok(line)
    }

    /// Attestation only where a requirement needs it: to ask for it costs users a dialogue, and
    /// keeps synced passkeys out where it is enforced.
    pub(super) fn unused_attestation(&self) -> Result<Practice, StoreError> {
        let mut line = line(
            "unused-attestation",
            "attestation only where it is used",
            "registrations",
        );
        let registered = "SELECT * FROM credentials WHERE registered_at IS NOT NULL";
        let [sent, unused, silent, formless] = self.numbers(&format!(
            "SELECT count(*) FILTER (WHERE attestation_fmt <> 'none'), \
               count(*) FILTER (WHERE attestation_fmt <> 'none' AND logged_trust = 'not_checked'), \
               count(*) FILTER (WHERE attestation_fmt <> 'none' AND logged_trust IS NULL), \
               count(*) FILTER (WHERE attestation_fmt IS NULL) FROM ({registered})"
        ))?;
        line.not_seen.extend(
            [
                some(
                    silent,
                    "registration with an attestation of which the source does not say whether it \
                     was checked",
                    "registrations with an attestation of which the source does not say whether it \
                     was checked",
                ),
                some(
                    formless,
                    "registration without an attestation format",
                    "registrations without an attestation format",
                ),
            ]
            .into_iter()
            .flatten(),
        );
        let [with_format] = self.numbers(&format!(
            "SELECT count(attestation_fmt) FROM ({registered})"
        ))?;
        if with_format == 0 || (sent > 0 && sent == silent) {
            line.computed_from = "not evaluated: no registration tells both what attestation came \
                                  and whether it was checked"
                .to_owned();
            return Ok(line);
        }
        line.computed_from = "registrations that brought an attestation which the relying party \
                              says it did not check"
            .to_owned();
        line.state = kept_without(unused);
        (line.seen, line.of) = (Some(unused), Some(sent.saturating_sub(silent)));
        Ok(line)
    }
}

//! Things that go wrong on purpose, and what a label says of them.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::act::{Act, Ending, What};
use crate::dice::Dice;
use crate::fleet::{Credential, Segment, User};
use crate::model::{CLONED, REGRESSED, REPLAYED};
use crate::place::{BORROWED, DEVICES, Device, ELSEWHERE, PLACES, Place};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// What went wrong, where, when, and the events that show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub struct Incident {
    /// `attestation_regression`, `cloned_key`, `challenge_replay`; or the innocent
    /// `duplicate_line`.
    pub kind: &'static str,
    /// Whether somebody should hear of it.
    pub harmful: bool,
    /// In words.
    pub summary: String,
    /// Log that holds it.
    pub log: &'static str,
    /// Name of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<&'static str>,
    /// Identifier of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aaguid: Option<String>,
    /// Credential, base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_id: Option<String>,
    /// Begin, RFC 3339.
    pub start: String,
    /// End, RFC 3339.
    pub end: String,
    /// Identifiers of the events that show it.
    pub events: Vec<String>,
}

/// Acts that belong together.
pub(crate) struct Plot {
    pub(crate) acts: Vec<Act>,
    pub(crate) credential: Credential,
    /// Those that show that something is wrong.
    pub(crate) witnesses: Vec<u64>,
    pub(crate) start: i64,
    pub(crate) end: i64,
}

/// When the attestation of one model is refused, relative to the end of the log: from the
/// morning of the third last day to the evening of the second last.
pub(crate) fn regression_window(end_ms: i64) -> (i64, i64) {
    (end_ms - 3 * DAY - 6 * HOUR, end_ms - DAY + 2 * HOUR)
}

/// A key whose secret has been copied: the owner and the thief both sign, each with a counter of
/// their own that started from the same value, and the relying party accepts both.
pub(crate) fn cloned_key(end_ms: i64, dice: &mut Dice) -> Plot {
    let owner = User::new(Segment::Admin, dice);
    let mut credential = Credential::new(CLONED, dice);
    credential.count = 1_187;
    let copied = end_ms - 19 * DAY + 7 * HOUR;
    let mut signings = signing_times(end_ms, copied, dice);
    signings.sort_unstable();
    let mut counts = [credential.count, 0];
    let mut stored = credential.count;
    let mut plot = Plot {
        acts: Vec::new(),
        credential,
        witnesses: Vec::new(),
        start: 0,
        end: 0,
    };
    for (at, thief) in signings {
        let [mine, copy] = &mut counts;
        if at < copied {
            *copy = *mine;
        }
        let counter = if thief { copy } else { mine };
        *counter += 1;
        let mut act = signing(&owner, credential, at, dice);
        (act.stored, act.count) = (stored, *counter);
        if thief {
            (act.place, act.host, act.device) = (ELSEWHERE, 66, BORROWED);
        }
        if *counter <= stored || thief {
            plot.witnesses.push(act.id);
            plot.start = if plot.start == 0 { at } else { plot.start };
            plot.end = act.end();
        }
        stored = stored.max(*counter);
        plot.acts.push(act);
    }
    plot
}

/// Two sign-ins by the owner on each day; after the copy one by the thief every other night.
fn signing_times(end_ms: i64, copied: i64, dice: &mut Dice) -> Vec<(i64, bool)> {
    let mut times = Vec::new();
    for day in 1..30 {
        let noon = end_ms - day * DAY;
        for hours in [-6, -1] {
            times.push((
                noon + hours * HOUR + i64::from(dice.below(7_000_000)),
                false,
            ));
        }
        let night = noon + 9 * HOUR + i64::from(dice.below(7_000_000));
        if day % 2 == 0 && night > copied && night < end_ms {
            times.push((night, true));
        }
    }
    times
}

/// One assertion that the relying party takes twice: it forgets to strike the challenge off.
pub(crate) fn replayed_challenge(end_ms: i64, dice: &mut Dice) -> Plot {
    let owner = User::new(Segment::Consumer, dice);
    let credential = Credential::new(REPLAYED, dice);
    let first = signing(&owner, credential, end_ms - 5 * DAY - 90 * 60_000, dice);
    let mut again = first;
    again.id = dice.number();
    again.at = first.at + 2 * HOUR + 660_000;
    again.started = false;
    (again.place, again.host, again.device) = (ELSEWHERE, 71, BORROWED);
    Plot {
        credential,
        witnesses: vec![first.id, again.id],
        start: first.end(),
        end: again.end(),
        acts: vec![first, again],
    }
}

/// A sign-in that succeeds.
fn signing(user: &User, credential: Credential, at: i64, dice: &mut Dice) -> Act {
    let id = dice.number();
    let home: &Place = &PLACES[1];
    let desk: &Device = if credential.model.synced {
        credential.device
    } else {
        &DEVICES[0]
    };
    Act {
        at,
        id,
        what: What::SignIn(Ending::Success),
        user: user.tag,
        segment: user.segment,
        credential,
        place: home,
        host: user.host,
        device: desk,
        transport: credential
            .model
            .transports
            .first()
            .copied()
            .unwrap_or("usb"),
        challenge: dice.bytes(),
        issued: at,
        ceremony: id,
        took_ms: dice.spread(credential.model.ceremony_ms),
        server_us: dice.spread(38_000),
        stored: credential.count,
        count: credential.count,
        user_verified: true,
        conditional: false,
        started: true,
        twice: false,
        labelled: true,
    }
}

impl Incident {
    /// The label of the attestation regression.
    pub(crate) fn regression((start, end): (i64, i64), events: Vec<String>) -> Self {
        Self {
            kind: "attestation_regression",
            harmful: true,
            summary: format!(
                "The trust anchor of {} is missing after a metadata change: its attestations are refused.",
                REGRESSED.name
            ),
            log: "native",
            model: Some(REGRESSED.name),
            aaguid: Some(crate::json::uuid(&REGRESSED.aaguid)),
            credential_id: None,
            start: instant(start),
            end: instant(end),
            events,
        }
    }

    /// The label of a plot around one credential.
    pub(crate) fn plotted(kind: &'static str, harmful: bool, summary: &str, plot: &Plot) -> Self {
        use base64::Engine;
        let id = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(plot.credential.id);
        Self {
            kind,
            harmful,
            summary: summary.to_owned(),
            log: "native",
            model: Some(plot.credential.model.name),
            aaguid: Some(crate::json::uuid(&plot.credential.model.aaguid)),
            credential_id: Some(id),
            start: instant(plot.start),
            end: instant(plot.end),
            events: plot
                .witnesses
                .iter()
                .map(|&id| crate::native::event_id(id, 1))
                .collect(),
        }
    }

    /// The label of lines that were delivered twice.
    pub(crate) fn duplicates(events: Vec<String>, start: i64, end: i64) -> Self {
        Self {
            kind: "duplicate_line",
            harmful: false,
            summary: "A log shipper delivered these lines twice: one event, not a replay."
                .to_owned(),
            log: "native",
            model: None,
            aaguid: None,
            credential_id: None,
            start: instant(start),
            end: instant(end),
            events,
        }
    }
}

fn instant(at_ms: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(at_ms)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}

//! The three logs of the data sets, with what a label says of them.

use std::io;

use chrono::{DateTime, Utc};

use crate::dice::Dice;
use crate::fleet::Population;
use crate::incident::{Incident, cloned_key, regression_window, replayed_challenge};
use crate::keycloak::Keycloak;
use crate::log::{Line, Shape, write};
use crate::native::{Native, event_id};
use crate::okta::Okta;
use crate::spoil::{KEYCLOAK, NATIVE, OKTA, Spoiler};
use crate::stream::{DAYS, SHOP};
use crate::traffic::{Habits, Noted, Site, Traffic};

/// Share of lines that cannot be read, of a million.
const UNREADABLE: u32 = 2_000;

/// A log and its numbers.
pub(crate) struct Log {
    pub(crate) bytes: Vec<u8>,
    pub(crate) lines: u64,
    pub(crate) unreadable: u64,
}

/// The native log and the incidents in it.
pub(crate) fn native(
    seed: u64,
    end: DateTime<Utc>,
    lines: u64,
) -> io::Result<(Log, Vec<Incident>)> {
    let end_ms = end.timestamp_millis();
    let window = regression_window(end_ms);
    let site = Site {
        purpose: 1,
        population: Population {
            admins: 45,
            workforce: 380,
            consumers: 1_150,
        },
        habits: SHOP,
        regression: Some(window),
        twice: 400,
    };
    let mut traffic = Traffic::new(seed, site, end, DAYS);
    let mut dice = Dice::new(seed, 5);
    let clone = cloned_key(end_ms, &mut dice);
    let replay = replayed_challenge(end_ms, &mut dice);
    for act in clone.acts.iter().chain(&replay.acts) {
        traffic.plan(*act);
    }
    let spoiler = Spoiler::new(seed, 6, UNREADABLE, NATIVE);
    let log = fill(&mut traffic, &mut Native, lines, spoiler)?;
    let Noted { rejected, twice } = traffic.into_noted();
    let ids = |acts: Vec<u64>| acts.into_iter().map(|id| event_id(id, 1)).collect();
    let start = end_ms - i64::from(DAYS) * 86_400_000;
    let incidents = vec![
        Incident::regression(window, ids(rejected)),
        Incident::plotted(
            "cloned_key",
            true,
            "Two holders sign with copies of one key: their counters interleave.",
            &clone,
        ),
        Incident::plotted(
            "challenge_replay",
            true,
            "One assertion is accepted twice: its challenge was not struck off.",
            &replay,
        ),
        Incident::duplicates(ids(twice), start, end_ms),
    ];
    Ok((log, incidents))
}

/// The log of the workforce's identity provider.
pub(crate) fn okta(seed: u64, end: DateTime<Utc>, lines: u64) -> io::Result<Log> {
    let habits = Habits {
        sign_in: 300,
        page_load: 0,
        registration: 14,
        unrelated: 560,
        ..SHOP
    };
    let site = Site {
        purpose: 2,
        population: Population {
            admins: 20,
            workforce: 330,
            consumers: 0,
        },
        habits,
        regression: None,
        twice: 0,
    };
    let mut traffic = Traffic::new(seed, site, end, DAYS);
    fill(
        &mut traffic,
        &mut Okta,
        lines,
        Spoiler::new(seed, 7, UNREADABLE, OKTA),
    )
}

/// The log of a city's identity provider.
pub(crate) fn keycloak(seed: u64, end: DateTime<Utc>, lines: u64) -> io::Result<Log> {
    let habits = Habits {
        sign_in: 600,
        page_load: 0,
        registration: 40,
        unrelated: 160,
        ..SHOP
    };
    let site = Site {
        purpose: 3,
        population: Population {
            admins: 4,
            workforce: 30,
            consumers: 260,
        },
        habits,
        regression: None,
        twice: 0,
    };
    let mut traffic = Traffic::new(seed, site, end, DAYS);
    fill(
        &mut traffic,
        &mut Keycloak,
        lines,
        Spoiler::new(seed, 8, UNREADABLE, KEYCLOAK),
    )
}

fn fill(
    traffic: &mut Traffic,
    shape: &mut dyn Shape,
    lines: u64,
    mut spoiler: Spoiler,
) -> io::Result<Log> {
    let mut bytes = Vec::new();
    write(traffic, shape, lines, &mut |line: Line| {
        bytes.append(&mut spoiler.pass(line));
        bytes.push(b'\n');
        Ok(())
    })?;
    Ok(Log {
        bytes,
        lines,
        unreadable: spoiler.spoiled,
    })
}

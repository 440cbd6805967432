//! Recorded ceremonies with what a relying party must say to each.

use chrono::{DateTime, Utc};
use fidoscope_authenticator::{Error, ceremonies};

/// The relying party of the recordings.
pub(crate) const RP_ID: &str = "shop.example";

/// Recordings as files: one for each that is to be accepted, one for all that are not.
pub(crate) struct Recordings {
    /// Name and content.
    pub(crate) accepted: Vec<(String, Vec<u8>)>,
    pub(crate) faulty: Vec<u8>,
    pub(crate) faulty_number: usize,
}

/// Makes the recordings.
pub(crate) fn recordings(seed: u64, now: DateTime<Utc>) -> Result<Recordings, Error> {
    let mut all = Recordings {
        accepted: Vec::new(),
        faulty: Vec::new(),
        faulty_number: 0,
    };
    for recording in ceremonies(seed, RP_ID, now)? {
        let accepted = recording
            .expect
            .as_ref()
            .and_then(|expect| expect.l3.as_ref())
            .is_some_and(|outcome| outcome.step.is_none());
        if accepted {
            let mut content = serde_json::to_vec_pretty(&recording)?;
            content.push(b'\n');
            all.accepted
                .push((format!("ceremonies/{}.json", recording.id), content));
        } else {
            serde_json::to_writer(&mut all.faulty, &recording)?;
            all.faulty.push(b'\n');
            all.faulty_number += 1;
        }
    }
    Ok(all)
}

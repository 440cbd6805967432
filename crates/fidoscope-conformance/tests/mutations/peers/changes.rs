//! Bytes and parts changed by chance, always the same chance.

use fidoscope_recording::Recording;

use super::Ceremony;
use crate::generators::Part;

/// `wanted` changes, in turns of the bases: three changed bytes, then a part of another base.
pub(crate) fn by_chance(bases: &[Recording], wanted: usize) -> impl Iterator<Item = Ceremony> {
    (0..wanted).map(move |at| {
        let base = &bases[at % bases.len()];
        let chance = mix(u64::try_from(at).unwrap());
        let mut recording = match at / bases.len() % 4 {
            3 => with_a_part_of_another(base, bases, chance),
            _ => with_another_byte(base, chance),
        };
        recording.id.push_str(&format!(" {at}"));
        recording.expect = None;
        Ceremony {
            json: serde_json::to_string(&recording).unwrap(),
            id: recording.id,
            base: base.id.clone(),
        }
    })
}

/// `SplitMix64`.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn pick(chance: u64, below: usize) -> usize {
    usize::try_from(chance % u64::try_from(below).unwrap()).unwrap()
}

fn with_another_byte(base: &Recording, chance: u64) -> Recording {
    let parts = Part::of(base.kind);
    let part = parts[pick(chance, parts.len())];
    let mut bytes = part.read(base);
    let at = pick(chance >> 8, bytes.len());
    let bits = u8::try_from(1 + (chance >> 48) % 255).unwrap();
    bytes[at] ^= bits;
    let mut recording = part.with(base, &bytes);
    recording.id = format!("{}: {part:?}[{at}] ^ {bits:#04x}", base.id);
    recording
}

fn with_a_part_of_another(base: &Recording, bases: &[Recording], chance: u64) -> Recording {
    let others: Vec<&Recording> = bases
        .iter()
        .filter(|other| other.kind == base.kind && other.id != base.id)
        .collect();
    let other = others[pick(chance >> 8, others.len())];
    let parts = Part::of(base.kind);
    let mut recording = base.clone();
    let taken = match (parts.get(pick(chance, parts.len() + 1)), &other.record) {
        (Some(part), _) => {
            recording = part.with(base, &part.read(other));
            format!("{part:?}")
        }
        (None, Some(theirs)) => {
            recording.record.as_mut().unwrap().public_key = theirs.public_key.clone();
            "stored key".to_owned()
        }
        (None, None) => {
            recording.options.challenge = other.options.challenge.clone();
            "challenge".to_owned()
        }
    };
    recording.id = format!("{}: {taken} of {}", base.id, other.id);
    recording
}

//! Compound attestation (`WebAuthn L3 §8.9`): several statements about one credential. Each is
//! judged like one that came alone; the relying party's policy says how many must verify.

use fidoscope_webauthn::cbor::Value;

use super::{Attestation, Statement, Support, procedure, support};
use crate::verdict::judge::Judge;
use crate::verdict::part::Part;
use crate::verdict::parts::Tally;
use crate::verdict::registry as step;
use crate::verdict::trace::Status;
use fidoscope_recording::Profile;

/// How many parts are judged, against statements made to keep a verifier busy.
const MAX_PARTS: u8 = 16;

pub(super) fn judge<'s>(judge: &mut Judge, statement: &Statement<'s>) -> Option<Attestation<'s>> {
    let parts = match syntax(statement.value) {
        Ok(parts) => parts,
        Err(found) => {
            let expected = "an array of at least two { fmt, attStmt }";
            judge.fail(&step::ATT_COMPOUND_SYNTAX, expected, found);
            return None;
        }
    };
    judge.pass(&step::ATT_COMPOUND_SYNTAX);
    if let Some(at) = parts.iter().position(|(format, _)| *format == "compound") {
        let found = format!("sub[{at}]: compound");
        judge.fail(&step::ATT_COMPOUND_NESTED, "no compound inside", found);
        return None;
    }
    judge.pass(&step::ATT_COMPOUND_NESTED);
    if parts.len() > usize::from(MAX_PARTS) {
        let note = format!("{} parts; up to {MAX_PARTS} are judged", parts.len());
        judge.open(&step::ATT_COMPOUND_SUB, note);
        return None;
    }
    let mark = judge.mark();
    let mut tally = Tally::new(statement.policy.compound.unwrap_or_default());
    let mut verified = Vec::new();
    for (index, (format, value)) in (0..).zip(parts) {
        let inner = Statement {
            format,
            value,
            ..*statement
        };
        let (part, found) = judge_part(judge, index, &inner);
        tally.add(index, part);
        verified.extend(found.map(|found| (index, found)));
    }
    judge.settle(mark, tally.tolerates_faults());
    tally.judge_each(judge, &step::ATT_COMPOUND_SUB);
    tally.judge_enough(judge, &step::ATT_COMPOUND_ENOUGH);
    let is_enough = tally.enough(Profile::WebauthnL3) == Status::Pass;
    is_enough.then_some(Attestation::Compound(verified))
}

/// Runs the procedure of a part, with the same authenticator data and the same hash.
fn judge_part<'s>(
    judge: &mut Judge,
    index: u8,
    statement: &Statement<'s>,
) -> (Part, Option<Attestation<'s>>) {
    match support(statement.format, statement.policy) {
        Support::Yes => {}
        // Level 2, where the policy need not enable it, has no compound statements.
        Support::Level2 | Support::Refused => {
            return (Part::refused("a format that the policy refuses"), None);
        }
        Support::Unknown => return (Part::refused("an unregistered format"), None),
    }
    let mark = judge.mark();
    judge.enter_part(index);
    let found = procedure(judge, statement);
    judge.leave_part();
    let part = judge.part_since(mark);
    (part, found.filter(|_| part.is_verified()))
}

type Items<'s> = Vec<(&'s str, &'s Value<'s>)>;

fn syntax<'s>(value: &'s Value<'s>) -> Result<Items<'s>, String> {
    let items = value.as_array().ok_or_else(|| value.kind().to_owned())?;
    if items.len() < 2 {
        return Err(format!("an array of {}", items.len()));
    }
    let item = |(at, item): (usize, &'s Value<'s>)| {
        if item.as_map().is_none() {
            return Err(format!("[{at}]: {}", item.kind()));
        }
        let kind = |name| item.member(name).map_or("missing", Value::kind);
        let format = item.member("fmt").and_then(Value::as_text);
        let format = format.ok_or_else(|| format!("[{at}].fmt: {}", kind("fmt")))?;
        let statement = item.member("attStmt");
        let statement = statement.ok_or_else(|| format!("[{at}].attStmt: missing"))?;
        Ok((format, statement))
    };
    items.iter().enumerate().map(item).collect()
}

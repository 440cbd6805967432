//! What would become of a body, told before it is taken.

use fidoscope_events::{
    Context, Line, Mapping, OtlpPartialSuccess, OtlpSignal, Rejection, Scratch,
};

/// Reasons that are told; a body may have thousands.
const TOLD: usize = 3;

/// Bytes of one reason that are told at most.
const REASON: usize = 300;

/// How many records of a body can be read, and why the others cannot.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    pub(super) accepted: u64,
    pub(super) rejected: u64,
    pub(super) reasons: Vec<String>,
}

/// Decodes lines to see what they are.
pub(super) struct Judge<'a> {
    mapping: &'a Mapping,
    context: Context<'a>,
    scratch: Scratch,
    judgement: Judgement,
}

impl<'a> Judge<'a> {
    pub(super) fn new(mapping: &'a Mapping, context: Context<'a>) -> Self {
        Self {
            mapping,
            context,
            scratch: Scratch::new(),
            judgement: Judgement::default(),
        }
    }

    /// Looks at a line; says whether there is anything in it. `name` is what a record of it is called
    /// that has a path in the line, or none.
    pub(super) fn look(&mut self, line: &[u8], name: impl Fn(Option<&str>) -> String) -> bool {
        let scratch = &mut self.scratch;
        let found = self
            .mapping
            .decode(line, &self.context, scratch, &mut |_| {});
        if found == Line::Blank {
            return false;
        }
        let tally = self.scratch.tally();
        let rejected = u64::from(tally.rejected);
        self.judgement.rejected += rejected;
        self.judgement.accepted += u64::from(tally.records()) - rejected;
        if let Line::Rejected(rejections) = &found {
            let room = TOLD - self.judgement.reasons.len().min(TOLD);
            let told = rejections.iter().take(room);
            let told = told.map(|why| reason(&name(why.record.as_ref().map(|w| &*w.path)), why));
            self.judgement.reasons.extend(told);
        }
        true
    }

    pub(super) fn done(self) -> Judgement {
        self.judgement
    }
}

impl Judgement {
    /// Whether there is something in the body, and nothing of it can be read.
    pub(super) const fn is_hopeless(&self) -> bool {
        self.accepted == 0 && self.rejected > 0
    }

    /// What the sender of an export is answered, where something of it cannot be read.
    pub(super) fn partial(&self, signal: OtlpSignal) -> Option<OtlpPartialSuccess> {
        (self.rejected > 0).then(|| OtlpPartialSuccess {
            signal,
            rejected: self.rejected,
            message: self.message(),
        })
    }

    /// Why records cannot be read, as far as that fits an answer.
    pub(super) fn message(&self) -> String {
        let mut message = self.reasons.join("; ");
        let told = u64::try_from(self.reasons.len()).unwrap_or(u64::MAX);
        let more = self.rejected.saturating_sub(told);
        if more > 0 {
            message.push_str(&format!("; and {more} more"));
        }
        message
    }
}

fn reason(record: &str, why: &Rejection) -> String {
    let field = why.field.as_ref().map(|field| format!("{field}: "));
    let field = field.unwrap_or_default();
    let whole = format!("{record}: {field}{}", why.message);
    let end = whole.floor_char_boundary(REASON);
    match whole.split_at_checked(end) {
        Some((short, rest)) if !rest.is_empty() => format!("{short}…"),
        _ => whole,
    }
}

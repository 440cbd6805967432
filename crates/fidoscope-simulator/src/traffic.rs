//! Turns a population and its habits into acts, in the order of time.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::act::{
    Act, Ending, REFUSED, REGISTRATION_REASONS, Reason, SIGN_IN_REASONS, UNTRUSTED, What,
};
use crate::calendar::{Calendar, office_hours};
use crate::dice::Dice;
use crate::fleet::{Credential, MOST_CREDENTIALS, Population, Segment, User, any_model};
use crate::model::{Counting, FleetModel, REGRESSED};
use crate::place::{DEVICES, PLACES};

/// How often each sort of act happens, relative to the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    pub(crate) sign_in: u32,
    pub(crate) page_load: u32,
    pub(crate) registration: u32,
    pub(crate) recovery: u32,
    pub(crate) removal: u32,
    pub(crate) fallback: u32,
    pub(crate) ticket: u32,
    pub(crate) skipped: u32,
    pub(crate) unrelated: u32,
}

/// What makes one log differ from another.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// Keeps the random numbers of two logs apart.
    pub(crate) purpose: u64,
    pub(crate) population: Population,
    pub(crate) habits: Habits,
    /// While this lasts the attestation of [`REGRESSED`] is refused, milliseconds of the epoch.
    pub(crate) regression: Option<(i64, i64)>,
    /// Share of lines that arrive twice, of a million.
    pub(crate) twice: u32,
}

/// Acts that somebody may want to point at later.
#[derive(Clone, Debug, Default)]
pub(crate) struct Noted {
    pub(crate) rejected: Vec<u64>,
    pub(crate) twice: Vec<u64>,
}

/// An endless supply of acts.
pub(crate) struct Traffic {
    dice: Dice,
    calendar: Calendar,
    /// Nothing is over later than this.
    end_ms: i64,
    /// Time of the latest act.
    latest: i64,
    site: Site,
    users: Vec<User>,
    /// What will happen because of something else, by time.
    planned: BTreeMap<(i64, u64), Act>,
    noted: Noted,
}

impl Traffic {
    /// The traffic of a site in the days that end at `end`. The last ceremonies begin two minutes
    /// before, so that they are over by then.
    pub(crate) fn new(seed: u64, site: Site, end: DateTime<Utc>, days: u32) -> Self {
        let mut dice = Dice::new(seed, site.purpose);
        Self {
            users: site.population.users(&mut dice),
            calendar: Calendar::ending(end - TimeDelta::minutes(2), days, &mut dice),
            end_ms: end.timestamp_millis(),
            latest: i64::MIN,
            planned: BTreeMap::new(),
            noted: Noted::default(),
            dice,
            site,
        }
    }

    /// Adds an act that somebody has thought out.
    pub(crate) fn plan(&mut self, act: Act) {
        self.planned.insert((act.at, act.id), act);
    }

    /// What a label may want to know.
    pub(crate) fn into_noted(self) -> Noted {
        self.noted
    }

    /// The next act, when `done` of `all` lines are written.
    pub(crate) fn next(&mut self, done: u64, all: u64) -> Act {
        // Arrivals cluster a little: nobody waits for their turn.
        let jitter = u64::from(self.dice.below(3 << 10));
        let at = self.calendar.instant((done << 10) + jitter, all << 10);
        let at = at.max(self.latest);
        self.latest = at;
        if let Some(entry) = self.planned.first_entry()
            && entry.key().0 <= at
        {
            return entry.remove();
        }
        let habits = self.site.habits;
        let weights = [
            habits.sign_in,
            habits.page_load,
            habits.registration,
            habits.recovery,
            habits.removal,
            habits.fallback,
            habits.ticket,
            habits.skipped,
            habits.unrelated,
        ];
        match self.dice.weighted(weights.into_iter()) {
            1 => self.simple(at, What::PageLoad),
            2 => self.registration(at),
            3 => self.recovery(at),
            4 => self.removal(at),
            5 => {
                let method = self.dice.word(&["password", "totp", "email"]);
                self.simple(at, What::Fallback(method))
            }
            6 => self.simple(at, What::Ticket),
            7 => self.simple(at, What::PromptSkipped),
            8 => {
                let which = self.dice.below(1000);
                self.simple(at, What::Unrelated(which))
            }
            _ => self.sign_in(at),
        }
    }

    /// Somebody who is free, and at work when work is what they come for.
    fn anybody(&mut self, at: i64) -> usize {
        let mut chosen = 0;
        for _ in 0..16 {
            chosen = self.dice.index(self.users.len());
            let Some(user) = self.users.get(chosen) else {
                continue;
            };
            let works = user.segment != Segment::Consumer;
            if user.busy_until < at && (!works || office_hours(at) || self.dice.chance(250_000)) {
                break;
            }
        }
        chosen
    }

    /// The frame of an act: who, where, which credential.
    fn frame(&mut self, at: i64, what: What, chosen: usize) -> Act {
        let dice = &mut self.dice;
        let stranger = User::new(Segment::Consumer, &mut Dice::new(0, 0));
        let user = self.users.get(chosen).unwrap_or(&stranger);
        let spare = Credential::new(REGRESSED, &mut Dice::new(0, 0));
        let credential = *dice.pick(&spare, &user.credentials);
        let id = dice.number();
        let travels = dice.chance(50_000);
        let place = if travels {
            dice.pick(&PLACES[0], &PLACES[..7])
        } else {
            user.place
        };
        Act {
            at,
            id,
            what,
            user: user.tag,
            segment: user.segment,
            credential,
            place,
            host: user.host,
            device: credential.device,
            transport: transport(credential.model, dice),
            challenge: dice.bytes(),
            issued: at,
            ceremony: id,
            took_ms: 0,
            server_us: 0,
            stored: credential.count,
            count: credential.count,
            user_verified: !dice.chance(4_000),
            conditional: false,
            started: true,
            twice: false,
            labelled: false,
        }
    }

    fn simple(&mut self, at: i64, what: What) -> Act {
        let chosen = self.anybody(at);
        self.frame(at, what, chosen)
    }

    fn sign_in(&mut self, at: i64) -> Act {
        let chosen = self.anybody(at);
        let ending = self.sign_in_ending();
        let mut act = self.frame(at, What::SignIn(ending), chosen);
        let slow = if act.transport == "hybrid" { 8 } else { 1 };
        act.took_ms = self.dice.spread(act.credential.model.ceremony_ms * slow);
        act.server_us = self.dice.spread(38_000);
        act.conditional = act.credential.model.synced && self.dice.chance(60_000);
        if act.transport == "hybrid" {
            act.device = self.dice.pick(&DEVICES[0], &DEVICES[..2]);
        }
        match ending {
            Ending::Success => {
                act.count = counted(act.credential.model, act.stored, &mut self.dice);
                act.twice = self.dice.chance(self.site.twice);
                act.labelled = act.twice;
                if act.twice {
                    self.noted.twice.push(act.id);
                }
            }
            _ => self.aftermath(&act, ending),
        }
        self.occupy(chosen, &act);
        act
    }

    fn sign_in_ending(&mut self) -> Ending {
        match self.dice.below(1_000_000) {
            0..5_200 => Ending::Failure(any_reason(&SIGN_IN_REASONS, &mut self.dice)),
            5_200..6_700 => Ending::Silence,
            _ => Ending::Success,
        }
    }

    /// Notes what the authenticator has counted, and that its owner is busy for a while.
    fn occupy(&mut self, chosen: usize, act: &Act) {
        let Some(user) = self.users.get_mut(chosen) else {
            return;
        };
        user.busy_until = act.end() + 60_000;
        let same = |credential: &&mut Credential| credential.id == act.credential.id;
        if let Some(credential) = user.credentials.iter_mut().find(same) {
            credential.count = act.count;
        }
    }

    /// What people do when a sign-in does not work.
    fn aftermath(&mut self, act: &Act, ending: Ending) {
        let mut next = *act;
        next.id = self.dice.number();
        next.at = act.end() + i64::from(self.dice.between(15_000, 90_000));
        if matches!(ending, Ending::Failure(reason) if reason.code == "credential_unknown")
            && act.credential.model.synced
        {
            next.what = What::SyncSignal;
            next.at = act.end() + 400;
            self.plan(next);
        } else if self.dice.chance(350_000) {
            next.what = What::Fallback(self.dice.word(&["password", "totp"]));
            next.took_ms = 0;
            self.plan(next);
        }
    }

    fn registration(&mut self, at: i64) -> Act {
        let chosen = self.anybody(at);
        let full = self
            .users
            .get(chosen)
            .is_none_or(|user| user.credentials.len() >= MOST_CREDENTIALS);
        if full {
            return self.remove_from(at, chosen);
        }
        let mut act = self.frame(at, What::PromptSkipped, chosen);
        let model = self.bought(at, act.segment);
        act.credential = Credential::new(model, &mut self.dice);
        if model.counting == Counting::Shared {
            act.credential.count = self.dice.between(5, 4_000);
        }
        act.device = act.credential.device;
        act.transport = transport(model, &mut self.dice);
        act.stored = 0;
        act.count = act.credential.count;
        act.took_ms = self.dice.spread(model.ceremony_ms * 3);
        act.server_us = self.dice.spread(62_000);
        let ending = self.registration_ending(model, at);
        act.what = What::Registration(ending);
        match ending {
            Ending::Success => {
                if let Some(user) = self.users.get_mut(chosen) {
                    user.credentials.push(act.credential);
                }
            }
            Ending::Rejection(reason) if *reason == UNTRUSTED => {
                act.labelled = true;
                self.noted.rejected.push(act.id);
            }
            _ => {}
        }
        self.occupy(chosen, &act);
        act
    }

    /// The model of a new authenticator. Before and during the regression the one that it hits
    /// is being rolled out to everybody who works.
    fn bought(&mut self, at: i64, segment: Segment) -> &'static FleetModel {
        let rollout = self
            .site
            .regression
            .is_some_and(|(from, to)| (from - 7 * 86_400_000..to).contains(&at));
        if rollout && segment != Segment::Consumer && self.dice.chance(450_000) {
            return REGRESSED;
        }
        any_model(segment, &mut self.dice)
    }

    fn registration_ending(&mut self, model: &FleetModel, at: i64) -> Ending {
        let regressed = self
            .site
            .regression
            .is_some_and(|(from, to)| *model == *REGRESSED && (from..to).contains(&at));
        if regressed && self.dice.chance(920_000) {
            return Ending::Rejection(&UNTRUSTED);
        }
        match self.dice.below(1_000_000) {
            0..9_000 => Ending::Failure(any_reason(&REGISTRATION_REASONS, &mut self.dice)),
            9_000..13_000 => Ending::Silence,
            13_000..14_000 => Ending::Rejection(&REFUSED),
            _ => Ending::Success,
        }
    }

    fn recovery(&mut self, at: i64) -> Act {
        let after = self.dice.between(120_000, 1_500_000);
        let done = self.dice.chance(800_000) && at + i64::from(after) < self.end_ms;
        self.simple(at, What::Recovery(done.then_some(after)))
    }

    fn removal(&mut self, at: i64) -> Act {
        let chosen = self.anybody(at);
        self.remove_from(at, chosen)
    }

    /// Takes away somebody's oldest credential, but never the only one.
    fn remove_from(&mut self, at: i64, chosen: usize) -> Act {
        let mut act = self.frame(at, What::PromptSkipped, chosen);
        if let Some(user) = self.users.get_mut(chosen)
            && user.credentials.len() > 1
        {
            act.credential = user.credentials.remove(0);
            act.what = What::Removal;
        }
        act
    }
}

/// A reason, as often as it occurs.
fn any_reason(reasons: &'static [Reason], dice: &mut Dice) -> &'static Reason {
    let place = dice.weighted(reasons.iter().map(|reason| reason.share));
    reasons.get(place).unwrap_or(&REFUSED)
}

/// The counter after one more signature.
pub(crate) fn counted(model: &FleetModel, before: u32, dice: &mut Dice) -> u32 {
    match model.counting {
        Counting::Zero => 0,
        Counting::PlusOne => before.saturating_add(1),
        Counting::Shared => before.saturating_add(dice.between(1, 8)),
    }
}

fn transport(model: &FleetModel, dice: &mut Dice) -> &'static str {
    let later = dice.chance(if model.synced { 70_000 } else { 240_000 });
    let first = model.transports.first().copied().unwrap_or("usb");
    match model.transports {
        [_, rest @ ..] if later => dice.word(rest),
        _ => first,
    }
}

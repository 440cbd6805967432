//! Who signs in, with what, from where.

use crate::dice::Dice;
use crate::model::{FLEET_MODELS, FleetModel};
use crate::place::{DEVICES, Device, PLACES, Place};

/// How people use the relying party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    Admin,
    Workforce,
    Consumer,
}

impl Segment {
    /// The value of the event column `user_segment`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Workforce => "workforce",
            Self::Consumer => "consumer",
        }
    }

    /// Weights of [`FLEET_MODELS`] among its authenticators.
    fn models(self) -> [u32; 6] {
        match self {
            Self::Admin => [30, 60, 10, 0, 0, 0],
            Self::Workforce => [22, 18, 42, 10, 3, 5],
            Self::Consumer => [3, 2, 15, 50, 18, 12],
        }
    }
}

/// A credential and what its authenticator remembers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Credential {
    pub(crate) id: [u8; 32],
    /// The identity provider's own name for it.
    pub(crate) row: [u8; 16],
    pub(crate) model: &'static FleetModel,
    pub(crate) device: &'static Device,
    /// Signatures counted so far.
    pub(crate) count: u32,
}

impl Credential {
    /// A credential of a model, made on a device that carries such a model.
    pub(crate) fn new(model: &'static FleetModel, dice: &mut Dice) -> Self {
        let places: &[usize] = match model.name {
            "Vantage Hello" => &[0, 1],
            "Lumen Passkeys" => &[2, 4, 4, 3],
            "Keepfold Vault" => &[0, 3, 5, 1],
            "Tessel Pocket SE" => &[5],
            _ => &[0, 0, 1, 3, 6],
        };
        let device = DEVICES.get(*dice.pick(&0, places)).unwrap_or(&DEVICES[0]);
        let count = if model.counting == crate::Counting::Zero {
            0
        } else {
            1
        };
        Self {
            id: dice.bytes(),
            row: dice.bytes(),
            model,
            device,
            count,
        }
    }
}

/// Somebody with at least one credential.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) tag: [u8; 16],
    pub(crate) segment: Segment,
    pub(crate) place: &'static Place,
    /// Last part of the home address.
    pub(crate) host: u8,
    pub(crate) credentials: Vec<Credential>,
    /// Nobody runs two ceremonies at once.
    pub(crate) busy_until: i64,
}

impl User {
    /// A user of a segment with one or two credentials that are in use already.
    pub(crate) fn new(segment: Segment, dice: &mut Dice) -> Self {
        let place = dice.weighted(PLACES.iter().map(|place| place.share));
        let mut user = Self {
            tag: dice.bytes(),
            segment,
            place: PLACES.get(place).unwrap_or(&PLACES[0]),
            host: u8::try_from(dice.between(1, 254)).unwrap_or(1),
            credentials: Vec::with_capacity(MOST_CREDENTIALS),
            busy_until: 0,
        };
        let second = dice.chance(280_000);
        for _ in 0..=u32::from(second) {
            let mut credential = Credential::new(any_model(segment, dice), dice);
            credential.count *= dice.between(2, 900);
            user.credentials.push(credential);
        }
        user
    }
}

/// Credentials that one user keeps at most.
pub(crate) const MOST_CREDENTIALS: usize = 3;

/// A model as the segment buys them.
pub(crate) fn any_model(segment: Segment, dice: &mut Dice) -> &'static FleetModel {
    let place = dice.weighted(segment.models().into_iter());
    FLEET_MODELS.get(place).unwrap_or(&FLEET_MODELS[0])
}

/// How many users of each segment there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Population {
    pub(crate) admins: u32,
    pub(crate) workforce: u32,
    pub(crate) consumers: u32,
}

impl Population {
    /// Makes the users; those who work come first.
    pub(crate) fn users(self, dice: &mut Dice) -> Vec<User> {
        let mut users = Vec::new();
        for (segment, number) in [
            (Segment::Admin, self.admins),
            (Segment::Workforce, self.workforce),
            (Segment::Consumer, self.consumers),
        ] {
            users.extend((0..number).map(|_| User::new(segment, dice)));
        }
        users
    }
}

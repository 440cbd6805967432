//! Which place of a record is which column.

use super::walk::{Form, Place, Shape, time_of};
use crate::{Column, base64, ip};

/// A column and the place that it is read from.
#[derive(Clone, Debug)]
pub(super) struct Guess {
    pub(super) column: Column,
    pub(super) path: String,
    /// How it writes time.
    pub(super) time: Option<&'static str>,
}

/// What was found out about the lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Guesses {
    pub(super) fields: Vec<Guess>,
    /// Flags of the authenticator data: name of the bit, and path.
    pub(super) flags: Vec<(&'static str, String)>,
    /// The place that says how it ended.
    pub(super) outcome: Option<String>,
}

impl Guesses {
    /// The path of a column.
    pub(super) fn path(&self, column: Column) -> Option<&str> {
        let found = self.fields.iter().find(|guess| guess.column == column);
        found.map(|guess| guess.path.as_str())
    }
}

/// What values of a column look like.
type Looks = fn(&Place) -> bool;

/// A column, what its place may be called (the likeliest first), and what its values look like.
/// A name that is `*` stands for any.
const RULES: &[(Column, &[&str], Looks)] = &[
    (
        Column::Ts,
        &[
            "ts",
            "timestamp",
            "time",
            "published",
            "eventtime",
            "createdat",
            "created",
            "datetime",
            "occurredat",
            "loggedat",
            "date",
            "*",
        ],
        is_time,
    ),
    (
        Column::UserAgent,
        &["useragent", "rawuseragent", "ua", "*"],
        is_user_agent,
    ),
    (
        Column::ClientIp,
        &[
            "ip",
            "clientip",
            "ipaddress",
            "remoteip",
            "sourceip",
            "remoteaddr",
            "*",
        ],
        is_address,
    ),
    (Column::Aaguid, &["aaguid"], is_aaguid),
    (
        Column::AuthenticatorData,
        &["authenticatordata", "authdata"],
        is_bytes,
    ),
    (Column::AttestationObject, &["attestationobject"], is_bytes),
    (Column::ClientDataJson, &["clientdatajson"], is_bytes),
    (Column::Challenge, &["challenge"], is_bytes),
    (
        Column::CredentialId,
        &[
            "credentialid",
            "credid",
            "rawid",
            "passkeyid",
            "keyid",
            "authenticatorid",
        ],
        is_bytes,
    ),
    (
        Column::CredentialRef,
        &[
            "credentialid",
            "credid",
            "passkeyid",
            "authenticatorid",
            "deviceid",
            "enrollmentid",
        ],
        is_word,
    ),
    (
        Column::CeremonyId,
        &[
            "ceremonyid",
            "flowid",
            "workflowid",
            "authworkflowid",
            "challengeid",
        ],
        is_word,
    ),
    (
        Column::EventId,
        &[
            "eventid", "uuid", "logid", "recordid", "txid", "iduid", "eventuid", "id",
        ],
        is_word,
    ),
    (
        Column::SourceEventType,
        &[
            "eventtype",
            "eventname",
            "event",
            "type",
            "action",
            "operation",
            "activity",
            "name",
            "code",
        ],
        is_enumeration,
    ),
    (
        Column::UserId,
        &[
            "userid",
            "useruid",
            "sub",
            "subject",
            "uid",
            "accountid",
            "actorid",
            "principalid",
            "user",
        ],
        is_word,
    ),
    (
        Column::UserName,
        &[
            "username",
            "userprincipalname",
            "useremail",
            "email",
            "login",
            "upn",
            "actoremail",
        ],
        is_word,
    ),
    (Column::SessionId, &["sessionid", "sid"], is_word),
    (Column::TraceId, &["traceid"], is_word),
    (Column::SpanId, &["spanid"], is_word),
    (
        Column::RequestId,
        &["requestid", "correlationid", "transactionid", "reqid"],
        is_word,
    ),
    (Column::RpId, &["rpid", "relyingpartyid"], is_word),
    (Column::Origin, &["origin"], is_origin),
    (
        Column::App,
        &["clientid", "appid", "application", "app", "clientname"],
        is_word,
    ),
    (
        Column::Tenant,
        &[
            "tenantid",
            "tenant",
            "realmid",
            "realm",
            "orgid",
            "organizationid",
            "organization",
        ],
        is_word,
    ),
    (
        Column::StoredSignCount,
        &[
            "storedsigncount",
            "previoussigncount",
            "oldcounter",
            "storedcounter",
        ],
        is_count,
    ),
    (
        Column::SignCount,
        &[
            "signcount",
            "signaturecounter",
            "newcounter",
            "passkeycounter",
            "counter",
        ],
        is_count,
    ),
    (
        Column::MethodRaw,
        &[
            "authmethod",
            "authenticationmethod",
            "method",
            "factor",
            "credentialtype",
            "amr",
        ],
        is_enumeration,
    ),
    (
        Column::FailureRaw,
        &[
            "failurereason",
            "errormessage",
            "reason",
            "error",
            "errorcode",
            "errorname",
            "message",
        ],
        is_word,
    ),
    (Column::Transports, &["transports"], is_list),
    (
        Column::Attachment,
        &["authenticatorattachment", "attachment"],
        is_attachment,
    ),
    (
        Column::AttestationFmt,
        &["attestationfmt", "attestationformat", "fmt"],
        is_format,
    ),
    (
        Column::PublicKeyAlg,
        &["publickeyalg", "publickeyalgorithm", "alg"],
        is_algorithm,
    ),
    (
        Column::UvRequired,
        &["userverification", "uvrequired"],
        is_requirement,
    ),
    (
        Column::ServerMs,
        &[
            "serverms",
            "durationms",
            "responsetimems",
            "latencyms",
            "elapsedms",
        ],
        is_number,
    ),
    (
        Column::GeoCountry,
        &["country", "countrycode", "geocountry"],
        is_country,
    ),
    (Column::GeoCity, &["city", "geocity"], is_word),
    (Column::Asn, &["asn", "asnumber"], is_count),
    (
        Column::CredentialLabel,
        &["credentialname", "passkeyname", "nickname", "keyname"],
        is_word,
    ),
];

const BITS: &[(&str, &[&str])] = &[
    ("up", &["userpresent", "up", "userpresence"]),
    ("uv", &["userverified", "uv"]),
    ("be", &["backupeligible", "be", "backupeligibility"]),
    (
        "bs",
        &["backedup", "backupstate", "bs", "credentialbackedup"],
    ),
];

const OUTCOMES_NAMED: [&str; 6] = [
    "result",
    "outcome",
    "status",
    "success",
    "outcomeresult",
    "succeeded",
];

/// Looks for columns among the places.
pub(super) fn guess(shape: &Shape) -> Guesses {
    let mut guesses = Guesses::default();
    for (column, names, looks) in RULES {
        let taken = |place: &&Place| guesses.fields.iter().any(|guess| guess.path == place.path);
        let free = shape.places.iter().filter(|place| !taken(place));
        let fits = free.filter(|place| looks(place) && !doubtful(*column, place, shape));
        let ranked = fits.filter_map(|place| Some((rank(place, names)?, place)));
        // More records before fewer, among places that are called alike.
        let best = ranked.min_by_key(|(rank, place)| (*rank, usize::MAX - place.records));
        // One that is there has no need of another.
        let instead =
            *column == Column::CredentialRef && guesses.path(Column::CredentialId).is_some();
        if let Some((_, place)) = best.filter(|_| !instead) {
            guesses.fields.push(Guess {
                column: *column,
                path: place.path.clone(),
                time: (*column == Column::Ts).then(|| time_form(place)).flatten(),
            });
        }
    }
    for (bit, names) in BITS {
        let flags = shape.places.iter().filter(|place| is_flag(place));
        let named = flags.filter_map(|place| Some((rank(place, names)?, place)));
        if let Some((_, place)) = named.min_by_key(|(rank, _)| *rank) {
            guesses.flags.push((bit, place.path.clone()));
        }
    }
    let ends = shape.places.iter().filter(|place| is_outcome(place));
    let named = ends.filter_map(|place| Some((rank(place, &OUTCOMES_NAMED)?, place)));
    let best = named.min_by_key(|(rank, place)| (*rank, usize::MAX - place.records));
    guesses.outcome = best.map(|(_, place)| place.path.clone());
    guesses
}

/// Names that mean something only at the top of a record, or with the name before them.
const WEAK: [&str; 7] = ["id", "uid", "name", "type", "code", "user", "message"];

/// The place of the name in the list; the name with the one before it counts as well.
fn rank(place: &Place, names: &[&str]) -> Option<usize> {
    let [own, whole] = &place.names;
    let is = |name: &&str| {
        whole == name || *name == "*" || (own == name && !WEAK.contains(&own.as_str()))
    };
    names.iter().position(is)
}

/// An identifier of events is a different one each time; one that has the same value everywhere
/// says nothing of kinds.
fn doubtful(column: Column, place: &Place, shape: &Shape) -> bool {
    match column {
        Column::EventId => {
            !place.many
                && (place.values.len() < place.records || place.records < shape.records.len())
        }
        Column::SourceEventType => place.records < shape.records.len(),
        _ => false,
    }
}

fn all(place: &Place, test: impl Fn(&str) -> bool) -> bool {
    !place.values.is_empty() && place.values.iter().all(|value| test(value))
}

fn holds(place: &Place, form: Form) -> bool {
    place.forms.len() == 1 && place.forms.contains(&form)
}

fn is_time(place: &Place) -> bool {
    time_form(place).is_some()
}

/// The one form in which all values are written; seconds that are sometimes milliseconds are none.
fn time_form(place: &Place) -> Option<&'static str> {
    let mut forms = place.values.iter().map(|value| time_of(value));
    let first = forms.next()??;
    let naive = "rfc3339_or_naive_utc";
    forms.try_fold(first, |form, other| match other? {
        same if same == form => Some(form),
        "rfc3339" if form == naive => Some(naive),
        other if other == naive && form == "rfc3339" => Some(naive),
        _ => None,
    })
}

fn is_user_agent(place: &Place) -> bool {
    let agent = |value: &str| value.starts_with("Mozilla/") || value.contains("AppleWebKit");
    place.values.iter().any(|value| agent(value))
        || (holds(place, Form::Text) && rank(place, &["useragent", "rawuseragent"]).is_some())
}

fn is_address(place: &Place) -> bool {
    holds(place, Form::Text) && all(place, |value| ip::parse(value).is_some())
}

fn is_aaguid(place: &Place) -> bool {
    let is = |value: &str| {
        let digits = value.bytes().filter(u8::is_ascii_hexdigit).count();
        let uuid = digits == 32 && (value.len() == 36 || value.len() == 32);
        uuid || base64::decode_any(value).is_some_and(|bytes| bytes.len() == 16)
    };
    all(place, is)
}

fn is_bytes(place: &Place) -> bool {
    let bytes = |value: &str| base64::decode_any(value).is_some_and(|bytes| bytes.len() >= 12);
    holds(place, Form::Text) && all(place, bytes)
}

fn is_word(place: &Place) -> bool {
    holds(place, Form::Text) || holds(place, Form::Number)
}

/// A few words, not a sentence each time.
fn is_enumeration(place: &Place) -> bool {
    let word = |value: &str| value.len() <= 80 && time_of(value).is_none();
    is_word(place) && !place.many && all(place, word)
}

fn is_count(place: &Place) -> bool {
    all(place, |value| value.parse::<u32>().is_ok())
}

fn is_number(place: &Place) -> bool {
    all(place, |value| {
        value.parse::<f64>().is_ok_and(|number| number >= 0.0)
    })
}

fn is_algorithm(place: &Place) -> bool {
    all(place, |value| {
        value.parse::<i32>().is_ok_and(|number| number < 0)
    })
}

fn is_list(place: &Place) -> bool {
    holds(place, Form::List)
}

fn is_flag(place: &Place) -> bool {
    all(place, |value| matches!(value, "true" | "false"))
}

fn is_origin(place: &Place) -> bool {
    all(place, |value| {
        value.starts_with("https://") || value.starts_with("http://")
    })
}

fn is_attachment(place: &Place) -> bool {
    all(place, |value| {
        matches!(value, "platform" | "cross-platform")
    })
}

fn is_requirement(place: &Place) -> bool {
    all(place, |value| {
        matches!(value, "required" | "preferred" | "discouraged")
    })
}

fn is_format(place: &Place) -> bool {
    let known = [
        "none",
        "packed",
        "tpm",
        "android-key",
        "android-safetynet",
        "fido-u2f",
        "apple",
        "compound",
    ];
    all(place, |value| known.contains(&value))
}

fn is_country(place: &Place) -> bool {
    all(place, |value| {
        value.len() == 2 && value.bytes().all(|b| b.is_ascii_alphabetic())
    })
}

fn is_outcome(place: &Place) -> bool {
    !place.many && all(place, |value| super::kinds::outcome_of(value).is_some())
}

//! The one table of columns. The event, its columns and their names, the way of a value into an event
//! and out of it, the JSON Schema, the tables of a store and the columns of rules are made of it.

mod column;
mod event;
mod held;
mod types;

pub use column::{COLUMNS, Column, ColumnInfo, Given};
pub use event::{Event, Text};
pub(crate) use held::{Held, Slot};
pub use types::{BytesForm, ColumnType, Protection, Type};

/// Hands the table of columns to the macro `$then`.
///
/// A row of `columns` is a column of an event: its name in Rust, its name everywhere else, which is that of
/// the field, the field's type, the kind of storage, what it holds ([`Type`]), who gives it ([`Given`]),
/// its unit or values, and its meaning. An event that does not know a column has `None` there. The
/// kind of storage is a word, of which an engine makes the builder of its arrays.
///
/// Below stand columns that are made later, keys of a native line of which only a hash is kept, with the column
/// that holds it, and those that are raw bytes of a ceremony, from which columns are read.
#[doc(hidden)]
#[macro_export]
macro_rules! event_columns {
    ($then:ident) => {
        $then! {
            columns {
                Ts ts: i64, Time, EventTime, Required, "microseconds since the epoch, UTC", "Time at the source";
                TsPrecision ts_precision: Option<i16>, Short, Small, Derived, "0, 3, 6 or 9", "Digits after the second that the source really gives";
                EventId event_id: Text<'a>, Text, Name, Optional, "", "The source's identifier, else a hash of the record";
                Source source: Text<'a>, Text, Name, Derived, "", "Mapping name";
                MappingVersion mapping_version: Text<'a>, Text, Name, Derived, "", "Version and hash of the mapping";
                Tenant tenant: Option<Text<'a>>, Text, Text, Optional, "", "Organisation, realm or account";
                SourceEventType source_event_type: Text<'a>, Text, Name, Optional, "", "The source's own type or code";
                Kind kind: Text<'a>, Text, Kind, Required, "one of the kinds", "What happened";
                Ceremony ceremony: Option<Text<'a>>, Text, Ceremony, Optional, "create, get or none", "Which WebAuthn ceremony it belongs to";
                Role role: Option<Text<'a>>, Text, Text, Optional, "primary, second_factor, step_up or recovery", "What the ceremony was for";
                Outcome outcome: Text<'a>, Text, Outcome, Required, "one of the outcomes", "How it ended";
                FailureReason failure_reason: Option<Text<'a>>, Text, Text, Optional, "a canonical reason", "Why it failed";
                FailureRaw failure_raw: Option<Text<'a>>, Text, Excerpt, Optional, "at most 1 KiB", "The source's words";
                FailureSide failure_side: Option<Text<'a>>, Text, Text, Optional, "client, server, policy, network or unknown", "Whose failure it was";
                CeremonyId ceremony_id: Option<Text<'a>>, Text, Text, Optional, "", "Joins start and finish";
                ChallengeHash challenge_hash: Option<[u8; 16]>, Bytes, Hash16, Optional, "16 bytes", "First 16 bytes of SHA-256 of the challenge";
                ChallengeIssuedTs challenge_issued_ts: Option<i64>, Time, Time, Optional, "microseconds since the epoch, UTC", "When the challenge was issued";
                TraceId trace_id: Option<[u8; 16]>, Bytes, Trace, Optional, "16 bytes", "W3C trace id";
                SpanId span_id: Option<[u8; 8]>, Bytes, Span, Optional, "8 bytes", "W3C span id";
                RequestId request_id: Option<Text<'a>>, Text, Text, Optional, "", "Request identifier";
                SessionId session_id: Option<Text<'a>>, Text, Session, Optional, "", "Keyed hash of the session's identifier";
                UserId user_id: Option<Text<'a>>, Text, User, Optional, "", "Keyed hash of the user's identifier";
                UserNameHash user_name_hash: Option<[u8; 16]>, Bytes, NameHash, Derived, "16 bytes", "Keyed hash of the user's name";
                UserSegment user_segment: Option<Text<'a>>, Text, Text, Optional, "admin, workforce, consumer, service, guest or unknown", "Which group the user belongs to";
                ActorId actor_id: Option<Text<'a>>, Text, User, Optional, "", "Keyed hash of who acted, when that is not the user";
                RpId rp_id: Option<Text<'a>>, Text, Text, Optional, "domain", "Relying party identifier";
                Origin origin: Option<Text<'a>>, Text, Text, Optional, "scheme://host", "Origin of the client data";
                TopOrigin top_origin: Option<Text<'a>>, Text, Text, Optional, "scheme://host", "Top-level origin of the client data";
                CrossOrigin cross_origin: Option<bool>, Bool, Boolean, Optional, "", "crossOrigin of the client data";
                App app: Option<Text<'a>>, Text, Text, Optional, "", "Application or client identifier";
                CredentialId credential_id: Option<Cow<'a, [u8]>>, Bytes, CredentialId, Optional, "up to 1023 bytes", "Credential identifier, raw";
                CredentialRef credential_ref: Option<Text<'a>>, Text, Text, Optional, "", "The vendor's own reference to the credential";
                CredentialLabel credential_label: Option<Text<'a>>, Text, Text, Optional, "", "Label that the user gave";
                CredentialKind credential_kind: Option<Text<'a>>, Text, Text, Optional, "passkey_synced, passkey_device_bound, security_key, platform, u2f or unknown", "Sort of credential";
                PublicKeyHash public_key_hash: Option<[u8; 16]>, Bytes, KeyHash, Optional, "16 bytes", "First 16 bytes of SHA-256 of the COSE public key";
                Aaguid aaguid: Option<[u8; 16]>, Bytes, Uuid, Optional, "16 bytes", "Model identifier; all zero is kept apart from unknown";
                AuthenticatorModel authenticator_model: Option<Text<'a>>, Text, Text, Optional, "", "Model name";
                AttestationFmt attestation_fmt: Option<Text<'a>>, Text, Text, Optional, "", "Attestation statement format";
                AttestationType attestation_type: Option<Text<'a>>, Text, Text, Optional, "basic, self, attca, anonca or none", "Attestation type";
                AttestationTrust attestation_trust: Option<Text<'a>>, Text, Text, Optional, "trusted, untrusted, not_checked or rejected", "Whether the attestation was trusted";
                Attachment attachment: Option<Text<'a>>, Text, Text, Optional, "platform or cross-platform", "Authenticator attachment";
                Transports transports: Option<Vec<Text<'a>>>, TextList, TextList, Optional, "usb, nfc, ble, smart-card, hybrid, internal", "Transports";
                PublicKeyAlg public_key_alg: Option<i32>, Int, Integer, Optional, "COSE algorithm", "Algorithm of the credential key";
                AttestationObject attestation_object: Option<Cow<'a, [u8]>>, Bytes, AttestationObject, Input, "base64url", "Raw attestation object of a registration; format, flags, model and key are read from it";
                ClientDataHash client_data_hash: Option<[u8; 32]>, Bytes, Hash32, Derived, "32 bytes", "SHA-256 of the client data of a registration";
                Flags flags: Option<i16>, Short, Flags, Optional, "bits up 0, uv 2, be 3, bs 4, at 6, ed 7", "Flags of the authenticator data, known bits only";
                FlagsKnown flags_known: Option<i16>, Short, Small, Derived, "bit mask", "Which bits of flags are known";
                SignCount sign_count: Option<i64>, Long, Counter, Optional, "0 to 4294967295", "Counter after this ceremony";
                StoredSignCount stored_sign_count: Option<i64>, Long, Counter, Optional, "0 to 4294967295", "Counter that the relying party had stored";
                SignatureVerified signature_verified: Option<bool>, Bool, Boolean, Optional, "", "Whether the signature was verified";
                UvRequired uv_required: Option<Text<'a>>, Text, Text, Optional, "required, preferred or discouraged", "User verification that was asked for";
                ConditionalUi conditional_ui: Option<bool>, Bool, Boolean, Optional, "", "Whether mediation was conditional";
                CeremonyTimeoutMs ceremony_timeout_ms: Option<i64>, Long, Counter, Optional, "milliseconds", "Timeout of the ceremony";
                ServerMs server_ms: Option<f64>, Double, Duration, Optional, "milliseconds", "Time the server's handler took";
                CeremonyMs ceremony_ms: Option<f64>, Double, Duration, Optional, "milliseconds", "Challenge issued to verified";
                LoginMs login_ms: Option<f64>, Double, Duration, Optional, "milliseconds", "Whole sign-in";
                LatencyBasis latency_basis: Option<Text<'a>>, Text, Text, Derived, "reported, paired or span", "How the latencies were obtained";
                ClientIp client_ip: Option<[u8; 16]>, Bytes, Ip, Optional, "16 bytes, IPv4 mapped", "Client address";
                Asn asn: Option<i64>, Long, Counter, Optional, "", "Autonomous system";
                GeoCountry geo_country: Option<Text<'a>>, Text, Text, Optional, "ISO 3166-1 alpha-2", "Country";
                GeoRegion geo_region: Option<Text<'a>>, Text, Text, Optional, "", "Region";
                GeoCity geo_city: Option<Text<'a>>, Text, Text, Optional, "", "City";
                GeoLat geo_lat: Option<f64>, Double, Float, Optional, "degrees", "Latitude";
                GeoLon geo_lon: Option<f64>, Double, Float, Optional, "degrees", "Longitude";
                IsProxy is_proxy: Option<bool>, Bool, Boolean, Optional, "", "Whether the address is a proxy";
                UserAgent user_agent: Option<Text<'a>>, Text, Text, Optional, "", "User agent as sent";
                Browser browser: Option<Text<'a>>, Text, Text, Optional, "", "Browser";
                Os os: Option<Text<'a>>, Text, Text, Optional, "", "Operating system";
                DeviceClass device_class: Option<Text<'a>>, Text, Text, Optional, "desktop, mobile, tablet or bot", "Sort of device";
                MethodRaw method_raw: Option<Text<'a>>, Text, Text, Optional, "", "The source's method or factor";
                FallbackMethod fallback_method: Option<Text<'a>>, Text, Text, Optional, "password, totp, sms, email, push, recovery_code or tap", "What was used instead";
                TicketId ticket_id: Option<Text<'a>>, Text, Text, Optional, "", "Support ticket";
                TicketCategory ticket_category: Option<Text<'a>>, Text, Text, Optional, "", "Category of the ticket";
                Attrs attrs: Vec<(Text<'a>, Text<'a>)>, Attrs, Attrs, Optional, "", "Leftovers that a mapping names, and unknown keys";
            }
            made {
                ObservedTs observed_ts: Time, Ingest, "microseconds since the epoch, UTC", "When the line was ingested";
                EventDate event_date: Date, Ingest, "date", "Partition of the event table";
                DupGroup dup_group: Integer, Reserved, "", "Same act reported more than once";
                RawRef raw_ref: Attrs, Ingest, "", "Place of the original bytes";
                CounterRelation counter_relation: Text, Reserved, "", "Counter compared with the one before";
                CounterPrevious counter_previous: Counter, Reserved, "", "Counter before this ceremony";
                ChallengeUseCount challenge_use_count: Counter, Reserved, "", "How often the challenge was accepted";
            }
            hashed {
                Challenge challenge: Challenge into challenge_hash, "base64url", "Challenge; only its hash is kept";
                UserName user_name: UserName into user_name_hash, "", "User name; only its keyed hash is kept";
            }
            raw {
                AuthenticatorData authenticator_data: AuthenticatorData, "base64url", "Raw authenticator data; flags, counter and model are read from it";
                ClientDataJson client_data_json: ClientData, "base64url", "Raw client data; challenge, origin and ceremony are read from it";
            }
        }
    };
}

use ciborium::Value;
use fidoscope_authenticator::TestKey;
use fidoscope_recording::{Recording, UntrustedPolicy};
use fidoscope_verifier::Status;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer,
    KeyIdMethod, KeyUsagePurpose, date_time_ymd,
};

use crate::fixture::{AAGUID, Registration, compare, key, put, remove, status_of};

type Members = Vec<(Value, Value)>;
type Params<'e> = &'e dyn Fn(&mut CertificateParams);

const AAGUID_OID: &[u64] = &[1, 3, 6, 1, 4, 1, 45724, 1, 1, 4];
const FIRMWARE_OID: &[u64] = &[1, 3, 6, 1, 4, 1, 45724, 1, 1, 5];
const SERIAL_OID: &[u64] = &[1, 3, 6, 1, 4, 1, 45724, 1, 1, 2];

/// Sets or drops a member of a statement.
pub(crate) fn map(members: &mut Members, name: &'static str, value: Option<Value>) {
    match value {
        Some(value) => put(members, name, value),
        None => remove(members, name),
    }
}

pub(crate) fn pem(der: &[u8]) -> String {
    fidoscope_authenticator::pem(der)
}

/// Certificates of a root, an intermediate and leaves of every kind.
pub(crate) struct Pki {
    name: String,
}

impl Pki {
    pub(crate) fn new() -> Self {
        Self::named("root")
    }

    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
        }
    }

    fn key(&self) -> TestKey {
        key(&self.name)
    }

    fn authority(name: &str) -> CertificateParams {
        let mut params = params(&[(DnType::CommonName, name)]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params
    }

    pub(crate) fn root(&self) -> Vec<u8> {
        Self::authority(&self.name)
            .self_signed(&self.key())
            .unwrap()
            .der()
            .to_vec()
    }

    pub(crate) fn root_pem(&self) -> String {
        pem(&self.root())
    }

    pub(crate) fn leaf(&self, edit: Params<'_>) -> Vec<u8> {
        let issuer = Issuer::new(Self::authority(&self.name), self.key());
        leaf_params(edit)
            .signed_by(&key("attestation"), &issuer)
            .unwrap()
            .der()
            .to_vec()
    }

    pub(crate) fn leaf_for(&self, subject: &impl rcgen::PublicKeyData) -> Vec<u8> {
        let issuer = Issuer::new(Self::authority(&self.name), self.key());
        leaf_params(&|_| {})
            .signed_by(subject, &issuer)
            .unwrap()
            .der()
            .to_vec()
    }

    /// A leaf below an intermediate, leaf first.
    fn chain(&self, intermediate: Params<'_>) -> Vec<Vec<u8>> {
        let mut middle = Self::authority("intermediate");
        intermediate(&mut middle);
        let root = Issuer::new(Self::authority(&self.name), self.key());
        let der = middle
            .signed_by(&key("intermediate"), &root)
            .unwrap()
            .der()
            .to_vec();
        let issuer = Issuer::new(Self::authority("intermediate"), key("intermediate"));
        let leaf = leaf_params(&|_| {})
            .signed_by(&key("attestation"), &issuer)
            .unwrap();
        vec![leaf.der().to_vec(), der]
    }
}

fn params(subject: &[(DnType, &str)]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    for (kind, value) in subject {
        params.distinguished_name.push(kind.clone(), *value);
    }
    params.serial_number = Some(1_u64.into());
    params.key_identifier_method = KeyIdMethod::PreSpecified(vec![1; 20]);
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = date_time_ymd(2034, 1, 1);
    params
}

fn leaf_params(edit: Params<'_>) -> CertificateParams {
    let mut params = params(&[
        (DnType::CountryName, "AA"),
        (DnType::OrganizationName, "fidoscope test"),
        (DnType::OrganizationalUnitName, "Authenticator Attestation"),
        (DnType::CommonName, "Some Key"),
    ]);
    params.is_ca = IsCa::ExplicitNoCa;
    params.custom_extensions.push(extension(
        AAGUID_OID,
        [&[4, 16], AAGUID.as_slice()].concat(),
    ));
    edit(&mut params);
    params
}

fn extension(oid: &[u64], content: Vec<u8>) -> CustomExtension {
    CustomExtension::from_oid_content(oid, content)
}

fn critical(oid: &[u64], content: Vec<u8>) -> CustomExtension {
    let mut extension = extension(oid, content);
    extension.set_criticality(true);
    extension
}

/// A packed statement with these certificates, signed by the attestation key.
pub(crate) fn attested(
    x5c: Vec<Vec<u8>>,
    edit: impl FnOnce(&mut Members) + 'static,
) -> Registration {
    let mut registration = Registration::new();
    registration.format = "packed".into();
    let root = Pki::new().root_pem();
    registration.around(move |r| r.policy.anchors = vec![root]);
    registration.attest = Some(Box::new(move |_, signed| {
        let mut statement = vec![
            ("alg".into(), (-7).into()),
            (
                "sig".into(),
                Value::Bytes(key("attestation").sign_der(signed)),
            ),
            (
                "x5c".into(),
                Value::Array(x5c.into_iter().map(Value::Bytes).collect()),
            ),
        ];
        edit(&mut statement);
        Value::Map(statement)
    }));
    registration
}

/// A packed statement signed by the credential key itself.
pub(crate) fn self_attested(edit: impl FnOnce(&mut Members) + 'static) -> Registration {
    let mut registration = attested(Vec::new(), |_| {});
    registration.attest = Some(Box::new(move |_, signed| {
        let mut statement = vec![
            ("alg".into(), (-7).into()),
            (
                "sig".into(),
                Value::Bytes(key("credential").sign_der(signed)),
            ),
        ];
        edit(&mut statement);
        Value::Map(statement)
    }));
    registration
}

#[track_caller]
fn statement(edit: impl FnOnce(&mut Members) + 'static, step: &str) {
    compare(
        &attested(vec![Pki::new().leaf(&|_| {})], edit).build(),
        step,
        "",
    );
}

#[track_caller]
fn leaf(edit: Params<'_>, l3: &str, l2: &str) {
    compare(
        &attested(vec![Pki::new().leaf(edit)], |_| {}).build(),
        l3,
        l2,
    );
}

#[track_caller]
fn chain(intermediate: Params<'_>, step: &str) {
    compare(
        &attested(Pki::new().chain(intermediate), |_| {}).build(),
        step,
        "",
    );
}

#[track_caller]
fn around(edit: impl FnOnce(&mut Recording) + 'static, step: &str) {
    let mut registration = attested(vec![Pki::new().leaf(&|_| {})], |_| {});
    registration.around(edit);
    compare(&registration.build(), step, "");
}

#[test]
fn self_attestation() {
    let check =
        |edit: fn(&mut Members), step: &str| compare(&self_attested(edit).build(), step, "");
    check(|_| {}, "accept");
    check(|s| s.clear(), "att.packed.syntax");
    check(|s| map(s, "alg", None), "att.packed.syntax");
    check(|s| map(s, "alg", Some("x".into())), "att.packed.syntax");
    check(|s| map(s, "sig", None), "att.packed.syntax");
    check(|s| map(s, "sig", Some("x".into())), "att.packed.syntax");
    check(
        |s| map(s, "sig", Some(Value::Bytes(vec![]))),
        "att.packed.self.sig",
    );
    check(|s| map(s, "alg", Some((-35).into())), "att.packed.self.alg");
    check(
        |s| {
            map(
                s,
                "sig",
                Some(Value::Bytes(key("credential").sign_der(b"else"))),
            )
        },
        "att.packed.self.sig",
    );
    check(
        |s| map(s, "sig", Some(Value::Bytes(vec![7; 64]))),
        "sig.der",
    );
    let mut refused = self_attested(|_| {});
    refused.around(|r| r.policy.accept_self = Some(false));
    compare(&refused.build(), "reg.trust", "");
    let mut array = self_attested(|_| {});
    array.attest = Some(Box::new(|_, _| Value::Array(Vec::new())));
    compare(&array.build(), "att.packed.syntax", "att-obj.att-stmt");
}

#[test]
fn statement_with_certificate() {
    statement(|_| {}, "accept");
    statement(
        |s| map(s, "x5c", Some(Value::Map(vec![]))),
        "att.packed.syntax",
    );
    statement(
        |s| map(s, "x5c", Some(Value::Array(vec![]))),
        "att.packed.syntax",
    );
    // The first byte belongs to what nobody signs.
    let outer_tag = |s: &mut Members| {
        for (_, value) in s.iter_mut() {
            if let Some([Value::Bytes(der), ..]) = value.as_array_mut().map(Vec::as_mut_slice) {
                der[0] = 0x10;
            }
        }
    };
    statement(outer_tag, "att.packed.syntax");
    let garbage = Value::Array(vec![Value::Bytes(vec![1, 2, 3])]);
    statement(|s| map(s, "x5c", Some(garbage)), "att.packed.syntax");
    statement(|s| map(s, "x5c", None), "att.packed.self.sig");
    statement(|s| map(s, "alg", Some((-257).into())), "att.packed.sig");
    statement(
        |s| map(s, "alg", Some((-70_000).into())),
        "open: att.packed.sig",
    );
    statement(
        |s| {
            map(
                s,
                "sig",
                Some(Value::Bytes(key("credential").sign_der(b"x"))),
            )
        },
        "att.packed.sig",
    );
}

#[test]
fn certificate_rules() {
    let without = |kind: DnType| {
        move |p: &mut CertificateParams| {
            p.distinguished_name.remove(kind.clone());
        }
    };
    leaf(
        &without(DnType::CountryName),
        "att.packed.cert.subject-c",
        "",
    );
    leaf(
        &without(DnType::OrganizationName),
        "att.packed.cert.subject-o",
        "",
    );
    leaf(
        &without(DnType::OrganizationalUnitName),
        "att.packed.cert.subject-ou",
        "",
    );
    leaf(
        &without(DnType::CommonName),
        "att.packed.cert.subject-cn",
        "",
    );
    leaf(
        &|p| {
            p.distinguished_name
                .push(DnType::OrganizationalUnitName, "authenticator attestation")
        },
        "att.packed.cert.subject-ou",
        "",
    );
    leaf(
        &|p| p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
        "att.packed.cert.ca",
        "",
    );
    leaf(&|p| p.is_ca = IsCa::NoCa, "att.packed.cert.ca", "");
    let aaguid = |content: Vec<u8>| {
        move |p: &mut CertificateParams| {
            p.custom_extensions = vec![extension(AAGUID_OID, content.clone())];
        }
    };
    leaf(
        &aaguid(AAGUID.to_vec()),
        "att.packed.cert.aaguid-encoding",
        "",
    );
    leaf(
        &aaguid([&[4, 15], &AAGUID[1..]].concat()),
        "att.packed.cert.aaguid-encoding",
        "",
    );
    leaf(
        &aaguid([&[4, 16], [1; 16].as_slice()].concat()),
        "att.packed.aaguid-match",
        "",
    );
    let good = [&[4, 16], AAGUID.as_slice()].concat();
    leaf(
        &|p| p.custom_extensions = vec![critical(AAGUID_OID, good.clone())],
        "att.packed.cert.aaguid-critical",
        "",
    );
    leaf(&|p| p.custom_extensions.clear(), "accept", "");
}

#[test]
fn certificate_rules_of_level_3() {
    let firmware = "att.packed.cert.fw-version";
    leaf(
        &|p| {
            p.custom_extensions
                .push(extension(FIRMWARE_OID, vec![2, 1, 5]))
        },
        "accept",
        "",
    );
    leaf(
        &|p| {
            p.custom_extensions
                .push(extension(FIRMWARE_OID, vec![2, 1, 0x85]))
        },
        firmware,
        "accept",
    );
    leaf(
        &|p| {
            p.custom_extensions
                .push(critical(FIRMWARE_OID, vec![2, 1, 5]))
        },
        firmware,
        "accept",
    );
    let serial = |p: &mut CertificateParams| {
        p.custom_extensions
            .push(extension(SERIAL_OID, vec![4, 1, 7]));
    };
    leaf(&serial, "att.packed.cert.sernum", "accept");
    let mut enterprise = attested(vec![Pki::new().leaf(&serial)], |_| {});
    enterprise.around(|r| r.options.attestation = Some("enterprise".to_owned()));
    compare(&enterprise.build(), "accept", "");
}

/// Writes version 2 into a certificate and signs it again; rcgen writes version 3 only.
#[test]
fn an_older_certificate_version() {
    let leaf = Pki::new().leaf(&|_| {});
    let tbs_length = usize::from(u16::from_be_bytes([leaf[6], leaf[7]])) + 4;
    let mut tbs = leaf[4..4 + tbs_length].to_vec();
    let version = tbs
        .windows(5)
        .position(|w| w == [0xa0, 3, 2, 1, 2])
        .unwrap();
    tbs[version + 4] = 1;
    let algorithm = [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    let signature = Pki::new().key().sign_der(&tbs);
    let bits = [
        &[3, u8::try_from(signature.len() + 1).unwrap(), 0],
        signature.as_slice(),
    ]
    .concat();
    let body = [tbs.as_slice(), &algorithm, &bits].concat();
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    let der = [&[0x30, 0x82, length[0], length[1]], body.as_slice()].concat();
    compare(
        &attested(vec![der], |_| {}).build(),
        "att.packed.cert.version",
        "",
    );
}

#[test]
fn trust_paths() {
    chain(&|_| {}, "accept");
    chain(
        &|p| p.not_after = date_time_ymd(2025, 1, 1),
        "chain.validity",
    );
    chain(&|p| p.is_ca = IsCa::ExplicitNoCa, "chain.ca");
    chain(
        &|p| p.key_usages = vec![KeyUsagePurpose::DigitalSignature],
        "chain.ca",
    );
    chain(
        &|p| {
            p.distinguished_name
                .push(DnType::CommonName, "another name")
        },
        "chain.name-sig",
    );
    leaf(
        &|p| p.not_after = date_time_ymd(2025, 1, 1),
        "chain.validity",
        "",
    );
    leaf(
        &|p| p.not_before = date_time_ymd(2030, 1, 1),
        "chain.validity",
        "",
    );
    // An anchor is a name and a key, so its own path length does not count.
    let mut limited = attested(Pki::new().chain(&|_| {}), |_| {});
    let mut root = Pki::authority("root");
    root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let anchor = pem(root.self_signed(&key("root")).unwrap().der());
    limited.around(move |r| r.policy.anchors = vec![anchor]);
    compare(&limited.build(), "accept", "");
    let mut corrupt = Pki::new().leaf(&|_| {});
    // The last byte belongs to the signature.
    *corrupt.last_mut().unwrap() ^= 1;
    compare(
        &attested(vec![corrupt], |_| {}).build(),
        "chain.name-sig",
        "",
    );
}

#[test]
fn anchors() {
    let other = Pki::named("another").root_pem();
    let wrong = other.clone();
    around(move |r| r.policy.anchors = vec![wrong], "chain.build");
    around(|r| r.policy.anchors.clear(), "open: reg.trust-anchors");
    around(
        |r| r.policy.anchors = vec!["nonsense".to_owned()],
        "open: reg.trust-anchors",
    );
    around(|r| r.now = None, "open: chain.validity");
    let pinned = pem(&Pki::new().leaf(&|_| {}));
    around(|r| r.policy.anchors = vec![pinned], "accept");
    let same_key = pem(&Pki::new().leaf(&|p| {
        p.distinguished_name
            .push(DnType::CommonName, "a later certificate");
    }));
    around(|r| r.policy.anchors = vec![same_key], "chain.leaf-anchor");
    let intermediate = pem(&Pki::new().chain(&|_| {})[1]);
    let mut below = attested(Pki::new().chain(&|_| {}), |_| {});
    below.around(move |r| r.policy.anchors = vec![intermediate]);
    compare(&below.build(), "accept", "");
    around(
        move |r| {
            r.policy.anchors = vec![other];
            r.policy.untrusted = Some(UntrustedPolicy::Downgrade);
        },
        "accept",
    );
}

/// Where the policy takes an untrusted attestation for none, what would tell whether it is trusted
/// may be missing (`WebAuthn L3 §7.1 step 24`): both ways the ceremony goes on.
#[test]
fn downgraded_whether_trusted_or_not() {
    let downgraded = |edit: fn(&mut Recording), step: &str| {
        around(
            move |r| {
                r.policy.untrusted = Some(UntrustedPolicy::Downgrade);
                edit(r);
            },
            step,
        );
    };
    downgraded(|_| {}, "accept");
    downgraded(|r| r.policy.anchors.clear(), "accept");
    downgraded(|r| r.policy.anchors = vec!["nonsense".to_owned()], "accept");
    downgraded(|r| r.now = None, "accept");
    // A signature that does not verify is another matter.
    let mut forged = attested(vec![Pki::new().leaf(&|_| {})], |members| {
        map(members, "sig", Some(Value::Bytes(vec![0x30, 0])));
    });
    forged.around(|r| {
        r.policy.anchors.clear();
        r.policy.untrusted = Some(UntrustedPolicy::Downgrade);
    });
    compare(&forged.build(), "sig.der", "");
    // Who demands an attestation does not go on without.
    downgraded(
        |r| {
            r.policy.anchors.clear();
            r.policy.require_attestation = Some(true);
        },
        "open: reg.trust-anchors",
    );
    downgraded(
        |r| {
            r.policy.anchors = vec![Pki::named("another").root_pem()];
            r.policy.require_attestation = Some(true);
        },
        "chain.build",
    );
    let trace = |edit: fn(&mut Recording)| {
        let mut made = attested(vec![Pki::new().leaf(&|_| {})], |_| {});
        made.around(move |r| {
            r.policy.untrusted = Some(UntrustedPolicy::Downgrade);
            edit(r);
        });
        crate::fixture::verify(&made.build(), &fidoscope_verifier::Context::default())
    };
    let open = trace(|r| r.policy.anchors.clear());
    let said = open.outcome("reg.trust").unwrap();
    assert_eq!(
        said.found(),
        Some("not known; downgraded by policy if there is none")
    );
    let other = trace(|r| r.policy.anchors = vec![Pki::named("another").root_pem()]);
    let said = other.outcome("reg.trust").unwrap();
    assert_eq!(said.found(), Some("none; downgraded by policy"));
}

/// A chain with a broken link is refused whether or not its first key can be verified with.
#[test]
fn a_broken_link_below_a_key_that_is_not_supported() {
    const P256: &[u8] = b"\x2a\x86\x48\xce\x3d\x03\x01\x07";
    let mut leaf = Pki::new().leaf(&|_| {});
    let at = leaf.windows(8).position(|part| part == P256).unwrap();
    leaf[at + 7] = 0x7f;
    let made = |anchors: Vec<String>| {
        let mut made = attested(vec![leaf.clone()], |_| {});
        made.around(|r| r.policy.anchors = anchors);
        made.build()
    };
    compare(&made(vec![Pki::new().root_pem()]), "chain.name-sig", "");
    let other = Pki::named("another").root_pem();
    compare(&made(vec![other]), "chain.build", "");
    // Pinned, nothing is wrong with the certificate, and nothing is known of the signature.
    let pinned = made(vec![pem(&leaf)]);
    compare(&pinned, "open: att.packed.sig", "");
    status_of(&pinned, "reg.trust.untrusted", Status::NotEvaluated);
    // The same below an algorithm of the statement that nobody here verifies.
    let unknown = |anchor: String| {
        let mut made = attested(vec![Pki::new().leaf(&|_| {})], |members| {
            map(members, "alg", Some((-46).into()));
        });
        made.around(|r| r.policy.anchors = vec![anchor]);
        made.build()
    };
    let other = Pki::named("another").root_pem();
    compare(&unknown(other), "chain.build", "");
    let own = Pki::new().root_pem();
    compare(&unknown(own), "open: att.packed.sig", "");
}

//! Extensions of certificates: those of RFC 5280, and those of authenticators.

use fidoscope_webauthn::Aaguid;
use x509_parser::asn1_rs::{FromDer as _, OctetString};
use x509_parser::extensions::{
    DistributionPointName, ExtendedKeyUsage, GeneralName, KeyUsage, ParsedExtension, X509Extension,
};

use super::drawing::{Drawing, Window, limited};
use super::tree::Part;
use super::{certificate, der, key_description, names};

/// One extension.
pub(super) fn draw(
    found: &X509Extension<'_>,
    window: &Window<'_>,
    drawing: &mut Drawing<'_>,
) -> Part {
    let dotted = found.oid.to_id_string();
    let name = names::identifier(&found.oid);
    let part = Part::new(name.clone().unwrap_or_else(|| dotted.clone()));
    let part = part.placed(window.place(found.value));
    let mut part = match known(&dotted, found.value, part.clone(), window, drawing) {
        Some(known) => known,
        None => parsed(found, part, window, drawing),
    };
    let mut meaning = Vec::from_iter(found.critical.then(|| "critical".to_owned()));
    meaning.extend(part.meaning.take());
    // Everybody knows those of RFC 5280 by name.
    if name.is_some() && !dotted.starts_with("2.5.29.") {
        meaning.push(dotted);
    }
    part.meaning = (!meaning.is_empty()).then(|| meaning.join(", "));
    part
}

/// Extensions that only authenticators have.
fn known(
    dotted: &str,
    value: &[u8],
    part: Part,
    window: &Window<'_>,
    drawing: &mut Drawing<'_>,
) -> Option<Part> {
    match dotted {
        "1.3.6.1.4.1.11129.2.1.17" => {
            let drawn = key_description::draw(window.on(value), drawing);
            Some(Part {
                name: part.name,
                ..drawn
            })
        }
        "1.3.6.1.4.1.45724.1.1.4" => {
            let (rest, octets) = OctetString::from_der(value).ok()?;
            let aaguid = Aaguid(octets.as_ref().try_into().ok()?);
            let mut part = part.text(aaguid.to_string());
            part.meaning = drawing.model(&aaguid);
            if !rest.is_empty() {
                part.note(format!("{} bytes after it", rest.len()));
            }
            Some(part)
        }
        "1.3.6.1.4.1.45724.2.1.1" => match value {
            // A BIT STRING of one byte.
            [3, 2, _, bits] => Some(part.text(transports(*bits))),
            _ => None,
        },
        // Yubico's holds bare text.
        "1.3.6.1.4.1.41482.2" => Some(part.text(str::from_utf8(value).ok()?)),
        _ => None,
    }
}

/// Bits of the FIDO U2F transports extension, the first bit being the highest.
fn transports(bits: u8) -> String {
    let names = ["Bluetooth", "Bluetooth LE", "USB", "NFC", "USB internal"];
    let set = (0_u32..)
        .zip(names)
        .filter(|(at, _)| bits << at & 0x80 != 0);
    let set: Vec<_> = set.map(|(_, name)| name).collect();
    if set.is_empty() {
        "none".to_owned()
    } else {
        set.join(", ")
    }
}

fn parsed(
    found: &X509Extension<'_>,
    part: Part,
    window: &Window<'_>,
    drawing: &mut Drawing<'_>,
) -> Part {
    match found.parsed_extension() {
        ParsedExtension::BasicConstraints(constraints) => part.text(match constraints {
            c if !c.ca => "CA no".to_owned(),
            c => match c.path_len_constraint {
                Some(length) => format!("CA yes, path length {length}"),
                None => "CA yes".to_owned(),
            },
        }),
        ParsedExtension::KeyUsage(usage) => part.text(key_usage(usage)),
        ParsedExtension::ExtendedKeyUsage(usage) => part.text(extended_key_usage(usage)),
        ParsedExtension::SubjectKeyIdentifier(identifier) => part.bytes(identifier.0),
        ParsedExtension::AuthorityKeyIdentifier(identifier) => match &identifier.key_identifier {
            Some(key) => part.bytes(key.0),
            None => part.text("without a key identifier"),
        },
        ParsedExtension::SubjectAlternativeName(names) => {
            general_names(part, &names.general_names, window)
        }
        ParsedExtension::IssuerAlternativeName(names) => {
            general_names(part, &names.general_names, window)
        }
        ParsedExtension::CRLDistributionPoints(points) => {
            let mut part = part;
            for point in limited(points).0 {
                if let Some(DistributionPointName::FullName(names)) = &point.distribution_point {
                    part = general_names(part, names, window);
                }
            }
            part
        }
        ParsedExtension::AuthorityInfoAccess(access) => {
            let mut part = part;
            for one in limited(&access.accessdescs).0 {
                let method = names::identifier_or_dotted(&one.access_method);
                part.parts.push(general_name(&one.access_location, window));
                if let Some(last) = part.parts.last_mut() {
                    last.meaning = Some(method);
                }
            }
            part
        }
        ParsedExtension::CertificatePolicies(policies) => {
            let names: Vec<_> = limited(policies)
                .0
                .iter()
                .map(|policy| names::identifier_or_dotted(&policy.policy_id))
                .collect();
            part.text(names.join(", "))
        }
        _ => other(found, part, window, drawing),
    }
}

/// The DER inside, whatever it means; bytes when it is no DER.
fn other(
    found: &X509Extension<'_>,
    part: Part,
    window: &Window<'_>,
    drawing: &mut Drawing<'_>,
) -> Part {
    let faults = drawing.faults.len();
    let inner = der::draw("", window.on(found.value), drawing);
    if drawing.faults.len() == faults && inner.notes.is_empty() {
        return part.with(inner);
    }
    // An extension holds DER by RFC 5280 §4.1; some vendors put bare bytes there.
    drawing.faults.truncate(faults);
    let mut part = part.bytes(found.value);
    if found.parsed_extension().error().is_some() {
        part.note("not of the form that its identifier promises");
    }
    part
}

fn key_usage(usage: &KeyUsage) -> String {
    let bits = [
        (usage.digital_signature(), "digitalSignature"),
        (usage.non_repudiation(), "nonRepudiation"),
        (usage.key_encipherment(), "keyEncipherment"),
        (usage.data_encipherment(), "dataEncipherment"),
        (usage.key_agreement(), "keyAgreement"),
        (usage.key_cert_sign(), "keyCertSign"),
        (usage.crl_sign(), "cRLSign"),
        (usage.encipher_only(), "encipherOnly"),
        (usage.decipher_only(), "decipherOnly"),
    ];
    let set: Vec<_> = bits.iter().filter(|bit| bit.0).map(|bit| bit.1).collect();
    if set.is_empty() {
        "none".to_owned()
    } else {
        set.join(", ")
    }
}

fn extended_key_usage(usage: &ExtendedKeyUsage<'_>) -> String {
    let purposes = [
        (usage.any, "any"),
        (usage.server_auth, "serverAuth"),
        (usage.client_auth, "clientAuth"),
        (usage.code_signing, "codeSigning"),
        (usage.email_protection, "emailProtection"),
        (usage.time_stamping, "timeStamping"),
        (usage.ocsp_signing, "OCSPSigning"),
    ];
    let known = purposes.iter().filter(|p| p.0).map(|p| p.1.to_owned());
    let other = limited(&usage.other)
        .0
        .iter()
        .map(names::identifier_or_dotted);
    known.chain(other).collect::<Vec<_>>().join(", ")
}

fn general_names(mut part: Part, found: &[GeneralName<'_>], window: &Window<'_>) -> Part {
    let (shown, omitted) = limited(found);
    part.omitted += omitted;
    part.parts
        .extend(shown.iter().map(|name| general_name(name, window)));
    part
}

fn general_name(found: &GeneralName<'_>, window: &Window<'_>) -> Part {
    let text = |label: &'static str, text: &str| {
        let part = Part::new(label).placed(window.place(text.as_bytes()));
        part.text(text)
    };
    match found {
        GeneralName::RFC822Name(name) => text("email", name),
        GeneralName::DNSName(name) => text("DNS", name),
        GeneralName::URI(name) => text("URI", name),
        GeneralName::DirectoryName(name) => certificate::name("directoryName", name, window),
        GeneralName::IPAddress(bytes) => Part::new("IP address").bytes(bytes),
        GeneralName::RegisteredID(oid) => {
            Part::new("registeredID").text(names::identifier_or_dotted(oid))
        }
        GeneralName::OtherName(oid, bytes) => {
            let part = Part::new("otherName")
                .placed(window.place(bytes))
                .bytes(bytes);
            part.meaning(names::identifier_or_dotted(oid))
        }
        GeneralName::Invalid(_, bytes) => {
            let mut part = Part::new("name").placed(window.place(bytes)).bytes(bytes);
            part.note("cannot be read");
            part
        }
        GeneralName::X400Address(any) => Part::new("X.400 address").bytes(any.data),
        GeneralName::EDIPartyName(any) => Part::new("EDI party name").bytes(any.data),
    }
}

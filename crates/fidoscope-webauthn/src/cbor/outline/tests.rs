use super::*;
use proptest::prelude::*;

fn drawn(item: &Item<'_>) -> String {
    let place = format!("{}+{}", item.offset, item.length);
    match &item.content {
        Content::Value(value) => format!("{} {place}", value.kind()),
        Content::Cut { bytes, .. } => format!("cut {place} of {}", bytes.len()),
        Content::Array(items) => {
            let items: Vec<_> = items.iter().map(drawn).collect();
            format!("array {place} [{}]", items.join(", "))
        }
        Content::Map(entries) => {
            let entry = |(key, value): &(Item<'_>, Option<Item<'_>>)| {
                let value = value.as_ref().map_or("-".to_owned(), drawn);
                format!("{}: {value}", drawn(key))
            };
            let entries: Vec<_> = entries.iter().map(entry).collect();
            format!("map {place} {{{}}}", entries.join(", "))
        }
        Content::Tag(tag, inner) => {
            let inner = inner.as_ref().map_or("-".to_owned(), |item| drawn(item));
            format!("tag {tag} {place} ({inner})")
        }
    }
}

#[track_caller]
fn check(bytes: &[u8], expected: &str) {
    let found = outline(bytes, 0);
    let mut said = found.item.as_ref().map_or("nothing".to_owned(), drawn);
    if let Some(fault) = found.fault {
        said.push_str(&format!("; {fault}"));
    }
    assert_eq!(said, expected);
}

#[test]
fn every_part_has_its_place() {
    check(
        &[0xa2, 1, 0x82, 2, 3, 0x20, 0x41, 9],
        "map 0+8 {integer 1+1: array 2+3 [integer 3+1, integer 4+1], integer 5+1: byte string 6+2}",
    );
    check(&[0xc1, 0x00], "tag 1 0+2 (integer 1+1)");
}

#[test]
fn what_came_before_a_fault_is_kept() {
    check(
        &[0xa2, 1, 2, 3, 0x45, 7, 7],
        "map 0+7 {integer 1+1: integer 2+1, integer 3+1: cut 4+3 of 2}; declared length 5 exceeds the 2 bytes left at offset 4",
    );
    check(
        &[0x84, 1, 2],
        "array 0+3 [integer 1+1, integer 2+1]; declared length 4 exceeds the 2 bytes left at offset 0",
    );
    check(&[], "nothing; input ends inside an item at offset 0");
    check(
        &[0x82, 1, 0x1c],
        "array 0+3 [integer 1+1]; reserved initial byte 0x1c at offset 2",
    );
}

proptest! {
    #[test]
    fn it_agrees_with_the_decoder(bytes in prop::collection::vec(any::<u8>(), 1..80)) {
        let found = outline(&bytes, 0);
        match decode_at(&bytes, 0) {
            Ok(decoded) => {
                prop_assert_eq!(found.fault, None);
                prop_assert_eq!(found.consumed, decoded.consumed);
            }
            Err(error) => prop_assert_eq!(found.fault, Some(error)),
        }
    }

    #[test]
    fn it_agrees_on_what_is_nearly_right(at in 0_usize..40, byte: u8, keep in 0_usize..40) {
        let mut bytes = vec![0xa3, 1, 2, 0x63, b'f', b'm', b't', 0x82, 0xa1, 0x20, 0x44, 1, 2, 3, 4, 0x9f, 1, 0xff, 0x20, 0xc1, 0x05];
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        bytes.truncate(keep);
        let fault = outline(&bytes, 0).fault;
        match decode_at(&bytes, 0) {
            Ok(_) => prop_assert_eq!(fault, None),
            Err(error) => prop_assert_eq!(fault, Some(error)),
        }
    }
}

//! Paths of a mapping: `actor.id`, `target[type=User].id`, `attributes[key~=^aaguid$].value.*`.

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The member of an object.
    Key(String),
    /// Any member of an object that no other path names.
    Any,
    /// Elements of an array.
    Select(Which),
}

/// Which elements of an array a path goes on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// The first of which a member has this text.
    Equals { key: String, value: String },
    /// The first of which a member matches, without regard to letter case.
    Matches { key: String, pattern: String },
    /// The one at this place, from 0.
    Place(usize),
    /// All of them; their texts make a list.
    All,
    /// The first for which all of these hold.
    Both(Vec<Which>),
}

impl Which {
    /// The regular expressions in it.
    pub(crate) fn patterns(&self) -> Vec<&str> {
        match self {
            Self::Matches { pattern, .. } => vec![pattern],
            Self::Both(tests) => tests.iter().flat_map(Self::patterns).collect(),
            _ => Vec::new(),
        }
    }
}

/// The steps of a path, or what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Vec<Part>, &'static str> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (key, tail) = key(rest)?;
        parts.push(key);
        rest = tail;
        while let Some(inside) = rest.strip_prefix('[') {
            let (select, tail) = inside.split_once(']').ok_or("`[` without `]`")?;
            parts.push(Part::Select(which(select)?));
            rest = tail;
        }
        match rest.strip_prefix('.') {
            Some(tail) => rest = tail,
            None if rest.is_empty() => return Ok(parts),
            None => return Err("`.` is missing after `]`"),
        }
    }
}

/// A name, in quotes when it has a point in it, or `*`.
fn key(text: &str) -> Result<(Part, &str), &'static str> {
    let (key, rest) = match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').ok_or("a closing quote is missing")?,
        None => text.split_at(text.find(['.', '[']).unwrap_or(text.len())),
    };
    match key {
        "" => Err("a name is missing"),
        "*" => Ok((Part::Any, rest)),
        _ => Ok((Part::Key(key.to_owned()), rest)),
    }
}

const SHAPE: &str = "`[` must hold `name=text`, `name~=pattern`, a place or `*`";

/// Stands between the tests of one element.
const AND: &str = " and ";

fn which(select: &str) -> Result<Which, &'static str> {
    if select == "*" {
        return Ok(Which::All);
    }
    if let Ok(place) = select.parse() {
        return Ok(Which::Place(place));
    }
    if select.contains(AND) {
        return select
            .split(AND)
            .map(which)
            .collect::<Result<_, _>>()
            .map(Which::Both);
    }
    let (key, value) = select.split_once('=').ok_or(SHAPE)?;
    let matched = key.strip_suffix('~');
    let key = matched.unwrap_or(key).to_owned();
    if key.is_empty() || key.contains('.') {
        return Err("`[` must hold `name=text` with one name");
    }
    match matched {
        None => Ok(Which::Equals {
            key,
            value: value.to_owned(),
        }),
        Some(_) => Ok(Which::Matches {
            key,
            pattern: value.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<usize, &str>) {
        assert_eq!(parse(text).map(|parts| parts.len()), expected, "{text}");
    }

    #[test]
    fn paths() {
        check("eventType", Ok(1));
        check("extensions.journey-type", Ok(2));
        check("target[type=AuthenticatorEnrollment].displayName", Ok(3));
        check("targetResources[0].id", Ok(3));
        check("prompts[*].performed_amr", Ok(3));
        check("attributes[key~=^aaguid$].value.*", Ok(4));
        check("steps[method~=^fido2 and succeeded=true].detail", Ok(3));
        check("a[b=c and d].e", Err(SHAPE));
        check(r#"tags."user.id".x"#, Ok(3));
        check("a..b", Err("a name is missing"));
        check("", Err("a name is missing"));
        check("a[b].c", Err(SHAPE));
        check("a[=c]", Err("`[` must hold `name=text` with one name"));
        check("a[b=c", Err("`[` without `]`"));
        check("a[b=c]d", Err("`.` is missing after `]`"));
        check("\"a", Err("a closing quote is missing"));
    }
}

//! Paths of a mapping: `actor.id`, `target[type=User].id`.

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The member of an object.
    Key(String),
    /// The first element of an array whose member has this text.
    Select { key: String, value: String },
}

/// The steps of a path, or what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Vec<Part>, &'static str> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (key, tail) = rest.split_at(end);
        if key.is_empty() {
            return Err("a name is missing");
        }
        parts.push(Part::Key(key.to_owned()));
        rest = tail;
        while let Some(inside) = rest.strip_prefix('[') {
            let (select, tail) = inside.split_once(']').ok_or("`[` without `]`")?;
            let (key, value) = select.split_once('=').ok_or("`[` must hold `name=text`")?;
            if key.is_empty() || key.contains('.') {
                return Err("`[` must hold `name=text` with one name");
            }
            parts.push(Part::Select {
                key: key.to_owned(),
                value: value.to_owned(),
            });
            rest = tail;
        }
        match rest.strip_prefix('.') {
            Some(tail) => rest = tail,
            None if rest.is_empty() => return Ok(parts),
            None => return Err("`.` is missing after `]`"),
        }
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
        check("a..b", Err("a name is missing"));
        check("", Err("a name is missing"));
        check("a[0].b", Err("`[` must hold `name=text`"));
        check("a[b=c", Err("`[` without `]`"));
        check("a[b=c]d", Err("`.` is missing after `]`"));
    }
}

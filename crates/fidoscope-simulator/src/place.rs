//! Where people are and what they sit at. Addresses and systems are those kept for documentation.

/// A network in a country.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) country: &'static str,
    /// As Okta writes it.
    pub(crate) country_name: &'static str,
    pub(crate) city: &'static str,
    /// Autonomous system, from 64496-64511 (RFC 5398).
    pub(crate) asn: u32,
    /// Start of its IPv4 addresses (RFC 5737); the host's number follows.
    pub(crate) prefix: &'static str,
    /// Degrees north, thousandths.
    pub(crate) north: i32,
    /// Degrees east, thousandths.
    pub(crate) east: i32,
    pub(crate) share: u32,
}

/// Home networks. The last one is nobody's: attackers come from it.
pub(crate) const PLACES: [Place; 8] = [
    place(
        ("DE", "Germany", "Leipzig"),
        64_496,
        "192.0.2.",
        (51_340, 12_375),
        30,
    ),
    place(
        ("DE", "Germany", "Kiel"),
        64_497,
        "198.51.100.",
        (54_323, 10_139),
        16,
    ),
    place(
        ("SE", "Sweden", "Umea"),
        64_498,
        "203.0.113.",
        (63_825, 20_263),
        14,
    ),
    place(
        ("FR", "France", "Nantes"),
        64_499,
        "192.0.2.",
        (47_218, -1_553),
        14,
    ),
    place(
        ("PL", "Poland", "Gdynia"),
        64_500,
        "198.51.100.",
        (54_518, 18_530),
        12,
    ),
    place(
        ("NL", "Netherlands", "Breda"),
        64_501,
        "203.0.113.",
        (51_571, 4_768),
        10,
    ),
    place(
        ("CA", "Canada", "Regina"),
        64_502,
        "192.0.2.",
        (50_445, -104_618),
        4,
    ),
    place(
        ("BR", "Brazil", "Recife"),
        64_510,
        "203.0.113.",
        (-8_047, -34_877),
        0,
    ),
];

/// Where attackers come from.
pub(crate) const ELSEWHERE: &Place = &PLACES[7];

const fn place(
    (country, country_name, city): (&'static str, &'static str, &'static str),
    asn: u32,
    prefix: &'static str,
    (north, east): (i32, i32),
    share: u32,
) -> Place {
    Place {
        country,
        country_name,
        city,
        asn,
        prefix,
        north,
        east,
        share,
    }
}

/// A browser on an operating system.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) os: &'static str,
    pub(crate) browser: &'static str,
    pub(crate) class: &'static str,
    pub(crate) user_agent: &'static str,
}

/// What people sit at.
pub(crate) const DEVICES: [Device; 7] = [
    Device {
        os: "Windows",
        browser: "Chrome",
        class: "desktop",
        user_agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/154.0.0.0 Safari/537.36",
    },
    Device {
        os: "Windows",
        browser: "Edge",
        class: "desktop",
        user_agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/154.0.0.0 Safari/537.36 Edg/154.0.0.0",
    },
    Device {
        os: "macOS",
        browser: "Safari",
        class: "desktop",
        user_agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15",
    },
    Device {
        os: "macOS",
        browser: "Chrome",
        class: "desktop",
        user_agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/154.0.0.0 Safari/537.36",
    },
    Device {
        os: "iOS",
        browser: "Safari",
        class: "mobile",
        user_agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
    },
    Device {
        os: "Android",
        browser: "Chrome",
        class: "mobile",
        user_agent: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/154.0.0.0 Mobile Safari/537.36",
    },
    Device {
        os: "Linux",
        browser: "Firefox",
        class: "desktop",
        user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    },
];

/// What the attackers sit at.
pub(crate) const BORROWED: &Device = &DEVICES[6];

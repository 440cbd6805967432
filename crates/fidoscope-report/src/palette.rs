//! Colours of words on a terminal, as numbers of the palette of 256.
//!
//! The sixteen basic colours are each user's own, and most palettes have a yellow that cannot be read
//! on white or a blue that cannot be read on black. Nobody tells a program which of the two it writes
//! on, so these are the few colours whose contrast is at least 4.5 : 1 on both (WCAG 2.2 §1.4.3);
//! those above 15 are the same on every terminal.

/// What is as it should be.
pub const GOOD: u8 = 29;
/// What is not.
pub const BAD: u8 = 163;
/// What wants a look.
pub const WARNING: u8 = 131;
/// What has the focus, and the first line of a chart.
pub const ACCENT: u8 = 63;
/// What matters less.
pub const FAINT: u8 = 243;

/// All of them.
pub const ALL: [u8; 5] = [GOOD, BAD, WARNING, ACCENT, FAINT];

#[cfg(test)]
mod tests {
    use super::ALL;

    /// The red, green and blue of a number from 16 on: a cube of six steps, then 24 greys.
    fn shade(number: u8) -> [f64; 3] {
        let step = |at: u8| {
            if at == 0 {
                0.0
            } else {
                55.0 + 40.0 * f64::from(at)
            }
        };
        match number - 16 {
            grey @ 216.. => [8.0 + 10.0 * f64::from(grey - 216); 3],
            cube => [cube / 36, cube / 6 % 6, cube % 6].map(step),
        }
    }

    /// Relative luminance (WCAG 2.2).
    fn luminance(shade: [f64; 3]) -> f64 {
        let linear = shade.map(|part| match part / 255.0 {
            low if low <= 0.04045 => low / 12.92,
            high => ((high + 0.055) / 1.055).powf(2.4),
        });
        let [red, green, blue] = linear;
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn the_formula_gives_the_published_numbers() {
        let white = [255.0; 3];
        assert!((contrast(white, [0.0; 3]) - 21.0).abs() < 0.01);
        // Yellow (#cdcd00) and cyan (#00cdcd) of xterm on white.
        assert!((contrast(white, [205.0, 205.0, 0.0]) - 1.70).abs() < 0.01);
        assert!((contrast(white, [0.0, 205.0, 205.0]) - 1.98).abs() < 0.01);
    }

    #[test]
    fn every_colour_can_be_read_on_black_and_on_white() {
        for number in ALL {
            for ground in [[0.0; 3], [255.0; 3]] {
                let contrast = contrast(shade(number), ground);
                assert!(contrast >= 4.5, "{number} on {ground:?}: {contrast:.2}");
            }
        }
    }
}

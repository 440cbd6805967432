use super::Dice;

#[test]
fn same_seed_and_purpose_same_numbers() {
    let draw = |seed, purpose| {
        let mut dice = Dice::new(seed, purpose);
        [dice.number(), dice.number(), dice.number()]
    };
    assert_eq!(draw(7, 1), draw(7, 1));
    assert_ne!(draw(7, 1), draw(7, 2));
    assert_ne!(draw(7, 1), draw(8, 1));
}

#[test]
fn spread_keeps_its_median_and_has_a_tail() {
    let mut dice = Dice::new(1, 1);
    let mut drawn: Vec<u32> = (0..20_001).map(|_| dice.spread(1000)).collect();
    drawn.sort_unstable();
    assert!((970..=1030).contains(&drawn[10_000]), "{}", drawn[10_000]);
    // exp(0.5 * 1.645) = 2.28 at the 95th percentile.
    assert!((2150..=2400).contains(&drawn[19_000]), "{}", drawn[19_000]);
}

#[test]
fn weights_are_respected() {
    let mut dice = Dice::new(3, 9);
    let mut seen = [0_u32; 3];
    for _ in 0..10_000 {
        seen[dice.weighted([1_u32, 0, 3].into_iter())] += 1;
    }
    assert_eq!(seen[1], 0);
    assert!((2300..=2700).contains(&seen[0]), "{seen:?}");
}

#[test]
fn edges_do_not_panic() {
    let mut dice = Dice::new(0, 0);
    assert_eq!(dice.below(0), 0);
    assert_eq!(dice.index(0), 0);
    assert_eq!(dice.weighted([0_u32].into_iter()), 0);
    assert_eq!(dice.between(5, 5), 5);
    assert_eq!(*dice.pick(&4, &[]), 4);
}

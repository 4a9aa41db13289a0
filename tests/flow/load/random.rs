//! Random contents of CERT, random changes in PROD, random strategies: what is loaded and taken back leaves no trace,
//! and what is refused changes nothing.

use super::world::{Engine, World};
use datamig::phase::load::Strategy;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// What testers do: to rows of their own, under our keys, and to shared rows.
const IN_CERT: [&str; 9] = [
    "INSERT OR IGNORE INTO districts VALUES ('d1', 'Theirs $')",
    "INSERT OR IGNORE INTO grade_levels VALUES (1$, 'Theirs')",
    "UPDATE grade_levels SET title = 'Theirs $' WHERE level = 1 + $ % 2",
    "INSERT OR IGNORE INTO districts VALUES ('d1', 'Theirs'); \
     INSERT OR IGNORE INTO students VALUES (10$, 'd1', 90, 9, 'Theirs', NULL)",
    "INSERT OR IGNORE INTO students VALUES (10$, 'd9', 90, 9, 'Theirs', NULL)",
    "INSERT OR IGNORE INTO staff VALUES (1$, 90, NULL, $, '2000-01-0$', NULL)",
    "INSERT INTO visits VALUES (900, '2026-01-0$ 00:00:00', 'twice')",
    "DELETE FROM grade_levels WHERE level = 1 + $ % 2",
    "UPDATE students SET note = 'changed $'",
];

/// What happens in PROD between two runs.
const IN_PROD: [&str; 6] = [
    "UPDATE students SET name = name || '$' WHERE id = 100 + $ % 3",
    "DELETE FROM visits WHERE what = 'twice'",
    "INSERT INTO visits VALUES (100 + $ % 2, '2026-03-0$ 00:00:00', 'new')",
    "INSERT OR IGNORE INTO students VALUES (11$, 'd1', 2, 1, 'New', NULL)",
    "DELETE FROM visits WHERE student_id = 102; DELETE FROM students WHERE id = 102",
    "UPDATE schools SET principal_id = NULL WHERE id = 1 + $ % 2",
];

fn some(dice: &mut Dice, of: &[&str], most: u64) -> String {
    let count = dice.below(most + 1);
    let one = |dice: &mut Dice| {
        of[dice.below(of.len() as u64) as usize].replace('$', &(1 + dice.below(9)).to_string())
    };
    (0..count).map(|_| one(dice)).collect::<Vec<_>>().join(";")
}

/// Loads, or is refused and leaves everything. Returns whether it was loaded.
fn load(world: &World, seed: u64) -> bool {
    let before = world.dump();
    match world.load() {
        Ok(_) => {
            let verified = world.verify();
            assert!(verified.is_valid(), "seed {seed}: {:?}", verified.issues);
            true
        }
        Err(_) => {
            assert_eq!(world.dump(), before, "seed {seed}: refused");
            false
        }
    }
}

#[test]
fn whatever_is_loaded_can_be_taken_back() {
    let strategies = [None, None, Some(Strategy::Upsert), Some(Strategy::Merge), Some(Strategy::Insert)];
    let (mut loads, mut seconds) = (0, 0);
    for seed in 0..16 {
        let dice = &mut Dice(seed);
        let mut world = World::new(Engine::Sqlite);
        world.in_cert("ids", &some(dice, &IN_CERT, 4));
        world.strategy = strategies[dice.below(5) as usize];
        let before = world.dump();
        if !load(&world, seed) {
            continue;
        }
        loads += 1;
        let between = some(dice, &IN_CERT[..7], 2);
        world.in_cert("ids", &between);
        let mid = world.dump();
        let mut later = world.next(&some(dice, &IN_PROD, 5));
        later.strategy = strategies[dice.below(4) as usize];
        if load(&later, seed) {
            seconds += 1;
            later.roll_back_in(&later.targets(), true).unwrap();
            assert_eq!(world.dump(), mid, "seed {seed}: the second load");
        }
        if between.is_empty() {
            world.roll_back().unwrap();
            assert_eq!(world.dump(), before, "seed {seed}: the first load");
        }
    }
    assert!(loads > 4 && seconds > 2, "{loads} loads, {seconds} second ones");
}

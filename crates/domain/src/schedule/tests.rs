//! Clocks on walls, over every change of their offsets in four years.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::Offset};
use serde_json::json;

use super::{Availability, BadTime, Series, Span, Tick, WallTime, Zone, slots_of};

const ZONES: [&str; 9] = [
    "Asia/Tokyo",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "UTC",
];

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Three days on either side of every change of the zone's offset from 2025 to 2028, and of one day of each year.
fn days_of_change(zone: &Zone) -> Vec<Timestamp> {
    let (from, until) = (
        instant("2025-01-01T00:00:00Z"),
        instant("2029-01-01T00:00:00Z"),
    );
    let changes = zone.rules().following(from);
    let changes = changes.map(|change| change.timestamp());
    let usual = [2025, 2026, 2027, 2028].map(|year| instant(&format!("{year}-07-01T00:00:00Z")));
    changes.take_while(|at| *at < until).chain(usual).collect()
}

fn around(change: Timestamp) -> Span {
    Span::within(change - DAY * 3, change + DAY * 3).unwrap()
}

fn availability(json: serde_json::Value) -> Availability {
    let availability: Availability = serde_json::from_value(json).unwrap();
    availability.check().unwrap();
    availability
}

/// Random numbers, the same ones each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % sides).unwrap()
    }
}

#[test]
fn weekly_hours_are_the_ticks_at_which_the_clock_on_the_wall_shows_them() {
    let mut ticks_seen = 0;
    for name in ZONES {
        let zone = zone(name);
        let hours = availability(json!({"zone": name, "weekly": [
            {"days": ["monday", "tuesday", "wednesday", "thursday", "friday"], "from": "09:00", "until": "17:30"},
            {"days": ["saturday", "sunday"], "from": "00:00", "until": "02:30"},
            {"days": ["sunday"], "from": "22:15", "until": "24:00"},
        ]}));
        for change in days_of_change(&zone) {
            let window = around(change);
            let shown = |tick: &Tick| {
                let local = zone.shows(tick.instant());
                let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
                match local.date().weekday().to_monday_one_offset() {
                    6 => minute < 150,
                    7 => !(150..22 * 60 + 15).contains(&minute),
                    _ => (9 * 60..17 * 60 + 30).contains(&minute),
                }
            };
            let expected: BTreeSet<Tick> = window.ticks().filter(shown).collect();

            let open = hours.open_in(window);

            let found: BTreeSet<Tick> = open.iter().flat_map(|span| span.ticks()).collect();
            assert_eq!(found, expected, "{name} around {change}");
            assert!(open.is_sorted_by(|one, next| one.until() < next.from()));
            ticks_seen += found.len();
        }
    }
    assert!(ticks_seen > 10_000, "{ticks_seen}");
}

#[test]
fn a_day_of_change_has_as_many_half_hours_as_hours_passed() {
    for (name, day, half_hours) in [
        ("America/New_York", "2026-03-08", 46),
        ("America/New_York", "2026-11-01", 50),
        ("Europe/Berlin", "2026-03-29", 46),
        ("Europe/Berlin", "2026-10-25", 50),
        ("Australia/Lord_Howe", "2026-04-05", 49),
        ("Australia/Lord_Howe", "2026-10-04", 47),
        ("Asia/Tokyo", "2026-03-29", 48),
        ("Asia/Kathmandu", "2026-03-29", 48),
    ] {
        let all = [
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ];
        let hours = availability(json!({"zone": name, "weekly": [],
            "exceptions": [{"on": day, "open": [{"from": "00:00", "until": "24:00"}]}]}));
        let weekly = availability(json!({"zone": name,
            "weekly": [{"days": all, "from": "00:00", "until": "24:00"}]}));
        let noon = zone(name)
            .instant(format!("{day}T12:00").parse().unwrap(), None)
            .unwrap();

        let open = hours.open_in(around(noon));

        let [open] = open[..] else {
            panic!("{name} {day}: {open:?}")
        };
        assert_eq!(open.minutes(), half_hours * 30, "{name} {day}");
        assert_eq!(weekly.open_in(around(noon)), [around(noon)]);
    }
}

#[test]
fn every_local_time_is_one_instant_or_refused_by_name() {
    let (mut gaps, mut overlaps, mut plain) = (0, 0, 0);
    for name in ZONES {
        let zone = zone(name);
        let mut dice = Dice(2026);
        let changes = days_of_change(&zone);
        let random = (0..10_000).map(|number| {
            let change = changes[usize::try_from(dice.below(changes.len() as u64)).unwrap()];
            // Half of them within two hours of a change.
            let ticks = if number % 2 == 0 { 24 } else { 3 * 288 };
            let away = dice.below(2 * ticks) - i64::try_from(ticks).unwrap();
            zone.shows(change) + SignedDuration::from_mins(5 * away)
        });
        let offsets: BTreeSet<Offset> = changes
            .iter()
            .flat_map(|change| [*change, *change - SignedDuration::from_secs(1)])
            .map(|at| zone.rules().to_offset(at))
            .collect();
        for local in random.collect::<Vec<DateTime>>() {
            let text = local.strftime("%Y-%m-%dT%H:%M").to_string();
            let said: WallTime = serde_json::from_value(json!(text)).unwrap();
            // Every instant at which the clock shows it, found by asking the clock.
            let shown = offsets
                .iter()
                .map(|offset| offset.to_timestamp(local).unwrap());
            let instants: BTreeSet<Tick> = shown
                .filter(|at| zone.shows(*at) == local)
                .map(|at| Tick::at(at).unwrap())
                .collect();
            let instants: Vec<Tick> = instants.into_iter().collect();

            let meant = said.tick(Some(&zone));

            match instants[..] {
                [] => {
                    assert_eq!(meant, Err(BadTime::Gap), "{name} {local}");
                    gaps += 1;
                }
                [only] => {
                    assert_eq!(meant, Ok(only), "{name} {local}");
                    plain += 1;
                }
                [..] => {
                    assert_eq!(meant, Err(BadTime::Overlap), "{name} {local}");
                    for tick in &instants {
                        let offset = zone.rules().to_offset(tick.instant());
                        assert_eq!(zone.instant(local, Some(offset.into())), Ok(tick.instant()));
                    }
                    overlaps += 1;
                }
            }
        }
    }
    assert!(gaps > 1_000 && overlaps > 1_000, "{gaps} {overlaps}");
    assert_eq!(gaps + overlaps + plain, 90_000);
}

#[test]
fn an_instant_says_itself_and_must_fit_its_zone() {
    let tick = |text: &str, zone: Option<&str>| {
        let said: WallTime = serde_json::from_value(json!(text)).unwrap();
        let zone = zone.map(|name| Zone::named(name).unwrap());
        said.tick(zone.as_ref()).map(Tick::instant)
    };

    let tokyo = tick("2026-12-08T10:00:00+09:00", Some("Asia/Tokyo"));
    assert_eq!(tokyo, Ok(instant("2026-12-08T01:00:00Z")));
    assert_eq!(tick("2026-12-08T01:00:00Z", Some("Asia/Tokyo")), tokyo);
    assert_eq!(
        tick("2026-12-08T10:00:00+08:00", Some("Asia/Tokyo")),
        Err(BadTime::Offset)
    );
    assert_eq!(
        tick("2026-11-01T01:30:00-05:00", Some("America/New_York")),
        Ok(instant("2026-11-01T06:30:00Z"))
    );
    assert_eq!(tick("2026-12-08T10:02:00Z", None), Err(BadTime::Grid));
    assert_eq!(tick("2026-12-08T10:00", None), Err(BadTime::NoZone));
    for bad in [
        "tomorrow",
        "2026-13-01T00:00",
        "2026-12-08T10:00[Asia/Tokyo]",
        "",
    ] {
        assert!(
            serde_json::from_value::<WallTime>(json!(bad)).is_err(),
            "{bad}"
        );
    }
    for bad in ["Mars/Olympus", "", "+09:00", "Etc/Unknown"] {
        assert!(Zone::named(bad).is_err(), "{bad}");
    }
}

#[test]
fn exceptions_take_the_place_of_the_weekly_hours_and_name_hours_that_are_none() {
    let check = |exception: serde_json::Value| {
        let said: Availability = serde_json::from_value(
            json!({"zone": "America/New_York", "weekly": [], "exceptions": [exception]}),
        )
        .unwrap();
        said.check().map_err(|fault| (fault.field, fault.message))
    };
    let gap = check(json!({"on": "2026-03-08", "open": [{"from": "02:30", "until": "09:00"}]}));
    let (field, message) = gap.unwrap_err();
    assert_eq!(field, "exceptions[0].open[0].from");
    assert!(message.starts_with("does not exist there"));
    let twice = json!({"on": "2026-11-01", "open": [{"from": "01:30", "until": "09:00"}]});
    let (_, message) = check(twice).unwrap_err();
    assert!(message.contains("an offset is needed"));
    let once = json!({"on": "2026-11-01",
        "open": [{"from": "01:30", "from_offset": "-05:00", "until": "09:00"}]});
    assert_eq!(check(once), Ok(()));

    let hours = availability(json!({"zone": "Asia/Tokyo",
        "weekly": [{"days": ["tuesday"], "from": "09:00", "until": "18:00"}],
        "exceptions": [{"on": "2026-12-08"}, {"on": "2026-12-09", "open": [{"from": "10:00", "until": "11:00"}]}]}));
    let open = hours.open_in(around(instant("2026-12-08T00:00:00Z")));
    let [open] = open[..] else { panic!("{open:?}") };
    assert_eq!(open.starts_at(), instant("2026-12-09T01:00:00Z"));
    assert_eq!(open.minutes(), 60);
}

#[test]
fn slots_run_in_time_that_passes_and_never_overlap() {
    let series = |json: serde_json::Value| serde_json::from_value::<Series>(json).unwrap();
    let slots = |zone_name: &str, all: &[Series]| {
        slots_of(all, &zone(zone_name)).map_err(|fault| (fault.field, fault.message))
    };
    let night = series(
        json!({"on": "2026-11-01", "from": "00:30", "count": 4, "minutes": 30, "pause_minutes": 30}),
    );
    let made = slots("America/New_York", std::slice::from_ref(&night)).unwrap();
    let starts: Vec<String> = made
        .iter()
        .map(|slot| slot.starts_at().to_string())
        .collect();
    assert_eq!(
        starts,
        [
            "2026-11-01T04:30:00Z",
            "2026-11-01T05:30:00Z",
            "2026-11-01T06:30:00Z",
            "2026-11-01T07:30:00Z"
        ]
    );

    let in_gap = series(json!({"on": "2026-03-29", "from": "02:30", "count": 1, "minutes": 30}));
    let (field, _) = slots("Europe/Berlin", &[night.clone(), in_gap]).unwrap_err();
    assert_eq!(field, "series[1].from");
    let (field, message) = slots("Europe/Berlin", &[night.clone(), night]).unwrap_err();
    assert_eq!(
        (field.as_str(), message.as_str()),
        ("series[1].from", "overlaps another series")
    );
    for (bad, field) in [
        (
            json!({"on": "2026-12-08", "from": "09:00", "count": 1, "minutes": 121}),
            "series[0].minutes",
        ),
        (
            json!({"on": "2026-12-08", "from": "09:00", "count": 1, "minutes": 0}),
            "series[0].minutes",
        ),
        (
            json!({"on": "2026-12-08", "from": "09:00", "count": 0, "minutes": 5}),
            "series[0].count",
        ),
        (
            json!({"on": "2026-12-08", "from": "09:00", "count": 1, "minutes": 5, "pause_minutes": 3}),
            "series[0].pause_minutes",
        ),
    ] {
        let (named, _) = slots("Asia/Tokyo", &[series(bad)]).unwrap_err();
        assert_eq!(named, field);
    }
}

#[test]
fn offsets_and_times_of_day_are_written_as_they_are_read() {
    let json = json!({"zone": "America/New_York", "weekly": [{"days": ["friday"], "from": "09:05", "until": "24:00"}],
        "exceptions": [{"on": "2026-11-01", "open": [
            {"from": "01:30", "from_offset": "-05:00", "until": "09:00"}]}], "capacity": 3});

    let read: Availability = serde_json::from_value(json.clone()).unwrap();

    assert_eq!(serde_json::to_value(&read).unwrap(), json);
    let offset = read.exceptions[0].open[0].from_offset;
    assert_eq!(offset, Some(Offset::from_hours(-5).unwrap().into()));
    for bad in ["9:00", "24:05", "10:03", "25:00", "10:60", "noon"] {
        let weekly = json!([{"days": ["friday"], "from": bad, "until": "24:00"}]);
        let said = json!({"zone": "UTC", "weekly": weekly});
        assert!(
            serde_json::from_value::<Availability>(said).is_err(),
            "{bad}"
        );
    }
}

//! How people want to be told of what happens.

use diesel::prelude::*;
use domain::{NoticeSettings, Noun, PersonId, Rhythm, schedule::Zone};

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::notice_settings,
    types::{Json, Uid},
};

type Row = (String, String, Json, i32);

fn read((zone, rhythm, muted, version): Row) -> Result<NoticeSettings, StoreError> {
    let corrupt = || StoreError::Corrupt(Noun::Person);
    Ok(NoticeSettings {
        zone: Zone::named(&zone).map_err(|_| corrupt())?,
        rhythm: if rhythm == "daily" {
            Rhythm::Daily
        } else {
            Rhythm::Immediate
        },
        muted: serde_json::from_value(muted.0).map_err(|_| corrupt())?,
        version: version.cast_unsigned(),
    })
}

/// What the person said, or the usual.
pub fn find(conn: &mut Conn, person: PersonId) -> Result<NoticeSettings, StoreError> {
    let row: Option<Row> = on!(
        conn,
        notice_settings::table
            .find(Uid::from(person))
            .select((
                notice_settings::zone,
                notice_settings::rhythm,
                notice_settings::muted,
                notice_settings::version,
            ))
            .first(conn)
            .optional()
    )?;
    row.map_or_else(|| Ok(NoticeSettings::usual()), read)
}

/// Keeps what the person says, whose version rises by one.
///
/// # Errors
/// [`StoreError::Stale`] if the stored version is not `settings.version`.
pub fn save(
    conn: &mut Conn,
    person: PersonId,
    settings: &NoticeSettings,
) -> Result<(), StoreError> {
    let muted = serde_json::to_value(&settings.muted).expect("plain words");
    let values = (
        notice_settings::zone.eq(settings.zone.name()),
        notice_settings::rhythm.eq(settings.rhythm.code()),
        notice_settings::muted.eq(Json(muted)),
        notice_settings::version.eq(settings.version.cast_signed() + 1),
    );
    let changed = if settings.version == 0 {
        on!(
            conn,
            diesel::insert_into(notice_settings::table)
                .values((notice_settings::person_id.eq(Uid::from(person)), values))
                .on_conflict_do_nothing()
                .execute(conn)
        )?
    } else {
        on!(
            conn,
            diesel::update(notice_settings::table.find(Uid::from(person)))
                .filter(notice_settings::version.eq(settings.version.cast_signed()))
                .set(values)
                .execute(conn)
        )?
    };
    one(changed, StoreError::Stale(Noun::Person))
}

//! The tables, as diesel sees them on both databases. A test compares this file with both schemas.

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    people (id) {
        id -> UuidT,
        email -> Text,
        name -> Text,
        language -> Text,
        phone -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        admin -> Bool,
        status -> Text,
        generation -> BigInt,
        created_at -> InstantT,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    programmes (id) {
        id -> UuidT,
        code -> Text,
        version -> Integer,
        created_at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    programme_versions (programme_id, version) {
        programme_id -> UuidT,
        version -> Integer,
        recorded_at -> InstantT,
        recorded_by -> Nullable<UuidT>,
        body -> JsonT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    organisations (id) {
        id -> UuidT,
        kind -> Text,
        external_id -> Nullable<Text>,
        review -> Text,
        tie_key -> BigInt,
        created_at -> InstantT,
        archived_at -> Nullable<InstantT>,
        version -> Integer,
        changed_at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    documents (id) {
        id -> UuidT,
        organisation_id -> UuidT,
        kind -> Text,
        external_id -> Nullable<Text>,
        archived_at -> Nullable<InstantT>,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    document_versions (document_id, version) {
        document_id -> UuidT,
        version -> Integer,
        recorded_at -> InstantT,
        recorded_by -> Nullable<UuidT>,
        body -> JsonT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    affiliations (id) {
        id -> UuidT,
        from_id -> UuidT,
        to_id -> UuidT,
        kind -> Text,
        created_at -> InstantT,
        ended_at -> Nullable<InstantT>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    memberships (person_id, organisation_id) {
        person_id -> UuidT,
        organisation_id -> UuidT,
        role -> Text,
        created_at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    programme_members (programme_id, organisation_id) {
        programme_id -> UuidT,
        organisation_id -> UuidT,
        created_at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    staff_grants (person_id, programme_id) {
        person_id -> UuidT,
        programme_id -> UuidT,
        created_at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    sessions (id) {
        id -> UuidT,
        person_id -> UuidT,
        created_at -> InstantT,
        expires_at -> InstantT,
        revoked_at -> Nullable<InstantT>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    refresh_tokens (hash) {
        hash -> Text,
        session_id -> UuidT,
        issued_at -> InstantT,
        expires_at -> InstantT,
        spent_at -> Nullable<InstantT>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    invitations (id) {
        id -> UuidT,
        hash -> Text,
        email -> Text,
        organisation_id -> Nullable<UuidT>,
        role -> Nullable<Text>,
        programme_id -> Nullable<UuidT>,
        invited_by -> Nullable<UuidT>,
        created_at -> InstantT,
        expires_at -> InstantT,
        accepted_at -> Nullable<InstantT>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    investments (id, version) {
        id -> UuidT,
        version -> Integer,
        external_id -> Nullable<Text>,
        investor_id -> UuidT,
        startup_id -> UuidT,
        announced_on -> Text,
        stage -> Nullable<Text>,
        amount_minor -> Nullable<BigInt>,
        currency -> Nullable<Text>,
        lead -> Bool,
        recorded_at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    scorecards (hash) {
        hash -> Text,
        body -> JsonT,
        recorded_at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    statistics (hash) {
        hash -> Text,
        as_of -> Text,
        body -> JsonT,
        recorded_at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    meeting_requests (id) {
        id -> UuidT,
        programme_id -> UuidT,
        from_id -> UuidT,
        to_id -> UuidT,
        pair_low -> UuidT,
        pair_high -> UuidT,
        from_person -> UuidT,
        to_person -> Nullable<UuidT>,
        purpose -> Text,
        subject -> Nullable<JsonT>,
        message -> Text,
        requested_by -> UuidT,
        approved_by -> Nullable<UuidT>,
        approved_by_policy -> Nullable<Integer>,
        accepted_by -> Nullable<UuidT>,
        reason -> Nullable<Text>,
        replaces -> Nullable<UuidT>,
        state -> Text,
        deadline_at -> Nullable<InstantT>,
        created_at -> InstantT,
        changed_at -> InstantT,
        version -> Integer,
        revision -> Nullable<Integer>,
        from_tick -> Nullable<BigInt>,
        until_tick -> Nullable<BigInt>,
        place_id -> Nullable<UuidT>,
        venue -> Nullable<Text>,
        requester_presence -> Nullable<Text>,
        counterpart_presence -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    meeting_request_steps (request_id, version) {
        request_id -> UuidT,
        version -> Integer,
        step -> Text,
        party -> Text,
        person_id -> Nullable<UuidT>,
        on_behalf -> Nullable<Text>,
        reason -> Nullable<Text>,
        note -> Nullable<Text>,
        ticks -> JsonT,
        at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    judgements (request_id, version) {
        request_id -> UuidT,
        version -> Integer,
        card_hash -> Text,
        statistics_hash -> Text,
        as_of -> Text,
        points -> Integer,
        explanation -> JsonT,
        inputs -> JsonT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    audit (seq) {
        seq -> BigInt,
        at -> InstantT,
        person_id -> Nullable<UuidT>,
        party -> Nullable<Text>,
        action -> Text,
        noun -> Text,
        subject_id -> UuidT,
        version -> Integer,
        detail -> JsonT,
        position -> Nullable<BigInt>,
        previous_seal -> Nullable<Text>,
        seal -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    outbox (seq) {
        seq -> BigInt,
        at -> InstantT,
        event -> Text,
        noun -> Text,
        subject_id -> UuidT,
        version -> Integer,
        body -> JsonT,
        routed_at -> Nullable<InstantT>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    idempotency_keys (person_id, key) {
        person_id -> UuidT,
        key -> Text,
        request_hash -> Text,
        status -> Integer,
        answer -> Text,
        created_at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    rate_limits (bucket) {
        bucket -> Text,
        tokens_micro -> BigInt,
        updated_at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    change_log (seq) {
        seq -> BigInt,
        noun -> Text,
        id -> UuidT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    request_seats (programme_id, organisation_id, seat) {
        programme_id -> UuidT,
        organisation_id -> UuidT,
        seat -> Integer,
        request_id -> UuidT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    reminders (request_id, kind) {
        request_id -> UuidT,
        kind -> Text,
        version -> Integer,
        due_at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    marks (organisation_id, other_id) {
        organisation_id -> UuidT,
        other_id -> UuidT,
        mark -> Text,
        note -> Nullable<Text>,
        marked_by -> UuidT,
        marked_at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    answer_links (id) {
        id -> UuidT,
        hash -> Text,
        request_id -> UuidT,
        email -> Text,
        name -> Text,
        language -> Text,
        created_by -> UuidT,
        created_at -> InstantT,
        expires_at -> InstantT,
        answered_at -> Nullable<InstantT>,
        person_id -> Nullable<UuidT>,
        revoked_at -> Nullable<InstantT>,
        mails -> Integer,
        mailed_at -> Nullable<InstantT>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    answer_drafts (hash) {
        hash -> Text,
        link_id -> UuidT,
        body -> JsonT,
        created_at -> InstantT,
        expires_at -> InstantT,
        used_at -> Nullable<InstantT>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    replies (id) {
        id -> UuidT,
        request_id -> UuidT,
        kind -> Text,
        party -> Text,
        person_id -> Nullable<UuidT>,
        link_id -> Nullable<UuidT>,
        words -> Text,
        times -> JsonT,
        colleague_name -> Nullable<Text>,
        colleague_email -> Nullable<Text>,
        said_at -> InstantT,
        answer -> Nullable<Text>,
        answered_by -> Nullable<UuidT>,
        answered_at -> Nullable<InstantT>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    feedback (request_id, side) {
        request_id -> UuidT,
        side -> Text,
        verdict -> Text,
        reasons -> JsonT,
        note -> Nullable<Text>,
        given_by -> UuidT,
        given_at -> InstantT,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    outcomes (id) {
        id -> UuidT,
        request_id -> UuidT,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    outcome_versions (outcome_id, version) {
        outcome_id -> UuidT,
        version -> Integer,
        kind -> Text,
        happened_on -> Text,
        amount_minor -> Nullable<BigInt>,
        currency -> Nullable<Text>,
        stage -> Nullable<Text>,
        amount_tier -> Text,
        note -> Nullable<Text>,
        withdrawn -> Bool,
        party -> Text,
        because -> Nullable<Text>,
        recorded_by -> UuidT,
        recorded_at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    consents (id) {
        id -> UuidT,
        organisation_id -> UuidT,
        subject -> Text,
        person_id -> UuidT,
        recipient_id -> UuidT,
        country -> Text,
        text_version -> Text,
        shown -> JsonT,
        agreed_at -> InstantT,
        withdrawn_at -> Nullable<InstantT>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    places (id) {
        id -> UuidT,
        programme_id -> UuidT,
        kind -> Text,
        name -> Text,
        seats -> Integer,
        link -> Nullable<Text>,
        created_at -> InstantT,
        archived_at -> Nullable<InstantT>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    slots (id) {
        id -> UuidT,
        programme_id -> UuidT,
        from_tick -> BigInt,
        until_tick -> BigInt,
        created_at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    slot_ticks (programme_id, tick) {
        programme_id -> UuidT,
        tick -> BigInt,
        slot_id -> UuidT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    offers (request_id, party, from_tick) {
        request_id -> UuidT,
        party -> Text,
        from_tick -> BigInt,
        until_tick -> BigInt,
        place_id -> Nullable<UuidT>,
        held -> Bool,
        expires_at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    participants (request_id, person_id) {
        request_id -> UuidT,
        person_id -> UuidT,
        role -> Text,
        added_by -> UuidT,
        added_at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    occupied (resource, tick, seat) {
        resource -> UuidT,
        tick -> BigInt,
        seat -> Integer,
        seats -> Integer,
        request_id -> UuidT,
        held_until -> Nullable<InstantT>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    availability (owner_id) {
        owner_id -> UuidT,
        owner -> Text,
        version -> Integer,
        recorded_at -> InstantT,
        recorded_by -> Nullable<UuidT>,
        body -> JsonT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    calendar_feeds (hash) {
        hash -> Text,
        person_id -> UuidT,
        created_at -> InstantT,
        revoked_at -> Nullable<InstantT>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    people,
    programmes,
    programme_versions,
    organisations,
    documents,
    document_versions,
    affiliations,
    memberships,
    programme_members,
    staff_grants,
    sessions,
    refresh_tokens,
    invitations,
    investments,
    scorecards,
    statistics,
    meeting_requests,
    meeting_request_steps,
    judgements,
    audit,
    outbox,
    idempotency_keys,
    rate_limits,
    change_log,
    request_seats,
    reminders,
    marks,
    answer_links,
    answer_drafts,
    replies,
    feedback,
    outcomes,
    outcome_versions,
    consents,
    places,
    slots,
    slot_ticks,
    offers,
    participants,
    occupied,
    availability,
    calendar_feeds,
);
diesel::joinable!(outcome_versions -> outcomes (outcome_id));
diesel::joinable!(outcomes -> meeting_requests (request_id));
diesel::joinable!(meeting_request_steps -> meeting_requests (request_id));
diesel::joinable!(memberships -> people (person_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    notice_settings (person_id) {
        person_id -> UuidT,
        zone -> Text,
        rhythm -> Text,
        muted -> JsonT,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    webhooks (id) {
        id -> UuidT,
        organisation_id -> Nullable<UuidT>,
        programme_id -> Nullable<UuidT>,
        url -> Text,
        description -> Nullable<Text>,
        events -> JsonT,
        secret -> Text,
        previous_secret -> Nullable<Text>,
        previous_secret_until -> Nullable<InstantT>,
        state -> Text,
        disabled_because -> Nullable<Text>,
        failing_since -> Nullable<InstantT>,
        created_by -> UuidT,
        created_at -> InstantT,
        archived_at -> Nullable<InstantT>,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    deliveries (id) {
        id -> UuidT,
        outbox_seq -> Nullable<BigInt>,
        webhook_id -> Nullable<UuidT>,
        person_id -> Nullable<UuidT>,
        event -> Text,
        noun -> Text,
        subject_id -> UuidT,
        body -> JsonT,
        state -> Text,
        attempts -> Integer,
        next_at -> InstantT,
        claimed_until -> Nullable<InstantT>,
        created_at -> InstantT,
        ended_at -> Nullable<InstantT>,
        answer_link_id -> Nullable<UuidT>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    delivery_attempts (delivery_id, attempt) {
        delivery_id -> UuidT,
        attempt -> Integer,
        at -> InstantT,
        outcome -> Text,
        status -> Nullable<Integer>,
        millis -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    machine_tokens (id) {
        id -> UuidT,
        hash -> Text,
        name -> Text,
        person_id -> UuidT,
        organisation_id -> Nullable<UuidT>,
        scopes -> JsonT,
        created_by -> UuidT,
        created_at -> InstantT,
        expires_at -> InstantT,
        revoked_at -> Nullable<InstantT>,
        last_used_at -> Nullable<InstantT>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    scorecard_texts (card_hash) {
        card_hash -> Text,
        content -> Text,
        note -> Nullable<Text>,
        put_by -> Nullable<UuidT>,
        put_at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    scorecard_activations (programme_id, number) {
        programme_id -> UuidT,
        number -> Integer,
        card_hash -> Nullable<Text>,
        note -> Nullable<Text>,
        activated_by -> Nullable<UuidT>,
        activated_at -> InstantT,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::{InstantT, JsonT, UuidT};
    exposures (as_of) {
        as_of -> Text,
        levels -> JsonT,
        card_hash -> Text,
        counted_at -> InstantT,
    }
}

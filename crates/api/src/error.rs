//! What a client can be told when something is not done. Each code is one line here; the same enum stands in the
//! OpenAPI document.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    body::BoxBody,
    http::{StatusCode, header},
};
use domain::{Language, Noun};
use serde::Serialize;
use serde_json::{Value, json};
use store::StoreError;
use utoipa::ToSchema;

use crate::fields;

macro_rules! codes {
    ($($name:ident $code:literal $status:literal $en:literal $ja:literal;)*) => {
        /// A machine-readable code of an error. Stable: a code never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        pub enum Code {
            $(#[doc = $en] #[serde(rename = $code)] $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Code] = &[$(Code::$name),*];

            /// Code, HTTP status, and the sentence in English and Japanese.
            const fn row(self) -> (&'static str, u16, &'static str, &'static str) {
                match self {
                    $(Code::$name => ($code, $status, $en, $ja),)*
                }
            }
        }
    };
}

codes! {
    MalformedJson "malformed_json" 400 "The body is not JSON." "本文がJSONとして読み取れません。";
    InvalidQuery "invalid_query" 400 "A query parameter is unknown or has a value that it cannot have." "クエリパラメータが不明、または値が不正です。";
    InvalidHeader "invalid_header" 400 "A header has a value that it cannot have." "ヘッダーの値が不正です。";
    InvalidCursor "invalid_cursor" 400 "The cursor was not given out for this list, or has grown too old." "カーソルがこの一覧のものではないか、古すぎます。";
    Unauthenticated "unauthenticated" 401 "Sign in first." "サインインしてください。";
    WrongCredentials "wrong_credentials" 401 "The e-mail address or the password is wrong." "メールアドレスまたはパスワードが違います。";
    WrongRefreshToken "wrong_refresh_token" 401 "The refresh token is not good any more. Sign in again." "リフレッシュトークンは無効です。再度サインインしてください。";
    Forbidden "forbidden" 403 "You may not do this." "この操作は許可されていません。";
    NotFound "not_found" 404 "There is no such thing here." "見つかりません。";
    AffiliationNotFound "affiliation_not_found" 404 "There is no such affiliation." "関係が見つかりません。";
    AnswerLinkNotFound "answer_link_not_found" 404 "There is no such answer link." "回答用リンクが見つかりません。";
    AvailabilityNotFound "availability_not_found" 404 "Nothing is said of availability." "対応可能時間が登録されていません。";
    CalendarFeedNotFound "calendar_feed_not_found" 404 "There is no such calendar." "カレンダーが見つかりません。";
    AssetNotFound "asset_not_found" 404 "There is no such asset." "資産が見つかりません。";
    BlockListNotFound "block_list_not_found" 404 "There is no block list." "非公開先リストがありません。";
    ConsentNotFound "consent_not_found" 404 "There is no such consent." "同意の記録が見つかりません。";
    ContactsNotFound "contacts_not_found" 404 "There are no contacts." "連絡先がありません。";
    InvitationNotFound "invitation_not_found" 404 "The invitation is unknown, was accepted, or has expired." "招待が見つからないか、受諾済みまたは期限切れです。";
    MandateNotFound "mandate_not_found" 404 "There is no such mandate." "希望条件が見つかりません。";
    MarkNotFound "mark_not_found" 404 "There is no such mark." "しるしが見つかりません。";
    MeetingRequestNotFound "meeting_request_not_found" 404 "There is no such meeting request." "面談依頼が見つかりません。";
    MeetingNotFound "meeting_not_found" 404 "There is no such meeting." "面談が見つかりません。";
    MembershipNotFound "membership_not_found" 404 "There is no such membership." "所属が見つかりません。";
    NotAvailable "not_available" 404 "This organisation is not available for a match." "この企業・団体はマッチングの対象になりません。";
    OutcomeNotFound "outcome_not_found" 404 "There is no such outcome." "成果の記録が見つかりません。";
    OrganisationNotFound "organisation_not_found" 404 "There is no such organisation." "企業・団体が見つかりません。";
    ParticipantNotFound "participant_not_found" 404 "There is no such participant." "同席者が見つかりません。";
    PersonNotFound "person_not_found" 404 "There is no such person." "利用者が見つかりません。";
    PlaceNotFound "place_not_found" 404 "There is no such place." "場所が見つかりません。";
    ProfileNotFound "profile_not_found" 404 "There is no profile." "プロフィールがありません。";
    ProgrammeNotFound "programme_not_found" 404 "There is no such programme." "プログラムが見つかりません。";
    ReplyNotFound "reply_not_found" 404 "There is no such question without an answer." "未回答の質問が見つかりません。";
    RoundNotFound "round_not_found" 404 "There is no such round." "調達ラウンドが見つかりません。";
    ScorecardNotReadable "scorecard_not_readable" 409 "This version cannot read the scorecard: put it here anew." "このバージョンでは読み込めないスコアカードです。改めて登録してください。";
    ScorecardNotFound "scorecard_not_found" 404 "There is no such scorecard." "スコアカードが見つかりません。";
    SlotNotFound "slot_not_found" 404 "There is no such slot." "枠が見つかりません。";
    StaffGrantNotFound "staff_grant_not_found" 404 "There is no such staff grant." "スタッフ権限が見つかりません。";
    VisibilityNotFound "visibility_not_found" 404 "There is no visibility setting." "公開設定がありません。";
    WebhookNotFound "webhook_not_found" 404 "There is no such webhook." "ウェブフックが見つかりません。";
    DeliveryNotFound "delivery_not_found" 404 "There is no such delivery." "配信が見つかりません。";
    MachineTokenNotFound "machine_token_not_found" 404 "There is no such machine token." "連携トークンが見つかりません。";
    UnsubscribeLinkNotFound "unsubscribe_link_not_found" 404 "The link is not complete. Copy it from the mail once more." "リンクが不完全です。メールのリンクをもう一度ご確認ください。";
    ScopeMissing "scope_missing" 403 "The machine token does not have the scope for this." "連携トークンにこの操作の権限（スコープ）がありません。";
    TooManyWebhooks "too_many_webhooks" 409 "The owner has as many webhooks as it may have." "登録できるウェブフック数の上限に達しています。";
    WebhookDisabled "webhook_disabled" 409 "The webhook is disabled. Enable it first." "ウェブフックは停止中です。先に有効にしてください。";
    MethodNotAllowed "method_not_allowed" 405 "This method is not allowed here." "このメソッドは使用できません。";
    AlreadyAffiliated "already_affiliated" 409 "The affiliation exists already." "この関係は既に登録されています。";
    ConsentMissing "consent_missing" 409 "Contacts would go abroad without the consents that are named." "国外への連絡先提供について、必要な同意が得られていません。";
    EmailTaken "email_taken" 409 "The e-mail address is in use." "このメールアドレスは既に使用されています。";
    ExternalIdTaken "external_id_taken" 409 "Another one has this external id." "この外部IDは既に使用されています。";
    HasAccount "has_account" 409 "Somebody there can sign in and answers there." "相手方にはアカウントがあるため、サインインして回答する必要があります。";
    InvalidTransition "invalid_transition" 409 "The meeting request does not allow this step now." "面談依頼の現在の状態では、この手続きはできません。";
    KeyInFlight "idempotency_key_in_flight" 409 "A request with this Idempotency-Key is being worked on. Send it again in a moment." "このIdempotency-Keyのリクエストは処理中です。少し待って再送してください。";
    LastOwner "last_owner" 409 "An organisation keeps at least one owner." "企業・団体には管理者が少なくとも1人必要です。";
    NotMatchable "not_matchable" 409 "The pair cannot be introduced." "この組み合わせは紹介できません。";
    OpenRequestExists "open_request_exists" 409 "The two have an open meeting request for this purpose already." "この目的の面談依頼が既に進行中です。";
    MeetingTooEarly "meeting_too_early" 409 "The meeting has not begun, or is not over." "面談がまだ開始または終了していません。";
    ParticipantExists "participant_exists" 409 "This person takes part already." "この人は既に同席者です。";
    PlaceInUse "place_in_use" 409 "Meetings are booked in this place." "この場所には予約済みの面談があります。";
    PlaceNameTaken "place_name_taken" 409 "The programme has a place of this name." "この名称の場所は既に登録されています。";
    ProgrammeCodeTaken "programme_code_taken" 409 "Another programme has this code." "このプログラムコードは既に使用されています。";
    QuotaReached "quota_reached" 409 "As many of your requests wait for an answer as may wait at once." "回答待ちの面談依頼が上限に達しています。";
    ReviewState "review_state" 409 "The review does not allow this step now." "審査の現在の状態では、この操作はできません。";
    SamePerson "same_person" 409 "Request, approval and acceptance need three different persons." "依頼・承認・承諾は、それぞれ別の人が行う必要があります。";
    ScheduleFrozen "schedule_frozen" 409 "The times of the programme stand; staff alone change them." "日程は確定済みのため、変更できるのはスタッフのみです。";
    SlotInUse "slot_in_use" 409 "Meetings are booked in this slot." "この枠には予約済みの面談があります。";
    SlotOverlaps "slot_overlaps" 409 "The programme has a slot at this time." "同じ時間帯の枠が既に登録されています。";
    Stale "stale" 409 "Somebody else changed it at the same time. Read it again." "同時に変更されました。再読み込みしてください。";
    TimeNotOpen "time_not_open" 409 "This time cannot be chosen here. Those that can are in details.alternatives." "この日時は選択できません。選択可能な日時は details.alternatives を参照してください。";
    TimeTaken "time_taken" 409 "This time is taken. Free ones are in details.alternatives." "この日時は既に予約されています。空いている日時は details.alternatives を参照してください。";
    WouldDisplace "would_displace" 409 "Other requests hold this time: repeat with those of details.displaces in `displace`." "他の面談依頼がこの日時を仮押さえしています。解除する場合は details.displaces を `displace` に指定して再送してください。";
    Erased "erased" 410 "What this rests on was erased." "この内容の元になったデータは消去されています。";
    PreconditionFailed "precondition_failed" 412 "It was changed since you read it: If-Match does not fit." "読み込み後に変更されています（If-Matchが一致しません）。";
    BodyTooLarge "body_too_large" 413 "The body is too large." "本文が大きすぎます。";
    UnsupportedMediaType "unsupported_media_type" 415 "The body must be application/json." "本文は application/json で送信してください。";
    InvalidBody "invalid_body" 422 "A field of the body has a value that it cannot have." "本文の項目に不正な値があります。";
    KeyReused "idempotency_key_reused" 422 "The Idempotency-Key was used for another request." "このIdempotency-Keyは別のリクエストで使用済みです。";
    PreconditionRequired "precondition_required" 428 "Send If-Match with the version that you read." "読み込んだバージョンをIf-Matchで指定してください。";
    TooManyRequests "too_many_requests" 429 "Too many requests. Wait, then try again." "リクエストが多すぎます。しばらく待ってから再試行してください。";
    Internal "internal" 500 "Something went wrong here. It was noted." "内部エラーが発生しました。記録されました。";
    Unavailable "unavailable" 503 "The service cannot answer now. Try again." "現在応答できません。しばらくしてから再試行してください。";
}

impl Code {
    /// The code in `snake_case`.
    pub const fn code(self) -> &'static str {
        self.row().0
    }

    /// The HTTP status.
    ///
    /// # Panics
    /// Never: every row has a status.
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.row().1).expect("every row has a status")
    }

    /// The sentence in the reader's language.
    pub const fn sentence(self, language: Language) -> &'static str {
        match language {
            Language::En => self.row().2,
            Language::Ja => self.row().3,
        }
    }
}

impl utoipa::PartialSchema for Code {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::Type::String)
            .enum_values(Some(Code::ALL.iter().map(|code| code.code())))
            .into()
    }
}
impl ToSchema for Code {}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Path of the field: `names.en`, `criteria[2].on`, or the name of a query parameter or header.
    pub field: String,
    /// What is wrong, in the reader's language.
    pub message: String,
}

/// The body of every error answer: RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// `about:blank`: the code says what happened.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The name of the HTTP status.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// One sentence in the language of `Accept-Language`.
    pub detail: String,
    /// What happened.
    pub code: Code,
    /// Stands in the server's log beside the cause.
    pub request_id: String,
    /// What is wrong with which field; for bad input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
    /// More that belongs to the code: the state that refused a step, the reasons that a step takes.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = Option<Object>)]
    pub details: Value,
}

/// An error on its way to the client. The cause is logged once, at the border; the client never sees it.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// What the client is told.
    pub code: Code,
    /// What is wrong with which field.
    pub fields: Vec<FieldError>,
    /// More that belongs to the code.
    pub details: Value,
    /// Seconds to wait.
    pub retry_after: Option<u32>,
    /// What really happened, for the log.
    pub cause: Option<String>,
}

/// The answer of a handler.
pub type ApiResult<T> = Result<T, ApiError>;

impl From<Code> for ApiError {
    fn from(code: Code) -> ApiError {
        ApiError {
            code,
            fields: Vec::new(),
            details: Value::Null,
            retry_after: (code == Code::Unavailable).then_some(1),
            cause: None,
        }
    }
}

impl ApiError {
    /// Bad input in one field; `message` is in English and is put into Japanese on the way out.
    pub fn field(code: Code, field: impl Into<String>, message: impl fmt::Display) -> ApiError {
        ApiError {
            fields: vec![FieldError {
                field: field.into(),
                message: message.to_string(),
            }],
            ..code.into()
        }
    }

    /// A well-formed body with a bad field.
    pub fn body(field: impl Into<String>, message: impl fmt::Display) -> ApiError {
        ApiError::field(Code::InvalidBody, field, message)
    }

    /// The error with its fields within another one: `starts_at` within `time.`.
    #[must_use]
    pub fn within(mut self, path: &str) -> ApiError {
        for field in &mut self.fields {
            field.field.insert_str(0, path);
        }
        self
    }

    /// The error with more that belongs to its code.
    #[must_use]
    pub fn with_details(self, details: Value) -> ApiError {
        ApiError { details, ..self }
    }

    /// A defect of this program.
    pub fn internal(cause: impl fmt::Display) -> ApiError {
        ApiError {
            cause: Some(cause.to_string()),
            ..Code::Internal.into()
        }
    }

    /// The body of the answer.
    pub(crate) fn problem(&self, language: Language, request_id: String) -> Problem {
        let status = self.code.status();
        Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            detail: self.code.sentence(language).to_owned(),
            code: self.code,
            request_id,
            fields: self
                .fields
                .iter()
                .map(|field| fields::in_language(field, language))
                .collect(),
            details: self.details.clone(),
        }
    }

    /// The noun is not there, or not for the caller to see: both alike.
    pub fn not_found(noun: Noun) -> ApiError {
        let code = match noun {
            Noun::Affiliation => Code::AffiliationNotFound,
            Noun::AnswerLink => Code::AnswerLinkNotFound,
            Noun::Asset => Code::AssetNotFound,
            Noun::Availability => Code::AvailabilityNotFound,
            Noun::BlockList => Code::BlockListNotFound,
            Noun::Consent => Code::ConsentNotFound,
            Noun::CalendarFeed => Code::CalendarFeedNotFound,
            Noun::Contacts => Code::ContactsNotFound,
            Noun::Invitation => Code::InvitationNotFound,
            Noun::Audit | Noun::Exposure | Noun::Feedback | Noun::Investment | Noun::Session => {
                Code::NotFound
            }
            Noun::Mandate => Code::MandateNotFound,
            Noun::Mark => Code::MarkNotFound,
            Noun::Meeting => Code::MeetingNotFound,
            Noun::MeetingRequest => Code::MeetingRequestNotFound,
            Noun::Membership => Code::MembershipNotFound,
            Noun::Organisation => Code::OrganisationNotFound,
            Noun::Outcome => Code::OutcomeNotFound,
            Noun::Participant => Code::ParticipantNotFound,
            Noun::Person => Code::PersonNotFound,
            Noun::Place => Code::PlaceNotFound,
            Noun::Profile => Code::ProfileNotFound,
            Noun::Programme => Code::ProgrammeNotFound,
            Noun::Reply => Code::ReplyNotFound,
            Noun::Round => Code::RoundNotFound,
            Noun::Scorecard => Code::ScorecardNotFound,
            Noun::Slot => Code::SlotNotFound,
            Noun::StaffGrant => Code::StaffGrantNotFound,
            Noun::Visibility => Code::VisibilityNotFound,
            Noun::Delivery => Code::DeliveryNotFound,
            Noun::MachineToken => Code::MachineTokenNotFound,
            Noun::Webhook => Code::WebhookNotFound,
        };
        code.into()
    }
}

/// Unique constraints by their name in PostgreSQL and their columns in SQLite, and what a second row means.
const DUPLICATES: &[(&str, &str, Code)] = &[
    ("people_email_key", "people.email", Code::EmailTaken),
    (
        "programmes_code_key",
        "programmes.code",
        Code::ProgrammeCodeTaken,
    ),
    (
        "organisations_external_id",
        "organisations.external_id",
        Code::ExternalIdTaken,
    ),
    (
        "documents_external_id",
        "documents.organisation_id, documents.kind, documents.external_id",
        Code::ExternalIdTaken,
    ),
    (
        "affiliations_once",
        "affiliations.from_id, affiliations.to_id, affiliations.kind",
        Code::AlreadyAffiliated,
    ),
    (
        "meeting_requests_one_open",
        "meeting_requests.pair_low, meeting_requests.pair_high, meeting_requests.programme_id, meeting_requests.purpose",
        Code::OpenRequestExists,
    ),
    (
        "occupied_once",
        "occupied.resource, occupied.tick, occupied.seat",
        Code::TimeTaken,
    ),
    (
        "slot_ticks_pkey",
        "slot_ticks.programme_id, slot_ticks.tick",
        Code::SlotOverlaps,
    ),
    (
        "places_name",
        "places.programme_id, places.name",
        Code::PlaceNameTaken,
    ),
    (
        "participants_pkey",
        "participants.request_id, participants.person_id",
        Code::ParticipantExists,
    ),
];

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        let code = match &error {
            StoreError::NotFound(noun) => return ApiError::not_found(*noun),
            StoreError::Duplicate(constraint) => DUPLICATES
                .iter()
                .find(|(name, columns, _)| constraint.is(name, columns))
                .map_or(Code::Stale, |(_, _, code)| *code),
            StoreError::Stale(_) => Code::Stale,
            StoreError::Dangling => Code::NotFound,
            StoreError::Refused(_) | StoreError::Corrupt(_) | StoreError::Database(_) => {
                Code::Internal
            }
            StoreError::Unavailable(_) => Code::Unavailable,
        };
        let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
        ApiError {
            cause: Some(format!("{error}{}", source.unwrap_or_default())),
            ..code.into()
        }
    }
}

impl From<domain::NotInReview> for ApiError {
    fn from(refused: domain::NotInReview) -> ApiError {
        ApiError::from(Code::ReviewState).with_details(json!({"review": refused.state}))
    }
}

impl From<domain::document::Fault> for ApiError {
    fn from(fault: domain::document::Fault) -> ApiError {
        ApiError::body(fault.field, fault.message)
    }
}

impl From<domain::Refused> for ApiError {
    fn from(refused: domain::Refused) -> ApiError {
        use domain::Refused as R;
        match refused {
            R::NotInTable { state, step, .. } => ApiError::from(Code::InvalidTransition)
                .with_details(json!({"state": state, "step": step})),
            R::SamePerson => Code::SamePerson.into(),
            R::Person => ApiError::internal("a step of people needs a person"),
            R::OnBehalf => Code::Forbidden.into(),
            R::Reason => ApiError::body("reason", "is not a reason for this step"),
            R::Time => ApiError::body("starts_at", "is not to come"),
            R::Frozen => Code::ScheduleFrozen.into(),
            R::TooEarly => Code::MeetingTooEarly.into(),
            R::Attendance(party) => {
                let own = if party == domain::Party::Counterpart {
                    "counterpart"
                } else {
                    "requester"
                };
                ApiError::body(own, "who says who came was there")
            }
            R::CheckList(item) => {
                ApiError::body("ticks", format!("the check list asks for {item}"))
            }
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.code())
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    /// The problem in English, with the error beside it: the border writes the body again, since it knows the reader's
    /// language and the request's id.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut answer = HttpResponse::build(self.status_code());
        if let Some(seconds) = self.retry_after {
            answer.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        if self.code.status() == StatusCode::UNAUTHORIZED {
            answer.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        let mut answer = answer
            .content_type("application/problem+json")
            .json(self.problem(Language::En, String::new()));
        answer.extensions_mut().insert(self.clone());
        answer
    }
}

impl utoipa::IntoResponses for ApiError {
    fn responses() -> std::collections::BTreeMap<
        String,
        utoipa::openapi::RefOr<utoipa::openapi::response::Response>,
    > {
        use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder};
        let mut statuses: Vec<u16> = Code::ALL.iter().map(|code| code.row().1).collect();
        statuses.sort_unstable();
        statuses.dedup();
        statuses
            .into_iter()
            .map(|status| {
                let codes: Vec<&str> = Code::ALL
                    .iter()
                    .filter(|code| code.row().1 == status)
                    .map(|code| code.code())
                    .collect();
                let content = ContentBuilder::new()
                    .schema(Some(Ref::from_schema_name("Problem")))
                    .build();
                let response = ResponseBuilder::new()
                    .description(format!("One of: {}", codes.join(", ")))
                    .content("application/problem+json", content)
                    .build();
                (status.to_string(), response.into())
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_one_stable_word_with_a_sentence_in_both_languages() {
        let mut words: Vec<&str> = Code::ALL.iter().map(|code| code.code()).collect();
        words.sort_unstable();
        words.dedup();

        assert_eq!(words.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.status().is_client_error() || code.status().is_server_error());
            assert!(code.sentence(Language::En).ends_with('.'), "{code:?}");
            assert!(code.sentence(Language::Ja).ends_with('。'), "{code:?}");
            assert_eq!(serde_json::to_value(code).unwrap(), code.code());
        }
    }
}

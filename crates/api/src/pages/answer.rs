//! The page of an answer link: the request as the side that is asked may see it, and what can be done with it.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, http::StatusCode, http::header, web};
use domain::{Kind, Language, MeetingRequest, Purpose, State, Step};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;
use store::{Conn, answer_links, people};

use super::{
    form::{self, Act, Fields, TIMES_MAX, Why, Wrong, ZONES},
    layout::page,
    words::{self, say},
};
use crate::{
    app::App,
    auth::secrets::{OpaqueToken, TokenHash, TokenKind},
    error::{ApiError, ApiResult, Code},
    extract::CallerAddress,
    limits,
    live::Snapshot,
    requests::{
        answers::{self, Closed},
        consent,
    },
    routes::{me::OrganisationRef, meeting_requests::without_addresses},
};

/// How long somebody has to confirm. Our choice.
const CONFIRMED_WITHIN: SignedDuration = SignedDuration::from_mins(30);

/// Bytes at most of a form: the longest text in Japanese, as a form writes it, with room for the rest.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// The pages, beside the API.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config
        .app_data(web::PayloadConfig::new(FORM_BYTES_MAX))
        .service(
            web::resource("/answer/{secret}")
                .route(web::get().to(show))
                .route(web::post().to(draft)),
        )
        .service(web::resource("/answer/{secret}/confirm").route(web::post().to(confirm)));
}

/// In which language; that of the link otherwise.
#[derive(Clone, Copy, Deserialize)]
struct PageQuery {
    language: Option<Language>,
}

fn chosen(request: &HttpRequest) -> Option<Language> {
    web::Query::<PageQuery>::from_query(request.query_string())
        .ok()
        .and_then(|query| query.language)
}

/// What the page shows of a request.
struct Shown {
    language: Language,
    zone: &'static str,
    to_name: String,
    from_name: String,
    from_kind: Kind,
    home: Option<String>,
    summary: Option<String>,
    website: Option<String>,
    purpose: Purpose,
    message: String,
    deadline: Option<Timestamp>,
    state: State,
    closed: Option<Closed>,
    guest_name: String,
    notice: Option<consent::Notice>,
    contacts: Option<Contacts>,
    met: Option<answers::Met>,
}

/// How the two named people are reached, once the request is accepted.
struct Contacts {
    name: String,
    email: String,
    phone: Option<String>,
}

impl Shown {
    fn of(
        conn: &mut Conn,
        (app, snapshot): (&App, &Snapshot),
        secret: &str,
        chosen: Option<Language>,
    ) -> ApiResult<(Shown, answer_links::AnswerLink, MeetingRequest)> {
        let now = app.now();
        let (link, request, closed) = answers::open(conn, secret, now)?;
        let language = chosen.unwrap_or(link.language);
        let missing = || ApiError::from(Code::Unavailable);
        let (from, to) = (request.from.organisation, request.to.organisation);
        let listed = snapshot.organisation(from).ok_or_else(missing)?;
        let profile = listed.profile.as_ref().map(|kept| &kept.document);
        let shows = |field| {
            let tier = listed.visibility.tier(domain::DocumentKind::Profile, field);
            tier <= domain::Tier::Approved
        };
        let name = |id| OrganisationRef::of(snapshot, id, language).map(|found| found.name);
        let calendar = domain::Calendar::of(crate::requests::manners::home(snapshot, to));
        let state = request.state_at(now);
        let told = closed == Some(Closed::Answered)
            && consent::shows(conn, snapshot, &request, domain::Party::Requester, now)?;
        let contacts = match request.from.person.filter(|_| told) {
            Some(person) => {
                let person = people::find(conn, person)?;
                Some(Contacts {
                    name: person.name.to_string(),
                    email: person.email.as_str().to_owned(),
                    phone: person.phone.map(|phone| phone.to_string()),
                })
            }
            None => None,
        };
        let met = if closed == Some(Closed::Answered) {
            answers::met(conn, snapshot, &request, now)?
        } else {
            None
        };
        let shown = Shown {
            language,
            zone: calendar.zone_name(),
            to_name: name(to).ok_or_else(missing)?,
            from_name: name(from).ok_or_else(missing)?,
            from_kind: listed.organisation.kind,
            home: profile
                .filter(|_| shows("home"))
                .and_then(|profile| profile.home)
                .map(|home| words::label(home.label(), language)),
            summary: profile
                .filter(|_| shows("summary"))
                .and_then(|profile| profile.summary.in_language(language))
                .map(ToString::to_string),
            website: profile
                .filter(|_| shows("website"))
                .and_then(|profile| profile.website.as_ref())
                .and_then(|website| serde_json::to_value(website).ok())
                .and_then(|website| website.as_str().map(str::to_owned)),
            purpose: request.purpose,
            message: without_addresses(request.message.as_str()),
            deadline: request.entry.deadline_at().filter(|_| !state.is_end()),
            state,
            closed,
            guest_name: link.name.to_string(),
            notice: consent::notice(snapshot, to, from, language),
            contacts,
            met,
        };
        Ok((shown, link, request))
    }

    fn say(&self, en: &'static str, ja: &'static str) -> &'static str {
        say(self.language, en, ja)
    }

    fn language_field(&self) -> Markup {
        let code = match self.language {
            Language::En => "en",
            Language::Ja => "ja",
        };
        html! { input type="hidden" name="language" value=(code); }
    }

    fn request(&self) -> Markup {
        html! {
            dl {
                dt { (self.say("From", "依頼元")) }
                dd { strong { (self.from_name) } " (" (words::kind(self.from_kind, self.language)) ")" }
                @if let Some(home) = &self.home {
                    dt { (self.say("Home", "所在地")) } dd { (home) }
                }
                @if let Some(website) = &self.website {
                    dt { (self.say("Website", "ウェブサイト")) } dd { (website) }
                }
                dt { (self.say("To", "依頼先")) } dd { (self.to_name) }
                dt { (self.say("Purpose", "目的")) } dd { (words::purpose(self.purpose, self.language)) }
                @if let Some(deadline) = self.deadline {
                    dt { (self.say("Please answer before", "回答期限")) }
                    dd { (words::instant(deadline, self.zone, self.language)) }
                }
            }
            @if let Some(summary) = &self.summary {
                h2 { (self.say("What they do", "依頼元の概要")) }
                p { (summary) }
            }
            h2 { (self.say("What they write", "依頼文")) }
            blockquote { (self.message) }
        }
    }

    /// The forms, with what was sent and what is wrong with it.
    fn forms(&self, sent: &Fields, wrong: Option<Wrong>) -> Markup {
        let forms = Forms {
            shown: self,
            sent,
            wrong,
        };
        forms.markup()
    }

    fn notice_text(&self, notice: &consent::Notice) -> Markup {
        html! {
            h2 { (self.say("Your contact details go abroad", "連絡先の外国への提供について")) }
            dl {
                dt { (self.say("Country", "提供先の国")) } dd { (notice.country_name) }
                dt { (self.say("Its law", "当該国の制度")) } dd { (notice.law) }
                dt { (self.say("The recipient", "提供先の措置")) } dd { (notice.measures) }
            }
        }
    }

    /// Contacts go abroad only with a consent to the text that is shown now.
    fn allow(&self, act: Act) -> Result<Act, Wrong> {
        match (&act, &self.notice) {
            (Act::Accept { agreed, .. }, Some(notice)) if agreed.as_ref() != Some(&notice.text) => {
                Err(Wrong {
                    field: "agreed",
                    why: Why::Missing,
                })
            }
            _ => Ok(act),
        }
    }

    /// What would be done.
    fn plan(&self, act: &Act) -> Markup {
        let line = |term: &str, text: &str| html! { dt { (term) } dd { (text) } };
        html! {
            @match act {
                Act::Accept { phone, .. } => {
                    p { (self.say("You accept the request. The other side sees:", "面談依頼を承諾します。相手方に表示される内容:")) }
                    dl {
                        (line(self.say("Name", "お名前"), &self.guest_name))
                        @if let Some(phone) = phone { (line(self.say("Telephone", "電話番号"), phone.as_str())) }
                    }
                }
                Act::Decline { reason, note } => {
                    p { (self.say("You decline the request.", "面談依頼を見送ります。")) }
                    dl {
                        (line(self.say("Reason", "理由"), words::reason(*reason, self.language)))
                        @if let Some(note) = note { (line(self.say("In words", "補足"), note.as_str())) }
                    }
                }
                Act::Question { text } => {
                    p { (self.say("You ask the other side:", "相手方に質問します:")) }
                    blockquote { (text.as_str()) }
                }
                Act::Times { text, times } => {
                    p { (self.say("You propose:", "次の日程を提案します:")) }
                    ul { @for at in times { li { (words::instant(*at, self.zone, self.language)) } } }
                    @if let Some(text) = text { blockquote { (text.as_str()) } }
                }
                Act::Refer { name, email, text } => {
                    p { (self.say("You refer to:", "次の担当者を紹介します:")) }
                    dl {
                        (line(self.say("Name", "お名前"), name.as_str()))
                        (line(self.say("E-mail address", "メールアドレス"), email.as_str()))
                        @if let Some(text) = text { (line(self.say("A word", "伝言"), text.as_str())) }
                    }
                }
            }
        }
    }

    /// What became of the request, to whom it was answered through the link.
    fn answered(&self) -> Markup {
        html! {
            p { (self.say("The request was answered through this link: ", "このリンクから回答済みです: "))
                strong { (words::state(self.state, self.language)) } }
            @if let Some(met) = &self.met {
                h2 { (self.say("The meeting", "面談")) }
                dl {
                    dt { (self.say("When", "日時")) }
                    dd { (words::instant(met.span.starts_at(), self.zone, self.language)) }
                    @if let Some(place) = &met.place {
                        dt { (self.say("Where", "場所")) } dd { (place) }
                    }
                    @if let Some(link) = &met.link {
                        dt { (self.say("Link", "リンク")) } dd { a href=(link) rel="noreferrer" { (link) } }
                    }
                }
            }
            @if let Some(contacts) = &self.contacts {
                h2 { (self.say("How to reach the other side", "相手方の連絡先")) }
                dl {
                    dt { (self.say("Name", "お名前")) } dd { (contacts.name) }
                    dt { (self.say("E-mail address", "メールアドレス")) } dd { (contacts.email) }
                    @if let Some(phone) = &contacts.phone { dt { (self.say("Telephone", "電話番号")) } dd { (phone) } }
                }
            }
        }
    }
}

/// The forms of a page, with what was sent and what is wrong with it.
struct Forms<'a> {
    shown: &'a Shown,
    sent: &'a Fields,
    wrong: Option<Wrong>,
}

impl Forms<'_> {
    fn markup(&self) -> Markup {
        html! {
            h2 { (self.shown.say("Your answer", "ご回答")) }
            p.hint { (self.shown.say(
                "Nothing is sent before you confirm it on the next page.",
                "次の画面で確認するまで、何も送信されません。",
            )) }
            (self.problem("act"))
            (self.accept())
            (self.decline())
            (self.question())
            (self.times())
            (self.refer())
        }
    }

    fn value(&self, name: &str) -> &str {
        self.sent.get(name).map_or("", String::as_str)
    }

    fn is(&self, act: &str) -> bool {
        self.value("act") == act
    }

    fn wrong_in(&self, field: &str) -> Option<Wrong> {
        self.wrong.filter(|wrong| wrong.field == field)
    }

    fn problem(&self, field: &str) -> Markup {
        html! {
            @if let Some(wrong) = self.wrong_in(field) {
                p.problem id={ (field) "-problem" } role="alert" { (words::why(wrong.why, self.shown.language)) }
            }
        }
    }

    fn described(&self, field: &str) -> Option<String> {
        self.wrong_in(field).map(|_| format!("{field}-problem"))
    }

    fn act(&self, act: &str) -> Markup {
        html! { input type="hidden" name="act" value=(act); (self.shown.language_field()) }
    }

    fn next(&self) -> &'static str {
        self.shown.say("Continue", "確認画面へ")
    }

    /// Accept, with what is asked for before.
    fn accept(&self) -> Markup {
        let shown = self.shown;
        html! {
            form method="post" {
                fieldset {
                    legend { (shown.say("Accept", "承諾する")) }
                    (self.act("accept"))
                    p { (shown.say(
                        "Your name and e-mail address are shown to the other side, and theirs to you.",
                        "お名前とメールアドレスが相手方に、相手方の連絡先があなたに表示されます。",
                    )) }
                    label for="phone" { (shown.say("Telephone (optional)", "電話番号（任意）")) }
                    input id="phone" name="phone" type="tel" maxlength="40" autocomplete="tel" value=(self.value("phone")) aria-describedby=[self.described("phone")];
                    (self.problem("phone"))
                    @if let Some(notice) = &shown.notice {
                        (shown.notice_text(notice))
                        label.choice {
                            input type="checkbox" name="agreed" value=(notice.text) required checked[self.value("agreed") == notice.text];
                            span { (shown.say(
                                "I have read this and agree that my contact details are shown there. I agree for my organisation as well.",
                                "上記を確認し、連絡先の提供に同意します（所属団体としても同意します）。",
                            )) }
                        }
                        (self.problem("agreed"))
                    }
                    button { (self.next()) ": " (shown.say("accept", "承諾")) }
                }
            }
        }
    }

    /// Decline, with a reason.
    fn decline(&self) -> Markup {
        let shown = self.shown;
        html! {
            form method="post" {
                fieldset {
                    legend { (shown.say("Decline", "見送る")) }
                    (self.act("decline"))
                    label for="reason" { (shown.say("Reason", "理由")) }
                    select id="reason" name="reason" required aria-describedby=[self.described("reason")] {
                        option value="" { (shown.say("Choose one", "選択してください")) }
                        @for reason in Step::Decline.reasons() {
                            option value=(reason.code()) selected[self.is("decline") && self.value("reason") == reason.code()] {
                                (words::reason(*reason, shown.language))
                            }
                        }
                    }
                    (self.problem("reason"))
                    label for="note" { (shown.say("In words (optional, shown to the other side)", "補足（任意・相手方に表示されます）")) }
                    textarea id="note" name="note" maxlength="2000" aria-describedby=[self.described("note")] { (self.value("note")) }
                    (self.problem("note"))
                    button { (self.next()) ": " (shown.say("decline", "見送り")) }
                }
            }
        }
    }

    /// Ask.
    fn question(&self) -> Markup {
        let shown = self.shown;
        html! {
            form method="post" {
                fieldset {
                    legend { (shown.say("Ask a question", "質問する")) }
                    (self.act("question"))
                    label for="question" { (shown.say("Your question", "質問")) }
                    textarea id="question" name="question" maxlength="2000" required aria-describedby=[self.described("question")] { (self.value("question")) }
                    (self.problem("question"))
                    button { (self.next()) ": " (shown.say("ask", "質問")) }
                }
            }
        }
    }

    /// Propose times.
    fn times(&self) -> Markup {
        let shown = self.shown;
        html! {
            form method="post" {
                fieldset {
                    legend { (shown.say("Propose times", "日程を提案する")) }
                    (self.act("times"))
                    label for="zone" { (shown.say("Time zone", "タイムゾーン")) }
                    select id="zone" name="zone" {
                        @for zone in ZONES {
                            option value=(zone) selected[self.value("zone") == zone || (self.value("zone").is_empty() && zone == shown.zone)] { (zone) }
                        }
                    }
                    (self.problem("zone"))
                    @for number in 1..=TIMES_MAX {
                        @let field = format!("time_{number}");
                        label for=(field) { (shown.say("Time", "候補")) " " (number) }
                        input id=(field) name=(field) type="datetime-local" value=(self.value(&field)) aria-describedby=[self.described(&field)];
                        (self.problem(&field))
                    }
                    label for="times_text" { (shown.say("Or in words", "または文章で")) }
                    textarea id="times_text" name="times_text" maxlength="2000" aria-describedby=[self.described("times_text")] { (self.value("times_text")) }
                    (self.problem("times_text"))
                    button { (self.next()) ": " (shown.say("propose", "提案")) }
                }
            }
        }
    }

    /// Name a colleague.
    fn refer(&self) -> Markup {
        let shown = self.shown;
        html! {
            form method="post" {
                fieldset {
                    legend { (shown.say("Refer to a colleague", "担当者を紹介する")) }
                    (self.act("refer"))
                    p { (shown.say(
                        "The staff write to them; nobody else sees the address.",
                        "事務局から担当者にご連絡します。メールアドレスは事務局以外には表示されません。",
                    )) }
                    label for="colleague_name" { (shown.say("Name", "お名前")) }
                    input id="colleague_name" name="colleague_name" maxlength="200" required value=(self.value("colleague_name")) aria-describedby=[self.described("colleague_name")];
                    (self.problem("colleague_name"))
                    label for="colleague_email" { (shown.say("E-mail address", "メールアドレス")) }
                    input id="colleague_email" name="colleague_email" type="email" maxlength="254" required value=(self.value("colleague_email")) aria-describedby=[self.described("colleague_email")];
                    (self.problem("colleague_email"))
                    label for="colleague_text" { (shown.say("A word to the staff (optional)", "事務局への伝言（任意）")) }
                    textarea id="colleague_text" name="colleague_text" maxlength="2000" aria-describedby=[self.described("colleague_text")] { (self.value("colleague_text")) }
                    (self.problem("colleague_text"))
                    button { (self.next()) ": " (shown.say("refer", "紹介")) }
                }
            }
        }
    }
}

/// Why nothing can be done, as a page of its own.
fn refused(closed: Closed, language: Language) -> HttpResponse {
    let (en, ja) = match closed {
        Closed::Expired => (
            "This link has expired. Please ask the staff for a new one.",
            "このリンクは有効期限が切れています。事務局に再発行をご依頼ください。",
        ),
        Closed::Revoked => (
            "This link was taken back by the staff.",
            "このリンクは事務局により無効にされました。",
        ),
        Closed::Answered => (
            "The request was answered through this link already.",
            "このリンクからは既に回答済みです。",
        ),
        Closed::Claimed => (
            "Your organisation has an account by now. Please sign in and answer there.",
            "貴団体には既にアカウントがあります。サインインしてご回答ください。",
        ),
        Closed::Over(_) => (
            "The request does not wait for an answer any more.",
            "この面談依頼は、既に回答待ちではありません。",
        ),
    };
    let state = match closed {
        Closed::Over(state) => Some(words::state(state, language)),
        _ => None,
    };
    let text = html! {
        p.problem role="alert" { (say(language, en, ja)) }
        @if let Some(state) = state { p { (say(language, "It is ", "現在の状態: ")) (state) } }
    };
    let title = say(
        language,
        "This link cannot be used any more",
        "このリンクは使用できません",
    );
    page(StatusCode::GONE, language, title, &text)
}

/// An error as a page: the link of nobody, or something that should not be.
fn failed(error: &ApiError, language: Language) -> HttpResponse {
    let (status, en, ja) = match error.code {
        Code::AnswerLinkNotFound => (
            StatusCode::NOT_FOUND,
            "This link is unknown. Please check that the whole address was copied.",
            "このリンクは無効です。URLが途中で切れていないかご確認ください。",
        ),
        Code::Stale | Code::InvalidTransition => (
            StatusCode::CONFLICT,
            "Something changed meanwhile, or this was confirmed already. Please open the link again.",
            "状況が変わったか、既に送信済みです。リンクを開き直してください。",
        ),
        Code::ConsentMissing => (
            StatusCode::CONFLICT,
            "The other side has not yet agreed that its contact details go abroad. Please try again later, or ask the staff.",
            "相手方の連絡先提供に関する同意がまだ得られていません。後ほど再度お試しください。",
        ),
        Code::TooManyRequests => (
            StatusCode::TOO_MANY_REQUESTS,
            "Too many attempts. Please wait a moment.",
            "アクセスが集中しています。しばらくお待ちください。",
        ),
        Code::BodyTooLarge | Code::UnsupportedMediaType => (
            error.code.status(),
            "The form could not be read.",
            "送信内容を読み取れませんでした。",
        ),
        _ => (
            StatusCode::SERVICE_UNAVAILABLE,
            "This page cannot be shown now. Please try again in a moment.",
            "現在表示できません。しばらくしてから再度お試しください。",
        ),
    };
    if let (Some(cause), true) = (&error.cause, status.is_server_error()) {
        tracing::error!(code = error.code.code(), cause, "a page failed");
    }
    let title = say(language, "This did not work", "処理できませんでした");
    let text = html! { p.problem role="alert" { (say(language, en, ja)) } };
    let mut answer = page(status, language, title, &text);
    if let Some(seconds) = error.retry_after {
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}

fn reader(request: &HttpRequest, chosen: Option<Language>) -> Language {
    chosen.unwrap_or_else(|| crate::border::accepted(request.headers()))
}

fn title(shown: &Shown) -> String {
    match shown.language {
        Language::En => format!("{} asks for a meeting", shown.from_name),
        Language::Ja => format!("{}からの面談依頼", shown.from_name),
    }
}

/// Shows the request. Changes nothing.
async fn show(
    secret: web::Path<String>,
    address: CallerAddress,
    request: HttpRequest,
    app: App,
) -> HttpResponse {
    let chosen = chosen(&request);
    let language = reader(&request, chosen);
    let shown = match load(&app, &address, secret.into_inner(), chosen).await {
        Ok(shown) => shown,
        Err(error) => return failed(&error, language),
    };
    match shown.closed {
        None => {
            let content = html! { (shown.request()) (shown.forms(&Fields::new(), None)) };
            page(StatusCode::OK, shown.language, &title(&shown), &content)
        }
        Some(Closed::Answered) => {
            let content = html! { (shown.answered()) (shown.request()) };
            page(StatusCode::OK, shown.language, &title(&shown), &content)
        }
        Some(closed) => refused(closed, shown.language),
    }
}

async fn load(
    app: &App,
    address: &CallerAddress,
    secret: String,
    chosen: Option<Language>,
) -> ApiResult<Shown> {
    limits::writes(app, &address.0).await?;
    let (inner, snapshot) = (app.clone(), app.live().snapshot());
    app.read(move |conn| {
        let (shown, ..) = Shown::of(conn, (&inner, &snapshot), &secret, chosen)?;
        Ok(shown)
    })
    .await
}

fn is_form(request: &HttpRequest) -> bool {
    request
        .content_type()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Shows what would be done, and the button that does it.
async fn draft(
    secret: web::Path<String>,
    address: CallerAddress,
    request: HttpRequest,
    body: web::Bytes,
    app: App,
) -> HttpResponse {
    let fields = form::fields(&body);
    let chosen = language_of(&fields).or_else(|| chosen(&request));
    let language = reader(&request, chosen);
    if !is_form(&request) {
        return failed(&Code::UnsupportedMediaType.into(), language);
    }
    let secret = secret.into_inner();
    let shown = match load(&app, &address, secret.clone(), chosen).await {
        Ok(shown) => shown,
        Err(error) => return failed(&error, language),
    };
    if let Some(closed) = shown.closed {
        return refused(closed, shown.language);
    }
    let read = Act::read(&fields, app.now()).and_then(|act| shown.allow(act));
    let act = match read {
        Ok(act) => act,
        Err(wrong) => {
            let content = html! { (shown.request()) (shown.forms(&fields, Some(wrong))) };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return page(status, shown.language, &title(&shown), &content);
        }
    };
    let plan = shown.plan(&act);
    match keep(&app, secret.clone(), act).await {
        Ok(once) => {
            let content = html! {
                (plan)
                form method="post" action={ "/answer/" (secret) "/confirm" } {
                    input type="hidden" name="once" value=(once);
                    (shown.language_field())
                    button { (shown.say("Confirm", "確定する")) }
                }
                p { a href={ "/answer/" (secret) } { (shown.say("Back, without doing anything", "何もせずに戻る")) } }
            };
            let title = shown.say("Please confirm", "内容をご確認ください");
            page(StatusCode::OK, shown.language, title, &content)
        }
        Err(error) => failed(&error, shown.language),
    }
}

fn language_of(fields: &Fields) -> Option<Language> {
    match fields.get("language").map(String::as_str) {
        Some("ja") => Some(Language::Ja),
        Some("en") => Some(Language::En),
        _ => None,
    }
}

/// Keeps what is about to be done; what confirms it, once.
async fn keep(app: &App, secret: String, act: Act) -> ApiResult<String> {
    let now = app.now();
    let (once, hash) = OpaqueToken::generate(TokenKind::Answer);
    app.write_quietly(move |conn| {
        let (link, ..) = answers::open(conn, &secret, now)?;
        let body = serde_json::to_value(&act).map_err(ApiError::internal)?;
        let until = now.saturating_add(CONFIRMED_WITHIN).unwrap_or(now);
        let of = (hash.as_str(), link.id);
        Ok(answer_links::insert_draft(conn, of, &body, (now, until))?)
    })
    .await?;
    Ok(once.reveal())
}

/// Does what was shown.
async fn confirm(
    secret: web::Path<String>,
    address: CallerAddress,
    request: HttpRequest,
    body: web::Bytes,
    app: App,
) -> HttpResponse {
    let fields = form::fields(&body);
    let chosen = language_of(&fields).or_else(|| chosen(&request));
    let language = reader(&request, chosen);
    if !is_form(&request) {
        return failed(&Code::UnsupportedMediaType.into(), language);
    }
    let secret = secret.into_inner();
    let once = fields.get("once").cloned().unwrap_or_default();
    let done = act(&app, &address, (secret.clone(), once), chosen).await;
    match done {
        Ok(Ok((language, act))) => {
            let text = done_text(&act, language);
            let content = html! {
                p { (text) }
                p { a href={ "/answer/" (secret) } { (say(language, "To the request", "面談依頼を表示")) } }
            };
            page(
                StatusCode::OK,
                language,
                say(language, "Thank you", "ありがとうございます"),
                &content,
            )
        }
        Ok(Err(closed)) => refused(closed, language),
        Err(error) => failed(&error, language),
    }
}

const fn done_text(act: &Act, language: Language) -> &'static str {
    let (en, ja) = match act {
        Act::Accept { .. } => (
            "You have accepted. How to reach the other side stands beside the request.",
            "承諾しました。相手方の連絡先は面談依頼の画面でご覧いただけます。",
        ),
        Act::Decline { .. } => (
            "You have declined. The other side has been told.",
            "見送りました。相手方に通知しました。",
        ),
        Act::Question { .. } => (
            "Your question was passed on. The answer will stand here.",
            "質問を送信しました。",
        ),
        Act::Times { .. } => (
            "Your times were passed on. You can still accept or decline.",
            "日程を送信しました。承諾・見送りは引き続き可能です。",
        ),
        Act::Refer { .. } => (
            "The staff will write to your colleague.",
            "事務局より担当者にご連絡します。",
        ),
    };
    say(language, en, ja)
}

async fn act(
    app: &App,
    address: &CallerAddress,
    (secret, once): (String, String),
    chosen: Option<Language>,
) -> ApiResult<Result<(Language, Act), Closed>> {
    limits::writes(app, &address.0).await?;
    let (inner, snapshot, now) = (app.clone(), app.live().snapshot(), app.now());
    app.write(move |conn| {
        let (link, request, closed) = answers::open(conn, &secret, now)?;
        if let Some(closed) = closed {
            return Ok(Err(closed));
        }
        let hash = TokenHash::of(&once);
        let body = answer_links::save_draft_used(conn, hash.as_str(), link.id, now)?;
        let act: Act = serde_json::from_value(body).map_err(ApiError::internal)?;
        answers::perform(
            conn,
            (&inner, &snapshot),
            (&link, request),
            act.clone(),
            now,
        )?;
        Ok(Ok((chosen.unwrap_or(link.language), act)))
    })
    .await
}

//! Who is told of what by mail, and in which words. One line per event and audience: an event without a line is told to
//! webhooks alone.
//!
//! `{from}` and `{to}` are the two sides of the request, `{organisation}` the organisation that the event is of, `{what}`
//! what a webhook or machine token is called. An event of something else than a request names its request as `request` in
//! its detail. `@state` after the name of an event: only when the detail's `state` is this one.

use domain::{Language, NoticeKind};

use Audience::{Counterpart, Guest, Keepers, Owners, Requester, Staff, Themselves};
use NoticeKind::{Approvals, Machines, MeetingRequests, Meetings, Organisation, Reminders};

/// Whom a line is for. The one who did it is never told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The side that asked: the named person, or all members.
    Requester,
    /// The side that is asked, once the request was let through: the named person, or all members.
    Counterpart,
    /// The staff of the programme that may decide.
    Staff,
    /// The owners of the organisation that the event is of.
    Owners,
    /// Whoever looks after the webhook: owners of its organisation, or staff of its programme.
    Keepers,
    /// The person named as `person` in the detail.
    Themselves,
    /// Somebody of the counterpart without an account: whoever was sent an answer link while it is good, and who accepted
    /// by one once there is a meeting.
    Guest,
}

impl Audience {
    /// Every audience.
    const ALL: [Audience; 7] = [
        Requester,
        Counterpart,
        Staff,
        Owners,
        Keepers,
        Themselves,
        Guest,
    ];

    /// The audience in snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            Requester => "requester",
            Counterpart => "counterpart",
            Staff => "staff",
            Owners => "owners",
            Keepers => "keepers",
            Themselves => "themselves",
            Guest => "guest",
        }
    }
}

/// The line of an event for an audience, as a delivery names them.
pub(crate) fn line(event: &str, to: &str) -> Option<&'static Told> {
    let to = Audience::ALL.into_iter().find(|known| known.code() == to)?;
    EVENTS
        .iter()
        .find(|line| line.event == event && line.to == to)
}

/// A line: event, audience, kind, and subject and sentence in English and Japanese.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// The event, with its state where it matters.
    pub event: &'static str,
    /// Whom it is for.
    pub to: Audience,
    /// What can be unsubscribed from.
    pub kind: NoticeKind,
    en: (&'static str, &'static str),
    ja: (&'static str, &'static str),
}

impl Told {
    /// Subject and sentence, their places not yet filled.
    pub const fn words(&self, language: Language) -> (&'static str, &'static str) {
        match language {
            Language::En => self.en,
            Language::Ja => self.ja,
        }
    }

    /// Whether the line is for those who accepted, rather than for those who are still to answer.
    pub fn is_of_meeting(&self) -> bool {
        self.kind == Meetings
    }

    /// The state in which alone the line is true.
    pub fn only_in(&self) -> Option<&'static str> {
        self.event.split_once('@').map(|(_, only)| only)
    }

    /// Whether the line is for this event in this state.
    pub fn fits(&self, event: &str, state: Option<&str>) -> bool {
        match self.event.split_once('@') {
            Some((name, only)) => name == event && state == Some(only),
            None => self.event == event,
        }
    }
}

const fn told(
    event: &'static str,
    to: Audience,
    kind: NoticeKind,
    en: (&'static str, &'static str),
    ja: (&'static str, &'static str),
) -> Told {
    Told {
        event,
        to,
        kind,
        en,
        ja,
    }
}

/// Every line.
#[rustfmt::skip]
pub const EVENTS: &[Told] = &[
    told("meeting_request.created@awaiting_staff", Staff, Approvals, ("To decide: {from} asks to meet {to}", "{from} asks for an introduction to {to}. It waits for your decision."), ("承認待ち: {from}から{to}への面談依頼", "{from}から{to}への面談依頼が、承認を待っています。")),
    told("meeting_request.submit@awaiting_staff", Staff, Approvals, ("To decide again: {from} asks to meet {to}", "{from} has revised the request to meet {to}. It waits for your decision."), ("再審査: {from}から{to}への面談依頼", "{from}が{to}への面談依頼を修正し、再提出しました。")),
    told("meeting_request.created@awaiting_counterpart", Counterpart, MeetingRequests, ("{from} would like to meet you", "{from} asks for an introduction to {to}. You may accept, or decline with a reason."), ("{from}から面談の依頼があります", "{from}から{to}に面談の依頼が届きました。承諾または見送りをお選びください。")),
    told("meeting_request.submit@awaiting_counterpart", Counterpart, MeetingRequests, ("{from} would like to meet you", "{from} asks for an introduction to {to}. You may accept, or decline with a reason."), ("{from}から面談の依頼があります", "{from}から{to}に面談の依頼が届きました。承諾または見送りをお選びください。")),
    told("meeting_request.approve", Counterpart, MeetingRequests, ("{from} would like to meet you", "{from} asks for an introduction to {to}. You may accept, or decline with a reason."), ("{from}から面談の依頼があります", "{from}から{to}に面談の依頼が届きました。承諾または見送りをお選びください。")),
    told("meeting_request.approve", Requester, MeetingRequests, ("Your request to meet {to} was passed on", "The staff approved your request. {to} has it now and will answer."), ("{to}への面談依頼が承認されました", "スタッフが依頼を承認し、{to}へお伝えしました。お返事をお待ちください。")),
    told("meeting_request.return", Requester, MeetingRequests, ("Please revise your request to meet {to}", "The staff returned your request with a reason. Revise the message and submit it again."), ("{to}への面談依頼が差し戻されました", "スタッフが理由を添えて依頼を差し戻しました。内容を修正のうえ、再度ご提出ください。")),
    told("meeting_request.reject", Requester, MeetingRequests, ("Your request to meet {to} was not passed on", "The staff decided not to pass the request on. The reason stands with it."), ("{to}への面談依頼は見送られました", "スタッフの判断により、今回の依頼はお取り次ぎしませんでした。理由は依頼の画面でご覧いただけます。")),
    told("meeting_request.accept", Requester, MeetingRequests, ("{to} accepted: you are introduced", "{to} would like to meet you. How to reach each other stands in the request."), ("{to}が面談を承諾しました", "{to}が面談を承諾しました。お互いの連絡先は、依頼の画面でご覧いただけます。")),
    told("meeting_request.accept", Counterpart, MeetingRequests, ("You are introduced to {from}", "Your side accepted the request of {from}. How to reach each other stands in the request."), ("{from}との面談が決まりました", "{from}からの面談依頼を承諾しました。お互いの連絡先は、依頼の画面でご覧いただけます。")),
    told("meeting_request.decline", Requester, MeetingRequests, ("{to} cannot meet this time", "{to} declined the request. Others may fit: have a look at your match list."), ("{to}は今回、面談を見送りました", "{to}は今回の依頼を見送りました。マッチ一覧で、ほかの候補もご覧ください。")),
    told("meeting_request.withdraw", Counterpart, MeetingRequests, ("{from} withdrew the request", "The request of {from} was withdrawn. There is nothing to do."), ("{from}が面談依頼を取り下げました", "{from}からの面談依頼は取り下げられました。お手続きは不要です。")),
    told("meeting_request.expire", Requester, MeetingRequests, ("Your request to meet {to} has expired", "Nobody answered in time, so the request ended. You may ask somebody else."), ("{to}への面談依頼の期限が過ぎました", "期限までにお返事がなかったため、依頼は終了しました。ほかの候補へのご依頼をご検討ください。")),
    told("meeting_request.expire", Counterpart, MeetingRequests, ("The request of {from} has expired", "It was not answered in time. There is nothing to do any more."), ("{from}からの面談依頼の期限が過ぎました", "期限までにお返事がなかったため、依頼は終了しました。お手続きは不要です。")),
    told("meeting_request.cancel", Requester, MeetingRequests, ("The introduction to {to} was cancelled", "It was cancelled with a reason, which stands with the request."), ("{to}との面談が取り消されました", "面談が取り消されました。理由は依頼の画面でご覧いただけます。")),
    told("meeting_request.cancel", Counterpart, MeetingRequests, ("The introduction to {from} was cancelled", "It was cancelled with a reason, which stands with the request."), ("{from}との面談が取り消されました", "面談が取り消されました。理由は依頼の画面でご覧いただけます。")),
    told("meeting_request.offer", Requester, Meetings, ("Times are offered for the meeting with {to}", "Choose one that suits you, or offer others. They are held until their deadline alone."), ("{to}との面談の日程候補があります", "ご都合のよい日時をお選びいただくか、別の候補をご提示ください。候補の確保には期限があります。")),
    told("meeting_request.schedule", Requester, Meetings, ("The meeting with {to} has its time", "Your meeting with {to} is scheduled. The place stands with it."), ("{to}との面談の日時が決まりました", "{to}との面談の日時が決まりました。場所は面談の画面でご覧いただけます。")),
    told("meeting_request.displace", Requester, Meetings, ("A time for the meeting with {to} was taken", "A time that was held has gone to another meeting. Please look for a new one."), ("{to}との面談の日程候補が埋まりました", "確保していた日時が別の面談に使われました。別の日時をご検討ください。")),
    told("meeting_request.offer", Counterpart, Meetings, ("Times are offered for the meeting with {from}", "Choose one that suits you, or offer others. They are held until their deadline alone."), ("{from}との面談の日程候補があります", "ご都合のよい日時をお選びいただくか、別の候補をご提示ください。候補の確保には期限があります。")),
    told("meeting_request.schedule", Counterpart, Meetings, ("The meeting with {from} has its time", "Your meeting with {from} is scheduled. The place stands with it."), ("{from}との面談の日時が決まりました", "{from}との面談の日時が決まりました。場所は面談の画面でご覧いただけます。")),
    told("meeting_request.displace", Counterpart, Meetings, ("A time for the meeting with {from} was taken", "A time that was held has gone to another meeting. Please look for a new one."), ("{from}との面談の日程候補が埋まりました", "確保していた日時が別の面談に使われました。別の日時をご検討ください。")),
    told("participant.added", Themselves, Meetings, ("You take part in a meeting of {from} and {to}", "You were asked to take part. Time and place stand with the meeting."), ("{from}と{to}の面談への同席のお願い", "面談への同席をお願いします。日時と場所は面談の画面でご覧いただけます。")),
    told("meeting_request.close", Requester, MeetingRequests, ("Your request to meet {to} was closed", "The request cannot go on, and was closed."), ("{to}への面談依頼は終了しました", "手続きを続けられないため、依頼は終了しました。")),
    told("meeting_request.close", Counterpart, MeetingRequests, ("The request of {from} was closed", "The request cannot go on, and was closed."), ("{from}からの面談依頼は終了しました", "手続きを続けられないため、依頼は終了しました。")),
    told("meeting_request.reminded_at_one_third@awaiting_staff", Staff, Reminders, ("Still to decide: {from} asks to meet {to}", "The request of {from} to meet {to} still waits for your decision."), ("未承認です: {from}から{to}への面談依頼", "{from}から{to}への面談依頼が、まだ承認を待っています。")),
    told("meeting_request.reminded_at_one_third@returned", Requester, Reminders, ("Your request to meet {to} waits for your revision", "The staff returned it with a reason. It expires if it is not submitted again in time."), ("{to}への面談依頼の再提出をお待ちしています", "差し戻された依頼が、再提出されていません。期限を過ぎると終了します。")),
    told("meeting_request.reminded_at_one_third@awaiting_counterpart", Counterpart, Reminders, ("{from} still waits for your answer", "The request of {from} expires if it is not answered in time. You may accept, or decline with a reason."), ("{from}がお返事をお待ちしています", "{from}からの面談依頼にお返事がまだありません。期限を過ぎると終了します。")),
    told("meeting_request.reminded_at_two_thirds@awaiting_staff", Staff, Reminders, ("Still to decide: {from} asks to meet {to}", "The request of {from} to meet {to} still waits for your decision."), ("未承認です: {from}から{to}への面談依頼", "{from}から{to}への面談依頼が、まだ承認を待っています。")),
    told("meeting_request.reminded_at_two_thirds@returned", Requester, Reminders, ("Your request to meet {to} waits for your revision", "The staff returned it with a reason. It expires if it is not submitted again in time."), ("{to}への面談依頼の再提出をお待ちしています", "差し戻された依頼が、再提出されていません。期限を過ぎると終了します。")),
    told("meeting_request.reminded_at_two_thirds@awaiting_counterpart", Counterpart, Reminders, ("{from} still waits for your answer", "The request of {from} expires if it is not answered in time. You may accept, or decline with a reason."), ("{from}がお返事をお待ちしています", "{from}からの面談依頼にお返事がまだありません。期限を過ぎると終了します。")),
    told("meeting_request.reminded_shortly_before@awaiting_staff", Staff, Reminders, ("Still to decide: {from} asks to meet {to}", "The request of {from} to meet {to} still waits for your decision."), ("未承認です: {from}から{to}への面談依頼", "{from}から{to}への面談依頼が、まだ承認を待っています。")),
    told("meeting_request.reminded_shortly_before@returned", Requester, Reminders, ("Your request to meet {to} waits for your revision", "The staff returned it with a reason. It expires if it is not submitted again in time."), ("{to}への面談依頼の再提出をお待ちしています", "差し戻された依頼が、再提出されていません。期限を過ぎると終了します。")),
    told("meeting_request.reminded_shortly_before@awaiting_counterpart", Counterpart, Reminders, ("{from} still waits for your answer", "The request of {from} expires if it is not answered in time. You may accept, or decline with a reason."), ("{from}がお返事をお待ちしています", "{from}からの面談依頼にお返事がまだありません。期限を過ぎると終了します。")),
    told("meeting_request.followed_up_after_3_months", Requester, Reminders, ("What came of the meeting with {to}?", "You met three months ago. Please tell what came of it: it makes the next introductions better."), ("{to}とのその後はいかがですか", "面談から3か月が経ちました。その後の進展をお知らせください。今後のご紹介に役立てます。")),
    told("meeting_request.followed_up_after_3_months", Counterpart, Reminders, ("What came of the meeting with {from}?", "You met three months ago. Please tell what came of it: it makes the next introductions better."), ("{from}とのその後はいかがですか", "面談から3か月が経ちました。その後の進展をお知らせください。今後のご紹介に役立てます。")),
    told("meeting_request.followed_up_after_6_months", Requester, Reminders, ("What came of the meeting with {to}?", "You met six months ago. Please tell what came of it: it makes the next introductions better."), ("{to}とのその後はいかがですか", "面談から6か月が経ちました。その後の進展をお知らせください。今後のご紹介に役立てます。")),
    told("meeting_request.followed_up_after_6_months", Counterpart, Reminders, ("What came of the meeting with {from}?", "You met six months ago. Please tell what came of it: it makes the next introductions better."), ("{from}とのその後はいかがですか", "面談から6か月が経ちました。その後の進展をお知らせください。今後のご紹介に役立てます。")),
    told("meeting_request.followed_up_after_12_months", Requester, Reminders, ("What came of the meeting with {to}?", "You met a year ago. Please tell what came of it: it makes the next introductions better."), ("{to}とのその後はいかがですか", "面談から1年が経ちました。その後の進展をお知らせください。今後のご紹介に役立てます。")),
    told("meeting_request.followed_up_after_12_months", Counterpart, Reminders, ("What came of the meeting with {from}?", "You met a year ago. Please tell what came of it: it makes the next introductions better."), ("{from}とのその後はいかがですか", "面談から1年が経ちました。その後の進展をお知らせください。今後のご紹介に役立てます。")),
    told("answer_link.mailed", Guest, MeetingRequests, ("{from} would like to meet you", "{from} asks for an introduction to {to}. Behind the link you can read the request and accept it, decline it, ask a question or name a colleague. No account is needed, and opening it changes nothing."), ("{from}から面談の依頼があります", "{from}から{to}に面談の依頼が届きました。下のリンクから、内容のご確認と、承諾・見送り・ご質問・担当者のご紹介ができます。アカウントは不要で、開くだけでは何も変わりません。")),
    told("meeting_request.reminded_at_one_third@awaiting_counterpart", Guest, Reminders, ("{from} still waits for your answer", "The request of {from} expires if it is not answered in time. You may accept, or decline with a reason; no account is needed."), ("{from}がお返事をお待ちしています", "{from}からの面談依頼にお返事がまだありません。期限を過ぎると終了します。アカウントは不要です。")),
    told("meeting_request.reminded_at_two_thirds@awaiting_counterpart", Guest, Reminders, ("{from} still waits for your answer", "The request of {from} expires if it is not answered in time. You may accept, or decline with a reason; no account is needed."), ("{from}がお返事をお待ちしています", "{from}からの面談依頼にお返事がまだありません。期限を過ぎると終了します。アカウントは不要です。")),
    told("meeting_request.reminded_shortly_before@awaiting_counterpart", Guest, Reminders, ("{from} still waits for your answer", "The request of {from} expires if it is not answered in time. You may accept, or decline with a reason; no account is needed."), ("{from}がお返事をお待ちしています", "{from}からの面談依頼にお返事がまだありません。期限を過ぎると終了します。アカウントは不要です。")),
    told("meeting_request.withdraw", Guest, MeetingRequests, ("{from} withdrew the request", "The request of {from} was withdrawn. There is nothing to do."), ("{from}が面談依頼を取り下げました", "{from}からの面談依頼は取り下げられました。お手続きは不要です。")),
    told("meeting_request.schedule", Guest, Meetings, ("The meeting with {from} has its time", "Your meeting with {from} is scheduled. If it does not suit you, write to the other side: how to reach them stands behind your link."), ("{from}との面談の日時が決まりました", "{from}との面談の日時が決まりました。ご都合が悪い場合は相手方へご連絡ください。連絡先はリンク先でご覧いただけます。")),
    told("meeting_request.cancel", Guest, Meetings, ("The introduction to {from} was cancelled", "The introduction was cancelled. There is nothing to do."), ("{from}との面談が取り消されました", "面談は取り消されました。お手続きは不要です。")),
    told("reply.created", Requester, MeetingRequests, ("{to} has replied to your request", "There is a question, a proposal of times or a colleague to turn to. It stands with the request."), ("{to}から返信がありました", "ご依頼に、質問・日程の提案・担当者の紹介のいずれかが届いています。依頼の画面でご覧ください。")),
    told("reply.answered", Counterpart, MeetingRequests, ("{from} has answered your question", "The answer stands with the request."), ("{from}からご質問への回答がありました", "回答は依頼の画面でご覧いただけます。")),
    told("organisation.submitted", Staff, Approvals, ("To review: {organisation}", "{organisation} asks to be listed. Its profile waits for your review."), ("審査待ち: {organisation}", "{organisation}の掲載申請が、審査を待っています。")),
    told("organisation.approved", Owners, Organisation, ("{organisation} is listed", "The staff approved the profile. Others can find you now, and you can ask to meet them."), ("{organisation}が掲載されました", "スタッフがプロフィールを承認しました。ほかの参加者に表示され、面談を依頼できるようになりました。")),
    told("organisation.rejected", Owners, Organisation, ("{organisation} was not listed", "The staff did not approve the profile. The reason stands with it."), ("{organisation}は掲載されませんでした", "スタッフがプロフィールを承認しませんでした。理由はプロフィールの画面でご覧いただけます。")),
    told("organisation.suspended", Owners, Organisation, ("{organisation} was suspended", "The staff suspended the organisation. Open requests were closed."), ("{organisation}は利用停止となりました", "スタッフが利用を停止しました。進行中の依頼は終了しました。")),
    told("webhook.disabled", Keepers, Machines, ("A webhook was disabled: {what}", "Nothing arrived at {what} any more, so nothing is sent there until you enable it again."), ("ウェブフックを停止しました: {what}", "{what}への配信が届かないため、停止しました。再開するには有効化してください。")),
    told("machine_token.created", Themselves, Machines, ("A machine token acts in your name: {what}", "Another system may now act in your name, within the scopes of the token. If you did not expect that, revoke it."), ("あなたの名義の連携トークンが発行されました: {what}", "ほかのシステムが、トークンの権限の範囲であなたの名義で操作できます。お心当たりがない場合は失効させてください。")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_speaks_both_languages_with_the_same_places() {
        let places = |text: &str| {
            let mut found: Vec<&str> = ["{from}", "{to}", "{organisation}", "{what}"]
                .into_iter()
                .filter(|place| text.contains(place))
                .collect();
            found.sort_unstable();
            (found, text.matches('{').count())
        };
        for line in EVENTS {
            let (en, ja) = (line.words(Language::En), line.words(Language::Ja));
            for (en, ja) in [(en.0, ja.0), (en.1, ja.1)] {
                assert!(!en.is_empty() && !ja.is_empty(), "{}", line.event);
                assert!(en.is_ascii() && !ja.is_ascii(), "{}", line.event);
                for text in [en, ja] {
                    let (known, all) = places(text);
                    assert_eq!(known.len(), all, "{}: {text}", line.event);
                }
            }
            assert_eq!(places(en.0).0, places(ja.0).0, "{}", line.event);
        }
    }

    #[test]
    fn nobody_is_told_of_one_event_twice() {
        for (index, line) in EVENTS.iter().enumerate() {
            for other in &EVENTS[index + 1..] {
                assert!(
                    line.event != other.event || line.to != other.to,
                    "{}",
                    line.event
                );
            }
        }
    }
}

//! One sentence per reason code, in English and Japanese; `{…}` stands for a piece of the evidence.

use std::{collections::HashMap, sync::LazyLock};

use domain::Language;

/// What a code says.
pub(super) struct Sentence {
    pub(super) code: &'static str,
    pub(super) en: &'static str,
    pub(super) ja: &'static str,
}

const fn sentence(code: &'static str, en: &'static str, ja: &'static str) -> Sentence {
    Sentence { code, en, ja }
}

/// A piece of a sentence.
pub(super) enum Piece {
    /// As it stands.
    Words(&'static str),
    /// The place of what is named so.
    Place(&'static str),
}

/// What a code says, piece by piece.
pub(super) fn pieces(code: &str, language: Language) -> &'static [Piece] {
    static READ: LazyLock<HashMap<&str, [Vec<Piece>; 2]>> = LazyLock::new(|| {
        let all = SENTENCES.iter().chain([&OTHERWISE]);
        all.map(|said| (said.code, [said.en, said.ja].map(read)))
            .collect()
    });
    let [en, ja] = READ.get(code).unwrap_or_else(|| &READ[OTHERWISE.code]);
    match language {
        Language::En => en,
        Language::Ja => ja,
    }
}

fn read(text: &'static str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for words in text.split('{') {
        let words = match words.split_once('}') {
            Some((place, words)) => {
                pieces.push(Piece::Place(place));
                words
            }
            None => words,
        };
        pieces.push(Piece::Words(words));
    }
    pieces
}

/// For two-factor tables, and for codes that a stored explanation has from a later version.
pub(super) const OTHERWISE: Sentence = sentence(
    super::TOGETHER,
    "Two factors together: {level}.",
    "二つの要素の組み合わせによる点数です（{level}）。",
);

/// Every code of [`super::code`].
pub(super) const SENTENCES: &[Sentence] = &[
    sentence(
        "base",
        "Where every pair of these kinds starts.",
        "この種別の組み合わせの出発点です。",
    ),
    sentence(
        "not_stated",
        "Not stated on one side: {subject}.",
        "いずれかの側に記載がありません（{subject}）。",
    ),
    sentence(
        "no_record",
        "No record of investments to judge by: {subject}.",
        "判断できる投資実績がありません（{subject}）。",
    ),
    sentence(
        "their_mandate_names_just_this",
        "Your {mine} is just what they look for.",
        "貴社の「{mine}」は、相手の希望条件と一致します。",
    ),
    sentence(
        "they_look_where_i_am",
        "They look for {theirs}, where you are ({mine}).",
        "相手の希望地域「{theirs}」に、貴社の所在地「{mine}」が含まれます。",
    ),
    sentence(
        "they_look_near_me",
        "They look for {theirs}, not far from you ({mine}).",
        "相手の希望地域「{theirs}」は、貴社の所在地「{mine}」から遠くありません。",
    ),
    sentence(
        "they_look_elsewhere",
        "They look for {theirs}, far from you ({mine}).",
        "相手の希望地域「{theirs}」は、貴社の所在地「{mine}」から離れています。",
    ),
    sentence(
        "i_look_where_they_are",
        "They are in {theirs}, where you look.",
        "相手の所在地「{theirs}」は、貴社の希望地域に含まれます。",
    ),
    sentence(
        "i_look_near_them",
        "They are in {theirs}, not far from where you look.",
        "相手の所在地「{theirs}」は、貴社の希望地域から遠くありません。",
    ),
    sentence(
        "i_look_elsewhere",
        "They are in {theirs}, far from where you look.",
        "相手の所在地「{theirs}」は、貴社の希望地域から離れています。",
    ),
    sentence(
        "word_chosen_as_often",
        "{whose} record: {deals} of {of investments} in startups that speak of \"{label}\", {times} times the market's share (smoothed).",
        "{holder}の投資{of}件のうち{deals}件が、事業内容で「{label}」に触れるスタートアップで、市場全体に占める割合の{times}倍です（平滑化後）。",
    ),
    sentence(
        "word_chosen_less_often",
        "{whose} record: {only deals} {of investments} in startups that speak of \"{label}\", {times} times the market's share (smoothed).",
        "{holder}の投資{of}件のうち、事業内容で「{label}」に触れるスタートアップ{only deals}、市場全体に占める割合の{times}倍です（平滑化後）。",
    ),
    sentence(
        "their_mandate_names_it",
        "They look for {theirs}, which covers your {mine}.",
        "相手の希望条件「{theirs}」に、貴社の「{mine}」が当てはまります。",
    ),
    sentence(
        "their_mandate_names_near",
        "They look for {theirs}, close to your {mine}.",
        "相手の希望条件「{theirs}」は、貴社の「{mine}」に近い条件です。",
    ),
    sentence(
        "their_mandate_names_others",
        "They look for something other than your {mine}.",
        "相手の希望条件は、貴社の「{mine}」とは異なります。",
    ),
    sentence(
        "my_mandate_names_it",
        "Their {theirs} is what you look for.",
        "相手の「{theirs}」は、貴社の希望条件に当てはまります。",
    ),
    sentence(
        "my_mandate_names_near",
        "Their {theirs} is close to what you look for.",
        "相手の「{theirs}」は、貴社の希望条件に近い条件です。",
    ),
    sentence(
        "my_mandate_names_others",
        "Their {theirs} is not what you look for.",
        "相手の「{theirs}」は、貴社の希望条件とは異なります。",
    ),
    sentence(
        "in_common",
        "Their {theirs} matches your {mine}.",
        "相手の「{theirs}」は、貴社の「{mine}」と一致します。",
    ),
    sentence(
        "near_each_other",
        "Their {theirs} is close to your {mine}.",
        "相手の「{theirs}」は、貴社の「{mine}」に近い分野です。",
    ),
    sentence(
        "nothing_in_common",
        "They have nothing close to your {mine}.",
        "相手には、貴社の「{mine}」に近いものがありません。",
    ),
    sentence(
        "homes_together",
        "They are at home in {theirs}, as you are.",
        "所在地はいずれも「{theirs}」です。",
    ),
    sentence(
        "homes_near",
        "They are at home in {theirs}, you in {mine}.",
        "相手の所在地は「{theirs}」、貴社の所在地は「{mine}」です。",
    ),
    sentence(
        "homes_far",
        "They are far away: at home in {theirs}, you in {mine}.",
        "所在地が離れています。相手は「{theirs}」、貴社は「{mine}」です。",
    ),
    sentence(
        "mandate_speaks",
        "A mandate states its regions, so homes are not compared.",
        "希望条件に地域が示されているため、所在地どうしは比べません。",
    ),
    sentence(
        "round_fits_cheques",
        "{whose} round, {round}, fits {whose_other_low} first cheques, {cheques}.",
        "{whose}の調達額（{round}）は、{whose_other}の初回投資額（{cheques}）の範囲に収まります。",
    ),
    sentence(
        "round_near_cheques",
        "{whose} round, {round}, is just outside {whose_other_low} first cheques, {cheques}.",
        "{whose}の調達額（{round}）は、{whose_other}の初回投資額（{cheques}）の範囲に近い金額です。",
    ),
    sentence(
        "round_off_cheques",
        "{whose} round, {round}, is far from {whose_other_low} first cheques, {cheques}.",
        "{whose}の調達額（{round}）は、{whose_other}の初回投資額（{cheques}）の範囲から離れています。",
    ),
    sentence(
        "my_need_met",
        "They offer {theirs}, which you need.",
        "相手は、貴社が必要とする「{theirs}」を提供しています。",
    ),
    sentence(
        "my_need_nearly_met",
        "They offer {theirs}, close to {mine}, which you need.",
        "相手が提供する「{theirs}」は、貴社が必要とする「{mine}」に近い内容です。",
    ),
    sentence(
        "my_need_unmet",
        "They do not offer {mine}, which you need.",
        "相手は、貴社が必要とする「{mine}」を提供していません。",
    ),
    sentence(
        "their_need_met",
        "They need {theirs}, which you offer.",
        "相手が必要とする「{theirs}」を、貴社が提供しています。",
    ),
    sentence(
        "their_need_nearly_met",
        "They need {theirs}, close to {mine}, which you offer.",
        "相手が必要とする「{theirs}」は、貴社が提供する「{mine}」に近い内容です。",
    ),
    sentence(
        "their_need_unmet",
        "You do not offer what they need.",
        "相手が必要とするものを、貴社は提供していません。",
    ),
    sentence(
        "instrument_accepted",
        "{whose} round issues {instrument}, which the investor buys.",
        "{whose}の調達の発行形態（{instrument}）に、投資側が対応しています。",
    ),
    sentence(
        "instrument_not_accepted",
        "{whose} round issues {instrument}, which the investor does not buy.",
        "{whose}の調達の発行形態（{instrument}）に、投資側は対応していません。",
    ),
    sentence(
        "entity_country_accepted",
        "{whose} round is of an entity of {label}, in which the investor may invest.",
        "{whose}の法人所在国（{label}）は、投資側の対象国です。",
    ),
    sentence(
        "entity_country_not_accepted",
        "{whose} round is of an entity of {label}, in which the investor does not invest.",
        "{whose}の法人所在国（{label}）は、投資側の対象国ではありません。",
    ),
    sentence(
        "recent_deals",
        "{holder} made {deals investments} since {since}, the last in {last}; weighed by age they count {recent}.",
        "{holder}は{since}年以降に{deals}件投資しており、直近は{last}です（新しさで重み付けすると{recent}件分）。",
    ),
    sentence(
        "all_deals",
        "{holder} invested in {deals} startups in all.",
        "{holder}がこれまでに投資したスタートアップは{deals}社です。",
    ),
    sentence(
        "usual_round_size",
        "{holder} usually joined rounds of {size}.",
        "{holder}が参加した調達ラウンドの規模は、通常{size}です。",
    ),
    sentence(
        "usual_syndicate",
        "{holder} usually invested in rounds with about {count} investors.",
        "{holder}が参加したラウンドの投資家数は、通常{count}社程度です。",
    ),
    sentence(
        "amount_chosen_as_often",
        "{whose} record: {deals} of {of investments} in rounds of about this size, {times} times the market's share (smoothed).",
        "{holder}の投資{of}件のうち{deals}件がこの規模に近いラウンドで、市場全体に占める割合の{times}倍です（平滑化後）。",
    ),
    sentence(
        "amount_chosen_less_often",
        "{whose} record: {only deals} {of investments} in rounds of about this size, {times} times the market's share (smoothed).",
        "{holder}の投資{of}件のうち、この規模に近いラウンド{only deals}、市場全体に占める割合の{times}倍です（平滑化後）。",
    ),
    sentence(
        "similar_deals",
        "{deeds}. Weighed by place, sector, stage, size and age, {similar} of {deals investments} count as like this one.",
        "{deeds}。場所・分野・段階・規模・時期で重み付けすると、投資{deals}件のうち{similar}件分が今回に近い案件です。",
    ),
    sentence(
        "partners_shared",
        "The startup has {earlier investors}; rounds shared with them count {share}, where a stranger would have {expected}.",
        "既存投資家は{earlier}社です。その各社との共同投資は{share}件分で、無関係な投資家なら{expected}件分です。",
    ),
    sentence(
        "no_earlier_investors",
        "The startup has no investors yet who could know the other side.",
        "相手とのつながりを示す既存投資家がまだいません。",
    ),
    sentence(
        "also_incubates",
        "The investing side runs an incubation programme too.",
        "投資側はインキュベーションも行っています。",
    ),
    sentence(
        "does_not_incubate",
        "The investing side runs no incubation programme.",
        "投資側はインキュベーションを行っていません。",
    ),
    sentence(
        "raise_stage",
        "The round is at the stage {label}.",
        "調達の段階は「{label}」です。",
    ),
    sentence(
        "raise_amount",
        "The round is of {round}.",
        "調達額は{round}です。",
    ),
    sentence(
        "raise_rounds",
        "The startup raised {count rounds} before.",
        "これまでの調達は{count}回です。",
    ),
    sentence(
        "raise_investors",
        "The startup has {count} investors.",
        "既存投資家は{count}社です。",
    ),
    sentence(
        "market_share",
        "How much is invested in {label} at all.",
        "「{label}」への投資が市場全体でどれだけあるかを示します。",
    ),
    sentence(
        "chosen_as_often",
        "{whose} record: {deals} of {of investments} in {label}, {times} times the market's share (smoothed).",
        "{holder}の投資{of}件のうち{deals}件が「{label}」で、市場全体に占める割合の{times}倍です（平滑化後）。",
    ),
    sentence(
        "chosen_less_often",
        "{whose} record: {only deals} {of investments} in {label}, {times} times the market's share (smoothed).",
        "{holder}の投資{of}件のうち「{label}」{only deals}、市場全体に占める割合の{times}倍です（平滑化後）。",
    ),
    sentence(
        "language_shared",
        "You can meet in {language}.",
        "{language}で面談できます。",
    ),
    sentence(
        "no_language_shared",
        "They have no language in common with you.",
        "共通の言語がありません。",
    ),
    sentence(
        "asked_seldom",
        "They were hardly asked for meetings lately.",
        "最近、相手への面談依頼はほとんどありません。",
    ),
    sentence(
        "asked_now_and_then",
        "They were asked for meetings now and then lately.",
        "最近、相手にはときどき面談依頼が届いています。",
    ),
    sentence(
        "asked_often",
        "They were asked for many meetings lately.",
        "最近、相手には多くの面談依頼が届いています。",
    ),
    sentence(
        "not_listed_yet",
        "It is not counted yet how often they are listed.",
        "相手が一覧に表示される頻度は、まだ集計されていません。",
    ),
    sentence(
        "listed_seldom",
        "They are listed less often than others.",
        "相手が他の組織の一覧に表示されることは、平均より少なめです。",
    ),
    sentence(
        "listed_as_others",
        "They are listed about as often as others.",
        "相手が他の組織の一覧に表示される頻度は、平均的です。",
    ),
    sentence(
        "listed_often",
        "They are listed often already: at least {times} times as often as others on average.",
        "相手はすでに多くの一覧に表示されています（平均の{times}倍以上）。",
    ),
];

//! One sentence per reason code, in English and Japanese; `{…}` stands for a piece of the evidence.

/// What a code says.
pub(super) struct Sentence {
    pub(super) code: &'static str,
    pub(super) en: &'static str,
    pub(super) ja: &'static str,
}

const fn sentence(code: &'static str, en: &'static str, ja: &'static str) -> Sentence {
    Sentence { code, en, ja }
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
        "The size of the round fits the first cheques.",
        "調達額は初回投資額の範囲に収まります。",
    ),
    sentence(
        "round_near_cheques",
        "The size of the round is just outside the first cheques.",
        "調達額は初回投資額の範囲に近い金額です。",
    ),
    sentence(
        "round_off_cheques",
        "The size of the round is far from the first cheques.",
        "調達額は初回投資額の範囲から離れています。",
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
        "The investor buys what the round issues.",
        "投資家は、この調達の発行形態に対応しています。",
    ),
    sentence(
        "instrument_not_accepted",
        "The investor does not buy what the round issues.",
        "投資家は、この調達の発行形態に対応していません。",
    ),
    sentence(
        "entity_country_accepted",
        "The investor may invest in an entity of {label}.",
        "投資家は「{label}」の法人に投資できます。",
    ),
    sentence(
        "entity_country_not_accepted",
        "The investor does not invest in entities of {label}.",
        "投資家は「{label}」の法人には投資しません。",
    ),
    sentence(
        "recent_deals",
        "{holder} made {deals} investments; weighed by age they count {recent}.",
        "{holder}の投資実績は{deals}件で、新しさで重み付けすると{recent}件分です。",
    ),
    sentence(
        "all_deals",
        "{holder} invested in {deals} startups in all.",
        "{holder}がこれまでに投資したスタートアップは{deals}社です。",
    ),
    sentence(
        "usual_round_size",
        "{holder} usually joined rounds of about USD {size}.",
        "{holder}が参加した調達ラウンドの規模は、通常{size}米ドル程度です。",
    ),
    sentence(
        "usual_syndicate",
        "{holder} usually invested in rounds with about {count} investors.",
        "{holder}が参加したラウンドの投資家数は、通常{count}社程度です。",
    ),
    sentence(
        "amount_chosen_as_often",
        "{holder} made {deals} of {of} investments in rounds of about this size: {times} times the market's share.",
        "{holder}の投資{of}件のうち{deals}件がこの規模に近いラウンドで、市場全体の割合の{times}倍です。",
    ),
    sentence(
        "amount_chosen_less_often",
        "{holder} made only {deals} of {of} investments in rounds of about this size: {times} times the market's share.",
        "{holder}の投資{of}件のうち、この規模に近いラウンドは{deals}件にとどまり、市場全体の割合の{times}倍です。",
    ),
    sentence(
        "similar_deals",
        "Of {deals} investments {similar} count as like this one by place, sector, stage, size and age.",
        "{holder}の投資{deals}件のうち、場所・分野・段階・規模・時期を勘案すると{similar}件分が今回に近い案件です。",
    ),
    sentence(
        "partners_shared",
        "The startup has {earlier} investors; what the two sides did together counts {share} where a stranger would have {expected}.",
        "このスタートアップの既存投資家は{earlier}社で、共同投資の度合いは{share}（無関係な場合は{expected}）です。",
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
        "The round lies in the band {round} of US dollars.",
        "調達額は米ドルで「{round}」の区分です。",
    ),
    sentence(
        "raise_rounds",
        "The startup raised {count} rounds before.",
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
        "{holder} made {deals} of {of} investments in {label}: {times} times the market's share.",
        "{holder}の投資{of}件のうち{deals}件が「{label}」で、市場全体の割合の{times}倍です。",
    ),
    sentence(
        "chosen_less_often",
        "{holder} made only {deals} of {of} investments in {label}: {times} times the market's share.",
        "{holder}の投資{of}件のうち「{label}」は{deals}件にとどまり、市場全体の割合の{times}倍です。",
    ),
    sentence(
        "language_shared",
        "Both can meet in one language ({language}).",
        "共通の言語（{language}）で面談できます。",
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

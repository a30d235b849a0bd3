//! What is wrong with a field, in the reader's language. Messages are made in English, by serde and by the
//! constructors of `domain`; this is the one place that puts them into Japanese.

use domain::Language;

use crate::error::FieldError;

/// English beginnings and their Japanese, `{}` standing for the rest of the message.
const JAPANESE: &[(&str, &str)] = &[
    ("missing field ", "必須項目がありません: {}"),
    ("unknown field ", "不明な項目です: {}"),
    ("duplicate field ", "項目が重複しています: {}"),
    ("unknown variant ", "使用できない値です: {}"),
    ("invalid type: ", "型が正しくありません: {}"),
    ("invalid value: ", "値が正しくありません: {}"),
    ("invalid length ", "要素数が正しくありません: {}"),
    ("is empty", "空です"),
    ("is longer than ", "長すぎます（上限 {}）"),
    ("has the character ", "使用できない文字があります: {}"),
    (
        "is not a known ISO 4217 currency",
        "ISO 4217の通貨コードではありません",
    ),
    ("amount ", "金額が範囲外です: {}"),
    ("min is greater than max", "下限が上限を超えています"),
    (
        "needs a name in ",
        "en・ja・originalのいずれかの名称が必要です",
    ),
    (
        "is not a corporate number",
        "法人番号（13桁）が正しくありません",
    ),
    (
        "is not an address that begins with",
        "https:// または http:// で始まるアドレスではありません",
    ),
    (
        "is not an e-mail address",
        "メールアドレスの形式ではありません",
    ),
    (
        "is not a BCP 47 language tag",
        "BCP 47の言語タグではありません",
    ),
    ("not a hyphenated UUID", "ハイフン付きのUUIDではありません"),
    ("there is no field ", "この項目はありません: {}"),
    (
        "is not a reason for this step",
        "この手続きに使える理由ではありません",
    ),
    ("there is no factor ", "この要素はありません: {}"),
    (
        "deals are not alike in ",
        "案件の類似度にこの観点はありません: {}",
    ),
    ("the default lacks factor ", "defaultに要素がありません: {}"),
    ("is needed", "必須です"),
    ("the check list asks for ", "確認項目が必要です: {}"),
    ("is not between ", "範囲外です: {}"),
    ("unknown code ", "登録されていないコードです: {}"),
    ("no such ", "見つかりません: {}"),
    ("is too short", "短すぎます"),
    ("must differ", "異なる値を指定してください"),
    ("is not active", "有効ではありません"),
    ("has more than ", "要素が多すぎます（上限 {}）"),
    ("is before the first day", "開始日より前です"),
    (
        "is a ladder, not a step of one",
        "段階ではなくラダー全体を指しています",
    ),
    (
        "is not a step of the financing ladder",
        "資金調達ラダーの段階ではありません",
    ),
    (
        "is not a step of a development ladder",
        "開発ラダーの段階ではありません",
    ),
    ("is not a country", "国・地域コードではありません"),
    ("cannot be changed", "変更できません"),
    (
        "must be one side",
        "いずれか一方はこの企業・団体である必要があります",
    ),
    (
        "needs either an organisation with a role or a programme",
        "企業・団体と役割、またはプログラムのどちらか一方が必要です",
    ),
    ("is not over yet", "まだ到来していない日付です"),
    ("is over", "過去の日時です"),
    ("does not belong to this kind", "この種別では指定できません"),
    ("must be the word ", "{} と入力してください"),
    ("is not a URL", "URLの形式ではありません"),
    (
        "must begin with https://",
        "https:// で始まるURLを指定してください",
    ),
    (
        "must not have a user, a password or a fragment",
        "ユーザー名・パスワード・フラグメントは指定できません",
    ),
    (
        "is not an address on the public internet",
        "公開インターネット上のアドレスではありません",
    ),
    ("must use port ", "使用できるポートは {} です"),
    (
        "is not an event such as",
        "イベント名（例: meeting_request.accept, meeting_request.*）ではありません",
    ),
    (
        "needs either an organisation or a programme",
        "企業・団体またはプログラムのどちらか一方が必要です",
    ),
    (
        "needs either an organisation or a person",
        "企業・団体または利用者のどちらか一方が必要です",
    ),
    ("is not in the future", "未来の日時を指定してください"),
    ("is more than ", "上限を超えています（上限 {}）"),
    (
        "is neither an instant nor a time on a wall",
        "日時の形式ではありません",
    ),
    (
        "is not a time zone of the IANA database",
        "IANAタイムゾーンではありません",
    ),
    (
        "does not exist there: the clocks are put forward over it",
        "夏時間の開始により、現地に存在しない時刻です",
    ),
    (
        "is shown twice there: an offset is needed",
        "夏時間の終了により現地で2回ある時刻です。オフセットを指定してください",
    ),
    (
        "has an offset that the zone does not have then",
        "その時点のタイムゾーンと異なるオフセットです",
    ),
    (
        "is not on a five-minute mark",
        "5分単位の時刻ではありません",
    ),
    (
        "is not a time of day on a five-minute mark",
        "00:00から24:00までの5分単位の時刻ではありません",
    ),
    (
        "is not an offset from UTC",
        "UTCからのオフセット（例: +09:00）ではありません",
    ),
    ("is not after its beginning", "開始より後ではありません"),
    ("overlaps another", "他と時間が重なっています"),
    ("is not to come", "過去の日時です"),
    (
        "who says who came was there",
        "出欠を報告する側は出席している必要があります",
    ),
    (
        "is for places of the kind",
        "この種類の場所には指定できません",
    ),
    ("is for organisations", "企業・団体のみ指定できます"),
    (
        "is not lower-case letters",
        "英小文字・数字・ハイフンのみ使用できます",
    ),
];

/// The field's error for a reader of `language`.
pub(crate) fn in_language(error: &FieldError, language: Language) -> FieldError {
    let message = match language {
        Language::En => error.message.clone(),
        Language::Ja => japanese(&error.message),
    };
    FieldError {
        field: error.field.clone(),
        message,
    }
}

/// What stands in the middle or at the end of an English message about a scorecard, and its Japanese: `{a}` is what stands
/// before it, `{b}` what comes after.
const AROUND: &[(&str, &str)] = &[
    (" has no level ", "要素{a}にレベル{b}はありません"),
    (" lacks level ", "要素{a}にレベル{b}がありません"),
    (" stands twice", "{a}が重複しています"),
    (" points are not between ", "点数{a}が範囲外です（{b}）"),
    (
        " points are not a multiple of 12",
        "点数{a}は12の倍数ではありません",
    ),
    (
        " is shared out over labels",
        "要素{a}は複数のラベルに配分されるため、二要素の表には使えません",
    ),
    (
        ", the median of the known levels",
        "unknownの点数が、既知のレベルの中央値を超えています（{a}）",
    ),
    (
        " of a deal is never ",
        "案件の{a}が{b}になることはありません",
    ),
    (
        " thousandths of a doubling are not between ",
        "類似度{a}が範囲外です（{b}）",
    ),
    (
        " says what it `predicts`",
        "calibratedとpredictsの指定が一致しません",
    ),
];

fn japanese(message: &str) -> String {
    if let Some((line, rest)) = message
        .strip_prefix("line ")
        .and_then(|rest| rest.split_once(": "))
    {
        return format!("{line}行目: {}", japanese(rest));
    }
    for (around, japanese) in AROUND {
        if let Some((before, after)) = message.split_once(around) {
            return japanese.replace("{a}", before).replace("{b}", after);
        }
    }
    for (english, japanese) in JAPANESE {
        if let Some(rest) = message.strip_prefix(english) {
            return japanese.replace(
                "{}",
                rest.trim_end_matches(" characters")
                    .trim_end_matches(" entries"),
            );
        }
    }
    format!("値が正しくありません（{message}）")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_japanese_reader_is_told_in_japanese() {
        let error = FieldError {
            field: "names.en".to_owned(),
            message: "is longer than 200 characters".to_owned(),
        };

        let shown = in_language(&error, Language::Ja);

        assert_eq!(
            (shown.field.as_str(), shown.message.as_str()),
            ("names.en", "長すぎます（上限 200）")
        );
    }
}

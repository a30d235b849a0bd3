//! Words that sentences are filled with: amounts, languages, instruments, and what deals have in common.

use domain::{Instrument, Language, taxonomy::Axis};
use serde_json::Value;

use super::Evidence;

/// Languages that meetings are held in, by primary subtag. What is not here is named by its subtag.
const LANGUAGES: [(&str, &str, &str); 16] = [
    ("ja", "Japanese", "日本語"),
    ("en", "English", "英語"),
    ("zh", "Chinese", "中国語"),
    ("ko", "Korean", "韓国語"),
    ("de", "German", "ドイツ語"),
    ("fr", "French", "フランス語"),
    ("es", "Spanish", "スペイン語"),
    ("it", "Italian", "イタリア語"),
    ("pt", "Portuguese", "ポルトガル語"),
    ("nl", "Dutch", "オランダ語"),
    ("da", "Danish", "デンマーク語"),
    ("sv", "Swedish", "スウェーデン語"),
    ("he", "Hebrew", "ヘブライ語"),
    ("vi", "Vietnamese", "ベトナム語"),
    ("th", "Thai", "タイ語"),
    ("id", "Indonesian", "インドネシア語"),
];

/// The name of a language.
pub(crate) fn spoken(subtag: &str, language: Language) -> &str {
    let known = LANGUAGES.iter().find(|(code, ..)| *code == subtag);
    match (known, language) {
        (Some((_, en, _)), Language::En) => en,
        (Some((_, _, ja)), Language::Ja) => ja,
        (None, _) => subtag,
    }
}

/// The name of an instrument.
pub(crate) fn instrument(instrument: Instrument, language: Language) -> &'static str {
    let (en, ja) = match instrument {
        Instrument::CommonShares => ("common shares", "普通株式"),
        Instrument::PreferredShares => ("preferred shares", "優先株式"),
        Instrument::JKiss => ("J-KISS", "J-KISS"),
        Instrument::Safe => ("a SAFE", "SAFE"),
        Instrument::ConvertibleNote => ("convertible notes", "転換社債"),
        Instrument::VentureDebt => ("venture debt", "ベンチャーデット"),
        Instrument::Warrants => ("warrants", "新株予約権"),
    };
    match language {
        Language::En => en,
        Language::Ja => ja,
    }
}

/// A short amount as a level or a band has it, `32.8k`, `1.25m`, in words.
fn amount(short: &str, language: Language) -> String {
    let (digits, unit) = match short.split_at_checked(short.len().saturating_sub(1)) {
        Some((digits, "k")) => (digits, 1_000.0),
        Some((digits, "m")) => (digits, 1_000_000.0),
        _ => (short, 1.0),
    };
    let Ok(number) = digits.parse::<f64>() else {
        return short.to_owned();
    };
    let dollars = number * unit;
    match language {
        Language::En if dollars >= 1_000_000.0 => format!("{} million", dollars / 1_000_000.0),
        Language::En => format!("{},{:03.0}", (dollars / 1_000.0).floor(), dollars % 1_000.0),
        Language::Ja if dollars >= 10_000.0 => format!("{}万", dollars / 10_000.0),
        Language::Ja => format!("{dollars}"),
    }
}

/// A band of amounts, `500k_1m`, or a level of sizes, `from_1.25m`, in US dollars.
pub(crate) fn dollars(band: &str, language: Language) -> String {
    let amount = |short| amount(short, language);
    let below = band.strip_prefix("below_").map(amount);
    let least = band
        .strip_prefix("from_")
        .or(band.strip_suffix("_and_more"));
    let between = band.split_once('_');
    match (language, below, least.map(amount), between) {
        (Language::En, Some(most), ..) => format!("less than USD {most}"),
        (Language::Ja, Some(most), ..) => format!("{most}米ドル未満"),
        (Language::En, _, Some(least), _) if band.ends_with("_and_more") => {
            format!("USD {least} or more")
        }
        (Language::Ja, _, Some(least), _) if band.ends_with("_and_more") => {
            format!("{least}米ドル以上")
        }
        (Language::En, _, Some(least), _) => format!("about USD {least}"),
        (Language::Ja, _, Some(least), _) => format!("{least}米ドル程度"),
        (Language::En, _, _, Some((least, most))) => {
            format!("USD {} to {}", amount(least), amount(most))
        }
        (Language::Ja, _, _, Some((least, most))) => {
            format!("{}〜{}米ドル", amount(least), amount(most))
        }
        _ => band.to_owned(),
    }
}

/// From the lower end of the band of the least cheque to the upper end of that of the greatest.
pub(super) fn cheques(bands: &Value, language: Language) -> Option<String> {
    let (least, greatest) = (bands[0].as_str()?, bands[1].as_str()?);
    if least == greatest {
        return Some(dollars(least, language));
    }
    let low = least.split_once('_').map_or(least, |(low, _)| low);
    let no_least = low == "below";
    let open = greatest.ends_with("_and_more");
    let high = greatest
        .split_once('_')
        .map_or(greatest, |(low, high)| if open { low } else { high });
    let (low, high) = (amount(low, language), amount(high, language));
    Some(match (language, no_least, open) {
        (Language::En, true, _) => format!("up to USD {high}"),
        (Language::En, false, true) => format!("from USD {low} to more than {high}"),
        (Language::En, false, false) => format!("USD {low} to {high}"),
        (Language::Ja, true, _) => format!("{high}米ドルまで"),
        (Language::Ja, false, true) => format!("{low}〜{high}米ドル超"),
        (Language::Ja, false, false) => format!("{low}〜{high}米ドル"),
    })
}

/// What the holder of a record did that is most like the round: "They led 3 Seed rounds in Regenerative medicine in Kansai
/// since 2024"; none where nothing is alike.
pub(super) fn deeds(evidence: &Evidence<'_>) -> Option<String> {
    let alike = &evidence.of["alike"];
    let deals = alike["deals"].as_u64()?;
    let (led, since) = (alike["led"].as_u64()?, alike["since"].as_i64()?);
    let named = |member: &str, axis| Some(evidence.named(axis, alike[member].as_str()?));
    let stage = named("stage", Axis::Stages);
    let sector = named("sector", Axis::Sectors);
    let place = named("place", Axis::Regions);
    let holder = evidence.holder();
    Some(match evidence.language {
        Language::En => {
            let stage = stage.map_or_else(String::new, |stage| format!("{stage} "));
            let rounds = if deals == 1 { "round" } else { "rounds" };
            let sector = sector.map_or_else(String::new, |sector| format!(" in {sector}"));
            let place = place.map_or_else(String::new, |place| format!(" in {place}"));
            let what = format!("{deals} {stage}{rounds}{sector}{place} since {since}");
            match led {
                0 => format!("{holder} joined {what}"),
                led if led == deals => format!("{holder} led {what}"),
                led => format!("{holder} joined {what} and led {led} of them"),
            }
        }
        Language::Ja => {
            let about = [place, sector, stage];
            let about = about
                .into_iter()
                .flatten()
                .map(|name| format!("「{name}」"));
            let about = about.collect::<Vec<_>>().join("・");
            let what = format!("{holder}は{since}年以降、{about}のラウンド{deals}件に");
            match led {
                0 => format!("{what}投資しています"),
                led if led == deals => format!("{what}リード投資家として投資しています"),
                led => format!("{what}投資し、うち{led}件でリード投資家を務めました"),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_told_in_words() {
        for (band, en, ja) in [
            ("below_20k", "less than USD 20,000", "2万米ドル未満"),
            ("200k_500k", "USD 200,000 to 500,000", "20万〜50万米ドル"),
            ("500k_1m", "USD 500,000 to 1 million", "50万〜100万米ドル"),
            ("50m_and_more", "USD 50 million or more", "5000万米ドル以上"),
            ("from_1.25m", "about USD 1.25 million", "125万米ドル程度"),
            ("below_32.8k", "less than USD 32,800", "3.28万米ドル未満"),
        ] {
            assert_eq!(dollars(band, Language::En), en);
            assert_eq!(dollars(band, Language::Ja), ja);
        }
        let bands = serde_json::json!(["500k_1m", "5m_10m"]);
        assert_eq!(
            cheques(&bands, Language::En).as_deref(),
            Some("USD 500,000 to 10 million")
        );
        assert_eq!(
            cheques(&bands, Language::Ja).as_deref(),
            Some("50万〜1000万米ドル")
        );
    }
}

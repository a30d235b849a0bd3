//! A change in one sentence.

use domain::{Condition, Language, taxonomy::Axis};

use super::Change;
use crate::{
    Facts,
    text::{self, words},
};

impl Change {
    /// What to do, in one sentence for a reader of `language`. `asker` is who would do it.
    pub fn text(&self, asker: &Facts, language: Language) -> String {
        match self {
            Change::Profile(label) => profile(label, language),
            Change::Amount(_, band) => {
                let code = serde_json::to_value(band).unwrap_or_default();
                let amount = words::dollars(code.as_str().unwrap_or_default(), language);
                say(
                    language,
                    format!(
                        "State an amount of your round that fits their first cheques, such as {amount}."
                    ),
                    format!(
                        "調達額を、相手の初回投資額に合う金額（{amount}など）で記載してください。"
                    ),
                )
            }
            Change::Instrument(_, instrument) => {
                let name = words::instrument(*instrument, language);
                say(
                    language,
                    format!("If your round can issue {name}, say so: the investor buys it."),
                    format!(
                        "{name}での調達が可能であれば、調達ラウンドに記載してください。投資側が対応しています。"
                    ),
                )
            }
            Change::EntityCountry(_, country) => {
                let name = text::label(Axis::Regions, country.code(), language);
                say(
                    language,
                    format!(
                        "State the country of the entity that issues your round, if it is {name}."
                    ),
                    format!(
                        "発行法人の所在国が「{name}」であれば、調達ラウンドに記載してください。"
                    ),
                )
            }
            Change::On(_) => {
                let name = self.mandate_name(asker);
                say(
                    language,
                    format!("Switch your mandate \"{name}\" on."),
                    format!("希望条件「{name}」を有効にしてください。"),
                )
            }
            Change::Seek(_, label) => {
                let (name, label) = (self.mandate_name(asker), label_of(label, language));
                say(
                    language,
                    format!("Let your mandate \"{name}\" look for {label} too."),
                    format!("希望条件「{name}」の対象に「{label}」を加えてください。"),
                )
            }
            Change::Prefer(..) | Change::Allow(..) => self.loosen(asker, language),
        }
    }

    fn loosen(&self, asker: &Facts, language: Language) -> String {
        let name = self.mandate_name(asker);
        let axis = self.criterion_axis(asker, language);
        if matches!(self, Change::Prefer(..)) {
            say(
                language,
                format!("Make {axis} a preference in your mandate \"{name}\" instead of a must."),
                format!("希望条件「{name}」の「{axis}」を、必須から希望に変更してください。"),
            )
        } else {
            say(
                language,
                format!("Drop the exclusion by {axis} from your mandate \"{name}\"."),
                format!("希望条件「{name}」から、「{axis}」の除外条件を外してください。"),
            )
        }
    }

    fn mandate_name<'a>(&self, asker: &'a Facts) -> &'a str {
        let (Change::On(id) | Change::Seek(id, _) | Change::Prefer(id, _) | Change::Allow(id, _)) =
            self
        else {
            return "–";
        };
        let found = asker.mandates.iter().find(|(of, _)| of == id);
        found.map_or("–", |(_, mandate)| mandate.name.as_str())
    }

    fn criterion_axis(&self, asker: &Facts, language: Language) -> &'static str {
        let (Change::Prefer(id, at) | Change::Allow(id, at)) = self else {
            return "–";
        };
        let found = asker.mandates.iter().find(|(of, _)| of == id);
        let criterion = found.and_then(|(_, mandate)| mandate.criteria.get(*at));
        criterion.map_or("–", |criterion| axis(&criterion.on, language))
    }
}

fn say(language: Language, en: String, ja: String) -> String {
    match language {
        Language::En => en,
        Language::Ja => ja,
    }
}

fn profile(on: &Condition, language: Language) -> String {
    let label = label_of(on, language);
    if let Condition::Languages(_) = on {
        return say(
            language,
            format!("If you can meet in {label}, say so in your profile."),
            format!("{label}での面談が可能であれば、プロフィールに記載してください。"),
        );
    }
    let axis = axis(on, language);
    say(
        language,
        format!("If it holds for you, add {label} to the {axis} of your profile."),
        format!("該当する場合は、プロフィールの「{axis}」に「{label}」を追加してください。"),
    )
}

/// The name of the one label.
fn label_of(on: &Condition, language: Language) -> String {
    macro_rules! first {
        ($codes:expr, $axis:expr) => {
            $codes
                .first()
                .map(|code| text::label($axis, code.code(), language).into_owned())
        };
    }
    let label = match on {
        Condition::Sectors(codes) => first!(codes, Axis::Sectors),
        Condition::Modalities(codes) => first!(codes, Axis::Modalities),
        Condition::Indications(codes) => first!(codes, Axis::Indications),
        Condition::Stages(codes) => first!(codes, Axis::Stages),
        Condition::Regions(codes) => first!(codes, Axis::Regions),
        Condition::Offers(codes) | Condition::Needs(codes) => first!(codes, Axis::Capabilities),
        Condition::Languages(tags) => tags
            .first()
            .map(|tag| words::spoken(&tag.primary(), language).to_owned()),
    };
    label.unwrap_or_else(|| "–".to_owned())
}

fn axis(on: &Condition, language: Language) -> &'static str {
    let (en, ja) = match on {
        Condition::Sectors(_) => ("sectors", "分野"),
        Condition::Modalities(_) => ("modalities", "モダリティ"),
        Condition::Indications(_) => ("indications", "適応領域"),
        Condition::Stages(_) => ("stages", "ステージ"),
        Condition::Regions(_) => ("regions", "地域"),
        Condition::Offers(_) => ("offers", "提供するもの"),
        Condition::Needs(_) => ("needs", "必要とするもの"),
        Condition::Languages(_) => ("languages", "言語"),
    };
    match language {
        Language::En => en,
        Language::Ja => ja,
    }
}

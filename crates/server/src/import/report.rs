//! What became of every row: counts, and each row that was refused or read with a loss.

use std::{collections::BTreeMap, fmt};

use domain::Language;
use serde::Serialize;
use uuid::Uuid;

/// What an import did, or would do.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    /// Names the run in the audit.
    pub(crate) import: Uuid,
    /// Nothing was written.
    pub(crate) dry_run: bool,
    /// How long it took.
    pub(crate) seconds: f64,
    /// Per content.
    pub(crate) counts: BTreeMap<&'static str, Counts>,
    /// In the order of the rows.
    pub(crate) issues: Vec<Issue>,
}

/// How the report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people: counts, and the first rows of each fault.
    Table,
    /// For machines: every faulty row.
    Json,
}

impl Report {
    /// The report as it is printed.
    pub(crate) fn print(&self, format: Format) -> serde_json::Result<String> {
        match format {
            Format::Table => Ok(self.to_string()),
            Format::Json => Ok(serde_json::to_string_pretty(self)? + "\n"),
        }
    }
}

/// Rows by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    /// New here.
    pub(crate) created: u64,
    /// Known, and different: a new version.
    pub(crate) updated: u64,
    /// Known, and the same: nothing was written.
    pub(crate) unchanged: u64,
    /// Skipped; an issue says why.
    pub(crate) refused: u64,
}

/// What was wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Issue {
    /// The file, as it was named.
    pub(crate) file: String,
    /// Where the row begins, from 1.
    pub(crate) line: u64,
    /// The field of the mapping; none where the whole row is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<&'static str>,
    /// What is wrong.
    pub(crate) code: Code,
    /// What stood there; never of members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
    /// Whether the row was skipped; otherwise it was taken without the value.
    pub(crate) refused: bool,
}

macro_rules! codes {
    ($($code:ident $word:literal $en:literal $ja:literal)*) => {
        /// What is wrong with a value.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        pub(crate) enum Code {
            $(#[serde(rename = $word)] $code,)*
        }

        impl Code {
            /// The code in snake_case.
            pub(crate) const fn word(self) -> &'static str {
                match self { $(Code::$code => $word,)* }
            }

            /// The sentence for a reader of `language`.
            pub(crate) const fn sentence(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Code::$code, Language::En) => $en,
                      (Code::$code, Language::Ja) => $ja,)*
                }
            }
        }
    };
}

codes! {
    Archived "archived" "was archived here; left as it is" "アーカイブ済みのため変更しません"
    BadAmount "bad_amount" "is no amount" "金額として読めません"
    BadDate "bad_date" "is no date" "日付として読めません"
    BadEmail "bad_email" "is no e-mail address" "メールアドレスとして読めません"
    BadEncoding "bad_encoding" "is not in the encoding of the file" "ファイルの文字コードと一致しません"
    BadNumber "bad_number" "is no number that fits" "数値として読めません"
    BadPassword "bad_password" "is neither a password of 10 to 200 characters nor an argon2 hash" "10〜200文字のパスワードでもargon2ハッシュでもありません"
    BadRow "bad_row" "is no row: columns are missing or too many, or it is no JSON object" "列数が合わないか、JSONオブジェクトではありません"
    BadText "bad_text" "is too long or has characters that are not allowed" "長すぎるか、使えない文字を含みます"
    DuplicateInFile "duplicate_in_file" "was in a row before it" "同じ行がすでにあります"
    KindIsFixed "kind_is_fixed" "is of another kind here, and a kind never changes" "登録済みの種別と異なります（種別は変更できません）"
    MissingValue "missing_value" "is needed and empty" "必須項目が空です"
    SameOrganisation "same_organisation" "is both sides of the investment" "投資家と投資先が同じです"
    UnknownCountry "unknown_country" "is no country; taken without a home" "国コードにありません（所在地なしで取り込みます）"
    UnknownCurrency "unknown_currency" "is no currency that the hub knows" "通貨コードにありません"
    UnknownKind "unknown_kind" "is no kind of organisation" "種別にありません"
    UnknownOrganisation "unknown_organisation" "is no organisation here" "該当する企業・団体がありません"
    UnknownProgramme "unknown_programme" "is no programme here" "該当するプログラムがありません"
    UnknownRegionFellBack "unknown_region_fell_back" "is no known part of the country; the country is taken" "地域コードにないため国で取り込みます"
    UnknownRole "unknown_role" "is neither owner nor member" "役割はownerかmemberです"
    UnknownRound "unknown_round" "is no round of the round files read with it" "同時に読み込んだラウンドにありません"
    UnknownSector "unknown_sector" "is no sector or known category; taken without it" "業種にありません（その値なしで取り込みます）"
    UnknownStage "unknown_stage" "is no stage or known round name" "ステージにありません"
    UnknownTag "unknown_tag" "tells no sector; taken without it" "業種に対応しないタグです"
    UnknownValue "unknown_value" "is none of the values that the field has" "この項目にない値です"
}

/// How many issues of one kind are listed in the table; the JSON report has all.
const LISTED_MAX: usize = 5;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = if self.dry_run {
            "Dry run: nothing was written"
        } else {
            "Imported"
        };
        writeln!(
            f,
            "{title} in {:.1} s (import {})\n",
            self.seconds, self.import
        )?;
        writeln!(
            f,
            "{:16}{:>10}{:>10}{:>10}{:>10}",
            "", "created", "updated", "unchanged", "refused"
        )?;
        for (content, counts) in &self.counts {
            let Counts {
                created,
                updated,
                unchanged,
                refused,
            } = counts;
            writeln!(
                f,
                "{content:16}{created:>10}{updated:>10}{unchanged:>10}{refused:>10}"
            )?;
        }
        let mut groups: BTreeMap<(&str, Option<&str>, Code, bool), Vec<&Issue>> = BTreeMap::new();
        for issue in &self.issues {
            let group = (issue.file.as_str(), issue.field, issue.code, issue.refused);
            groups.entry(group).or_default().push(issue);
        }
        for ((file, field, code, refused), issues) in groups {
            let fate = if refused { "refused" } else { "noted" };
            writeln!(
                f,
                "\n{file}: {} {} {fate}, {} rows: {} / {}",
                field.unwrap_or("row"),
                code.word(),
                issues.len(),
                code.sentence(Language::En),
                code.sentence(Language::Ja),
            )?;
            for issue in issues.iter().take(LISTED_MAX) {
                writeln!(
                    f,
                    "  line {} {}",
                    issue.line,
                    issue.value.as_deref().unwrap_or_default()
                )?;
            }
            if issues.len() > LISTED_MAX {
                writeln!(f, "  … {} more", issues.len() - LISTED_MAX)?;
            }
        }
        Ok(())
    }
}

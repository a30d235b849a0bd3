//! Deal flow: the listed organisations of each kind, filtered.

use actix_web::{HttpRequest, HttpResponse, get};
use domain::{
    AmountBand, CapabilityCode, DocumentKind, IndicationCode, Kind, Language, ModalityCode, Noun,
    OrganisationId, Principal, RegionCode, SectorCode, StageCode, Tier,
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::{PageOf, is_since},
    app::App,
    auth::cursor::Cursor,
    error::{ApiError, ApiResult, Code},
    extract::{PageSize, Query, Reader, Signed},
    live::{Listed, Snapshot},
    routes::me::OrganisationRef,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_startups)
        .service(list_investors)
        .service(list_incubators)
        .service(list_corporates)
        .service(list_medical_institutions)
        .service(list_universities)
        .service(list_manufacturers)
        .service(list_support_organisations)
        .service(list_authorities);
}

/// Codes of one axis, parted by commas. An organisation fits with any of them, or with one below it in the tree.
#[derive(Debug)]
struct AnyOf<T>(Vec<T>);

/// More codes than this are no filter any more.
const CODES_MAX: usize = 100;

impl<T> Default for AnyOf<T> {
    fn default() -> Self {
        AnyOf(Vec::new())
    }
}

impl<'de, T: std::str::FromStr<Err: std::fmt::Display>> Deserialize<'de> for AnyOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Err(serde::de::Error::custom("is empty"));
        }
        if text.split(',').count() > CODES_MAX {
            let message = format!("has more than {CODES_MAX} codes");
            return Err(serde::de::Error::custom(message));
        }
        text.split(',')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map(AnyOf)
            .map_err(serde::de::Error::custom)
    }
}

impl<T> AnyOf<T> {
    /// Whether nothing is asked for, or `fits` holds for one asked-for code and one of `labels`.
    fn meets<L: Copy>(&self, labels: &[L], fits: impl Fn(L, &T) -> bool) -> bool {
        self.0.is_empty()
            || labels
                .iter()
                .any(|label| self.0.iter().any(|asked| fits(*label, asked)))
    }
}

/// Which organisations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DealFlowQuery {
    /// The organisation on whose part the caller looks; needed by who belongs to several. Staff who belong to none look
    /// as staff, at the organisations in their programmes.
    #[serde(rename = "as")]
    acting_for: Option<OrganisationId>,
    /// Industries, parted by commas; each with all below it.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    sectors: AnyOf<SectorCode>,
    /// Modalities.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    modalities: AnyOf<ModalityCode>,
    /// Indications.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    indications: AnyOf<IndicationCode>,
    /// Capabilities they offer.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    offers: AnyOf<CapabilityCode>,
    /// Capabilities they need.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    needs: AnyOf<CapabilityCode>,
    /// Steps of any ladder, of the organisation, of an open round or of an asset.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    stages: AnyOf<StageCode>,
    /// Home regions.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    regions: AnyOf<RegionCode>,
    /// Bands of the amount of an open round.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    amount_bands: AnyOf<Band>,
    /// Only those with an open round.
    #[serde(default)]
    raising: bool,
    /// Changed, or with a document that changed, at this instant or later.
    updated_since: Option<jiff::Timestamp>,
    /// Organisations on a page.
    #[serde(default)]
    limit: PageSize,
    /// From the page before.
    #[param(max_length = 2048)]
    cursor: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Band(AmountBand);

impl std::str::FromStr for Band {
    type Err = serde::de::value::Error;
    fn from_str(text: &str) -> Result<Band, Self::Err> {
        use serde::de::IntoDeserializer;
        AmountBand::deserialize(text.into_deserializer()).map(Band)
    }
}

/// An organisation as its tier `listed` shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListedView {
    /// Id, kind and name.
    #[serde(flatten)]
    organisation: OrganisationRef,
    /// Its profile without what it shows later.
    #[schema(value_type = domain::Profile)]
    profile: Value,
    /// Its open rounds, amounts as bands.
    #[schema(value_type = Vec<Object>)]
    rounds: Vec<Value>,
    /// Its assets.
    #[schema(value_type = Vec<Object>)]
    assets: Vec<Value>,
}

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident $path:literal $kind:ident;)*) => {$(
        $(#[$doc])*
        #[utoipa::path(
            tag = "deal-flow",
            params(DealFlowQuery),
            responses((status = 200, body = PageOf<ListedView>), ApiError)
        )]
        #[get($path)]
        pub(crate) async fn $name(
            caller: Signed,
            query: Query<DealFlowQuery>,
            reader: Reader,
            app: App,
            request: HttpRequest,
        ) -> ApiResult<HttpResponse> {
            let page = list(&app, &caller, Kind::$kind, &query.0, reader.0, &request)?;
            Ok(HttpResponse::Ok().json(page))
        }
    )*};
}

lists! {
    /// Startups, newest first.
    list_startups "/startups" Startup;
    /// Investors, newest first.
    list_investors "/investors" Investor;
    /// Incubators, newest first.
    list_incubators "/incubators" Incubator;
    /// Corporates, newest first.
    list_corporates "/corporates" Corporate;
    /// Medical institutions, newest first.
    list_medical_institutions "/medical-institutions" MedicalInstitution;
    /// Universities and research institutes, newest first.
    list_universities "/universities" University;
    /// Manufacturers, newest first.
    list_manufacturers "/manufacturers" Manufacturer;
    /// Support organisations, newest first.
    list_support_organisations "/support-organisations" SupportOrganisation;
    /// Authorities, newest first.
    list_authorities "/authorities" Authority;
}

fn list(
    app: &App,
    caller: &Signed,
    kind: Kind,
    query: &DealFlowQuery,
    language: Language,
    request: &HttpRequest,
) -> ApiResult<PageOf<ListedView>> {
    let snapshot = app.live().snapshot();
    let viewer = Viewer::of(&snapshot, &caller.principal, query.acting_for)?;
    let binding = format!(
        "{}|{}|{}",
        caller.person,
        request.path(),
        crate::answer::without_paging(request.query_string())
    );
    let before: Option<OrganisationId> = query
        .cursor
        .as_ref()
        .map(|cursor| Cursor::open(app.cursor_key(), &binding, cursor))
        .transpose()
        .map_err(|_| ApiError::from(Code::InvalidCursor))?;
    let mut found: Vec<&Listed> = snapshot
        .organisations()
        .map(AsRef::as_ref)
        .filter(|listed| before.is_none_or(|before| listed.organisation.id < before))
        .filter(|listed| listed.is_listed() && listed.kinds().contains(&kind))
        .filter(|listed| viewer.sees(&snapshot, listed))
        .filter(|listed| fits(listed, query))
        .filter(|listed| is_since(listed.organisation.changed_at, query.updated_since))
        .collect();
    found.sort_unstable_by_key(|listed| std::cmp::Reverse(listed.organisation.id));
    let size = query.limit.get();
    let more = found.len() > size;
    found.truncate(size);
    let last = found.last().filter(|_| more);
    Ok(PageOf {
        next_cursor: last
            .map(|last| Cursor::seal(app.cursor_key(), &binding, &last.organisation.id)),
        items: found
            .into_iter()
            .filter_map(|listed| view(&snapshot, listed, language))
            .collect(),
    })
}

/// On whose part the caller looks. Grants are never united: one organisation, or the staff.
enum Viewer<'a> {
    Staff(&'a Principal),
    Organisation(&'a Listed),
}

impl Viewer<'_> {
    fn of<'a>(
        snapshot: &'a Snapshot,
        me: &'a Principal,
        acting_for: Option<OrganisationId>,
    ) -> ApiResult<Viewer<'a>> {
        let organisation = match (acting_for, me.memberships.as_slice()) {
            (Some(id), _) if me.role_in(id).is_some() => id,
            (Some(_), _) => return Err(ApiError::not_found(Noun::Organisation)),
            (None, []) if me.is_staff() => return Ok(Viewer::Staff(me)),
            (None, []) => return Err(Code::Forbidden.into()),
            (None, [(only, _)]) => *only,
            (None, _) => {
                return Err(ApiError::field(Code::InvalidQuery, "as", "is needed"));
            }
        };
        let listed = snapshot
            .organisation(organisation)
            .filter(|listed| listed.is_matched())
            .ok_or(ApiError::from(Code::Forbidden))?;
        Ok(Viewer::Organisation(listed))
    }

    fn sees(&self, snapshot: &Snapshot, listed: &Listed) -> bool {
        match self {
            Viewer::Staff(me) => snapshot.is_staff_for(me, listed.organisation.id),
            Viewer::Organisation(viewer) => snapshot.sees(viewer, listed),
        }
    }
}

/// Whether the organisation fits the filter by what it lists.
fn fits(listed: &Listed, query: &DealFlowQuery) -> bool {
    let Some(profile) = listed.profile.as_ref() else {
        return false;
    };
    let is_listed = |kind, field: &str| listed.visibility.tier(kind, field) == Tier::Listed;
    let shown = |field: &str| is_listed(DocumentKind::Profile, field);
    macro_rules! axis {
        ($field:ident) => {
            query.$field.meets(
                if shown(stringify!($field)) {
                    &profile.document.$field
                } else {
                    &[]
                },
                |label, asked| label.is_within(*asked),
            )
        };
    }
    let home: Vec<RegionCode> = profile
        .document
        .home
        .filter(|_| shown("home"))
        .into_iter()
        .collect();
    let open = || listed.open_rounds();
    let stages: Vec<StageCode> = profile
        .document
        .stages
        .iter()
        .copied()
        .filter(|_| shown("stages"))
        .chain(open().map(|round| round.document.stage))
        .chain(
            listed
                .assets
                .iter()
                .filter(|_| is_listed(DocumentKind::Asset, "development"))
                .flat_map(|asset| asset.document.development.iter().map(|step| step.stage)),
        )
        .collect();
    let bands: Vec<AmountBand> = open()
        .filter(|_| is_listed(DocumentKind::Round, "amount_band"))
        .filter_map(|round| round.document.amount)
        .map(domain::Money::band)
        .collect();
    axis!(sectors)
        && axis!(modalities)
        && axis!(indications)
        && axis!(offers)
        && axis!(needs)
        && query
            .stages
            .meets(&stages, |label, asked| label.is_within(*asked))
        && query
            .regions
            .meets(&home, |label, asked| label.is_within(*asked))
        && query
            .amount_bands
            .meets(&bands, |band, asked| band == asked.0)
        && (!query.raising || open().next().is_some())
}

fn view(snapshot: &Snapshot, listed: &Listed, language: Language) -> Option<ListedView> {
    let disclose = |kind, document: Value| listed.visibility.disclose(kind, document, Tier::Listed);
    let profile = listed.profile.as_ref()?;
    Some(ListedView {
        organisation: OrganisationRef::of(snapshot, listed.organisation.id, language)?,
        profile: disclose(
            DocumentKind::Profile,
            serde_json::to_value(&*profile.document).ok()?,
        ),
        rounds: listed
            .open_rounds()
            .filter_map(|round| serde_json::to_value(&*round.document).ok())
            .map(|round| disclose(DocumentKind::Round, round))
            .collect(),
        assets: listed
            .assets
            .iter()
            .filter_map(|asset| serde_json::to_value(&*asset.document).ok())
            .map(|asset| disclose(DocumentKind::Asset, asset))
            .collect(),
    })
}

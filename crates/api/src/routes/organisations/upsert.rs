//! Organisations by their names in another system, so that it can keep this one in step.

use actix_web::{HttpResponse, http::StatusCode, put, web};
use domain::{
    Asset, Contacts, Document, DocumentKind, Kind, Line, Mandate, OrganisationId, Profile, Review,
    Round, Visibility, document::check,
};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Conn, StoreError, documents, organisations};
use utoipa::ToSchema;

use super::{
    access::{find_seen, require_hub_staff},
    draft,
    record::Writer,
    view::OrganisationView,
    within,
};
use crate::{
    answer::versioned,
    app::App,
    error::{ApiError, ApiResult},
    extract::{Body, Reader, Signed},
    limits,
};

/// A document with its name in the other system.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named<T> {
    /// Its name in the other system.
    external_id: Line<200>,
    /// The document.
    document: T,
}

/// An organisation as another system has it. What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganisationRecord {
    /// Its primary kind, for life.
    kind: Kind,
    /// What it is.
    profile: Profile,
    /// How it is reached.
    #[serde(default)]
    contacts: Option<Contacts>,
    /// Who sees what.
    #[serde(default)]
    visibility: Option<Visibility>,
    /// What it looks for.
    #[serde(default)]
    mandates: Vec<Named<Mandate>>,
    /// What it owns.
    #[serde(default)]
    assets: Vec<Named<Asset>>,
    /// What it raises.
    #[serde(default)]
    rounds: Vec<Named<Round>>,
}

/// A document as it is to be.
struct Wanted {
    kind: DocumentKind,
    external_id: Option<String>,
    body: Value,
}

impl OrganisationRecord {
    /// Everything in it, checked.
    fn wanted(&self) -> ApiResult<Vec<Wanted>> {
        let mut all = vec![wanted("profile", None, &self.profile)?];
        if let Some(contacts) = &self.contacts {
            all.push(wanted("contacts", None, contacts)?);
        }
        if let Some(visibility) = &self.visibility {
            all.push(wanted("visibility", None, visibility)?);
        }
        all.extend(each("mandates", &self.mandates)?);
        all.extend(each("assets", &self.assets)?);
        all.extend(each("rounds", &self.rounds)?);
        Ok(all)
    }
}

fn each<T: Document>(field: &str, named: &[Named<T>]) -> ApiResult<Vec<Wanted>> {
    let max = domain::document::ENTRIES_MAX;
    if named.len() > max {
        return Err(ApiError::body(
            field,
            format!("has more than {max} entries"),
        ));
    }
    let entries = named.iter().enumerate();
    entries
        .map(|(index, entry)| {
            let field = format!("{field}[{index}].document");
            wanted(&field, Some(&entry.external_id), &entry.document)
        })
        .collect()
}

fn wanted<T: Document>(
    field: &str,
    external_id: Option<&Line<200>>,
    document: &T,
) -> ApiResult<Wanted> {
    check(document).map_err(|fault| within(field, fault))?;
    Ok(Wanted {
        kind: T::KIND,
        external_id: external_id.map(ToString::to_string),
        body: serde_json::to_value(document).map_err(ApiError::internal)?,
    })
}

/// Have the organisation that another system calls so be as that system has it. For staff of the hub.
///
/// A new one is handed in for review. Sent again unchanged, it writes nothing.
#[utoipa::path(
    tag = "organisations",
    params(("external_id" = String, Path, max_length = 200)),
    request_body = OrganisationRecord,
    responses(
        (status = 200, body = OrganisationView),
        (status = 201, body = OrganisationView),
        ApiError
    )
)]
#[put("/organisations/by-external-id/{external_id}")]
pub(crate) async fn upsert_organisation(
    caller: Signed,
    external_id: web::Path<String>,
    record: Body<OrganisationRecord>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let snapshot = app.live().snapshot();
    let inner = app.clone();
    let (status, view) = app
        .write_as(&caller, move |conn, me| {
            require_hub_staff(&snapshot, me)?;
            let external_id: Line<200> = external_id
                .parse()
                .map_err(|why| ApiError::body("external_id", why))?;
            let wanted = record.value.wanted()?;
            let now = inner.now();
            let writer = Writer {
                person: me.person,
                now,
            };
            let kind = record.value.kind;
            let (status, id) = find_or_insert(conn, &inner, writer, external_id.as_str(), kind)?;
            for wanted in wanted {
                keep(conn, &inner, writer, id, wanted)?;
            }
            let seen = find_seen(conn, &snapshot, me, id, now)?;
            Ok((status, OrganisationView::of(conn, &seen, reader.0)?))
        })
        .await?;
    Ok(versioned(status, view.version, &view))
}

fn find_or_insert(
    conn: &mut Conn,
    app: &App,
    writer: Writer,
    external_id: &str,
    kind: Kind,
) -> ApiResult<(StatusCode, OrganisationId)> {
    if let Some(found) = organisations::find_by_external_id(conn, external_id)? {
        if found.kind != kind {
            return Err(ApiError::body("kind", "cannot be changed"));
        }
        return Ok((StatusCode::OK, found.id));
    }
    let new = draft(app, kind, Some(external_id.to_owned()), Review::Submitted);
    organisations::insert(conn, &new)?;
    let detail = json!({"kind": kind, "unclaimed": true});
    writer.note_organisation(conn, new.id, 1, "created", detail)?;
    Ok((StatusCode::CREATED, new.id))
}

/// Writes a document unless it is so already.
fn keep(
    conn: &mut Conn,
    app: &App,
    writer: Writer,
    organisation: OrganisationId,
    wanted: Wanted,
) -> ApiResult<()> {
    let kind = wanted.kind;
    let found = match &wanted.external_id {
        Some(name) => documents::find_by_external_id(conn, organisation, kind, name)?,
        None => match documents::find_single(conn, organisation, kind) {
            Err(StoreError::NotFound(_)) => None,
            found => Some(found?),
        },
    };
    match found {
        Some(found) if found.body == wanted.body => Ok(()),
        Some(mut found) => {
            found.body = wanted.body;
            found.recorded_at = writer.now;
            writer.save(conn, &found).map(drop)
        }
        None => {
            let mut new = writer.first(app.new_uuid(), organisation, kind, wanted.body);
            new.external_id = wanted.external_id;
            writer.insert(conn, &new)
        }
    }
}

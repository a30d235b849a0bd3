//! Requests that no route takes: 405 with `Allow` for a path that has other methods, 404 for one that has none, 400 for
//! a query where the operation has none.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    dev::ServiceRequest,
    http::{
        Method,
        header::{self, HeaderValue},
    },
    web,
};
use utoipa::openapi::{
    OpenApi, PathItem, RefOr,
    path::{Operation, ParameterIn},
};

use crate::error::{ApiError, Code};

/// The paths of the contract, by how many segments they have.
pub(crate) struct Known(Vec<Vec<Path>>);

/// A path with its operations.
struct Path {
    segments: Vec<Segment>,
    operations: Vec<(Method, Reads)>,
}

/// A part of a path between slashes.
enum Segment {
    Is(String),
    Anything,
}

/// Whether an operation reads a query.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    Query,
    NoQuery,
}

impl Known {
    pub(crate) fn of(contract: &OpenApi) -> Known {
        let mut known: Vec<Vec<Path>> = Vec::new();
        for (path, item) in &contract.paths.paths {
            let path = Path::of(path, item);
            let count = path.segments.len();
            known.resize_with(known.len().max(count + 1), Vec::new);
            known[count].push(path);
        }
        Known(known)
    }

    /// The operations of every path that this one fits.
    fn operations(&self, path: &str) -> impl Iterator<Item = &(Method, Reads)> {
        let mut given = Vec::with_capacity(16);
        given.extend(path.split('/'));
        let as_long = self.0.get(given.len()).into_iter().flatten();
        let fitting = as_long.filter(move |path| path.fits(&given));
        fitting.flat_map(|path| &path.operations)
    }
}

impl Path {
    fn of(path: &str, item: &PathItem) -> Path {
        let segment = |segment: &str| {
            if segment.starts_with('{') {
                Segment::Anything
            } else {
                Segment::Is(segment.to_owned())
            }
        };
        Path {
            segments: path.split('/').map(segment).collect(),
            operations: operations(item).collect(),
        }
    }

    /// Whether a path of as many segments is one of these. The last ones first: most paths begin alike.
    fn fits(&self, given: &[&str]) -> bool {
        let fits = |(own, given): (&Segment, &&str)| match own {
            Segment::Is(own) => own == given,
            Segment::Anything => !given.is_empty(),
        };
        self.segments.iter().zip(given).rev().all(fits)
    }
}

fn operations(item: &PathItem) -> impl Iterator<Item = (Method, Reads)> {
    [
        (Method::GET, &item.get),
        (Method::HEAD, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, reads(operation.as_ref()?))))
}

fn reads(operation: &Operation) -> Reads {
    let mut parameters = operation.parameters.iter().flatten();
    let has_query = parameters.any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.parameter_in == ParameterIn::Query,
        RefOr::Ref(_) => true,
    });
    if has_query {
        Reads::Query
    } else {
        Reads::NoQuery
    }
}

/// The first parameter of a query where the operation has none. Operations that have one read it with
/// [`crate::extract::Query`], which refuses what it does not know.
pub(crate) fn refuse_query(request: &ServiceRequest) -> Result<(), ApiError> {
    let query = request.query_string();
    if query.is_empty() {
        return Ok(());
    }
    let Some(known) = request.app_data::<web::Data<Known>>() else {
        return Ok(());
    };
    let method = request.method();
    let mut operations = known.operations(request.path());
    let asked = operations.find(|(of, _)| of == method);
    if asked.is_none_or(|(_, reads)| *reads == Reads::Query) {
        return Ok(());
    }
    let first = form_urlencoded::parse(query.as_bytes()).next();
    let name = first.map(|(name, _)| name).unwrap_or_default();
    Err(ApiError::field(
        Code::InvalidQuery,
        name.clone(),
        format!("unknown field `{name}`"),
    ))
}

/// The answer to a request that no route takes.
pub(crate) async fn refuse(request: HttpRequest, known: web::Data<Known>) -> HttpResponse {
    let allowed: Vec<&str> = known
        .operations(request.path())
        .map(|(method, _)| method.as_str())
        .collect();
    if allowed.is_empty() {
        return ApiError::from(Code::NotFound).error_response();
    }
    let mut answer = ApiError::from(Code::MethodNotAllowed).error_response();
    if let Ok(methods) = HeaderValue::from_str(&allowed.join(", ")) {
        answer.headers_mut().insert(header::ALLOW, methods);
    }
    answer
}

//! Requests that no route takes: 405 with `Allow` for a path that has other methods, 404 for one that has none, 400 for
//! a query where the operation has none.

use std::collections::HashSet;

use actix_web::{
    Error, HttpRequest, HttpResponse, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ResourceDef, ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderValue},
    },
    middleware::Next,
    web,
};
use utoipa::openapi::{
    OpenApi, PathItem, RefOr,
    path::{Operation, ParameterIn},
};

use crate::error::{ApiError, Code};

/// What the contract says of paths, methods and queries.
pub(crate) struct Known {
    /// The paths with their methods.
    paths: Vec<(ResourceDef, String)>,
    /// The operations, by path and method, that have no query.
    without_query: HashSet<(String, Method)>,
}

impl Known {
    pub(crate) fn of(contract: &OpenApi) -> Known {
        let paths = || contract.paths.paths.iter();
        Known {
            paths: paths()
                .map(|(path, item)| (ResourceDef::new(path.as_str()), methods(item)))
                .collect(),
            without_query: paths()
                .flat_map(|(path, item)| {
                    operations(item)
                        .filter(|(_, operation)| !has_query(operation))
                        .map(|(method, _)| (path.clone(), method))
                })
                .collect(),
        }
    }
}

fn operations(item: &PathItem) -> impl Iterator<Item = (Method, &Operation)> {
    [
        (Method::GET, &item.get),
        (Method::HEAD, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

fn has_query(operation: &Operation) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.parameter_in == ParameterIn::Query,
        RefOr::Ref(_) => true,
    })
}

/// Stands around every route: refuses a query where the operation has none. Operations that have one read it with
/// [`crate::extract::Query`], which refuses what it does not know.
pub(crate) async fn refuse_query(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    match unknown_parameter(&request) {
        Some(error) => Ok(request
            .into_response(error.error_response())
            .map_into_right_body()),
        None => Ok(next.call(request).await?.map_into_left_body()),
    }
}

fn unknown_parameter(request: &ServiceRequest) -> Option<ApiError> {
    let query = request.query_string();
    if query.is_empty() {
        return None;
    }
    let known = request.app_data::<web::Data<Known>>()?;
    let operation = (request.match_pattern()?, request.method().clone());
    known.without_query.contains(&operation).then(|| {
        let first = form_urlencoded::parse(query.as_bytes()).next();
        let name = first.map(|(name, _)| name).unwrap_or_default();
        ApiError::field(
            Code::InvalidQuery,
            name.clone(),
            format!("unknown field `{name}`"),
        )
    })
}

fn methods(item: &PathItem) -> String {
    let there: Vec<String> = operations(item)
        .map(|(method, _)| method.to_string())
        .collect();
    there.join(", ")
}

/// The answer to a request that no route takes.
pub(crate) async fn refuse(request: HttpRequest, known: web::Data<Known>) -> HttpResponse {
    let allowed: Vec<&str> = known
        .paths
        .iter()
        .filter(|(path, _)| path.is_match(request.path()))
        .map(|(_, methods)| methods.as_str())
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

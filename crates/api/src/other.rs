//! Requests that no route takes: 405 with `Allow` for a path that has other methods, 404 for one that has none.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    dev::ResourceDef,
    http::header::{self, HeaderValue},
    web,
};
use utoipa::openapi::{OpenApi, PathItem};

use crate::error::{ApiError, Code};

/// The paths of the contract with their methods.
pub(crate) struct Known(Vec<(ResourceDef, String)>);

impl Known {
    pub(crate) fn of(contract: &OpenApi) -> Known {
        let paths = contract.paths.paths.iter();
        Known(
            paths
                .map(|(path, item)| (ResourceDef::new(path.as_str()), methods(item)))
                .collect(),
        )
    }
}

fn methods(item: &PathItem) -> String {
    let methods = [
        ("GET, HEAD", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ];
    let there: Vec<&str> = methods
        .into_iter()
        .filter(|(_, operation)| operation.is_some())
        .map(|(method, _)| method)
        .collect();
    there.join(", ")
}

/// The answer to a request that no route takes.
pub(crate) async fn refuse(request: HttpRequest, known: web::Data<Known>) -> HttpResponse {
    let allowed: Vec<&str> = known
        .0
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

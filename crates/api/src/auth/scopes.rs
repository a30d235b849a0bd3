//! Which scope a machine token needs for which operation. What has no line here is never done by a machine.

use actix_web::http::Method;
use domain::Scope;

use Scope::{
    AuditRead, ChangesRead, MatchesRead, OrganisationsRead, OrganisationsWrite, RequestsRead,
    RequestsWrite,
};

/// Beginnings of routes, with the scope that reads there and the one that writes there; the first that fits counts.
const TABLE: &[(&str, Option<Scope>, Option<Scope>)] = &[
    ("/v1/organisations/{id}/matches", Some(MatchesRead), None),
    // Who belongs to an organisation is said by people.
    ("/v1/organisations/{id}/members", None, None),
    // Consent is given by people.
    ("/v1/organisations/{id}/consents", None, None),
    (
        "/v1/organisations/{id}/meeting-requests",
        Some(RequestsRead),
        Some(RequestsRead),
    ),
    (
        "/v1/organisations",
        Some(OrganisationsRead),
        Some(OrganisationsWrite),
    ),
    (
        "/v1/affiliations",
        Some(OrganisationsRead),
        Some(OrganisationsWrite),
    ),
    ("/v1/programmes", Some(OrganisationsRead), None),
    ("/v1/startups", Some(OrganisationsRead), None),
    ("/v1/investors", Some(OrganisationsRead), None),
    ("/v1/incubators", Some(OrganisationsRead), None),
    ("/v1/corporates", Some(OrganisationsRead), None),
    ("/v1/medical-institutions", Some(OrganisationsRead), None),
    ("/v1/universities", Some(OrganisationsRead), None),
    ("/v1/manufacturers", Some(OrganisationsRead), None),
    ("/v1/support-organisations", Some(OrganisationsRead), None),
    ("/v1/authorities", Some(OrganisationsRead), None),
    (
        "/v1/meeting-requests",
        Some(RequestsRead),
        Some(RequestsWrite),
    ),
    ("/v1/meetings", Some(RequestsRead), Some(RequestsWrite)),
    ("/v1/outcomes", Some(RequestsRead), Some(RequestsWrite)),
    ("/v1/approvals", Some(RequestsRead), None),
    ("/v1/changes", Some(ChangesRead), None),
    ("/v1/audit", Some(AuditRead), None),
];

/// The scope for an operation, if a machine may do it at all.
pub fn scope_of(method: &Method, route: &str) -> Option<Scope> {
    let begins = |start: &str| {
        route
            .strip_prefix(start)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let (_, reads, writes) = TABLE.iter().find(|(start, ..)| begins(start))?;
    if matches!(*method, Method::GET | Method::HEAD) {
        *reads
    } else {
        *writes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_the_table_is_never_done_by_a_machine() {
        for (method, route, scope) in [
            (Method::GET, "/v1/organisations", Some(OrganisationsRead)),
            (
                Method::PUT,
                "/v1/organisations/{id}/profile",
                Some(OrganisationsWrite),
            ),
            (
                Method::GET,
                "/v1/organisations/{id}/matches/{other}",
                Some(MatchesRead),
            ),
            (
                Method::POST,
                "/v1/meeting-requests/{id}/accept",
                Some(RequestsWrite),
            ),
            (Method::PUT, "/v1/organisations/{id}/members/{person}", None),
            (Method::POST, "/v1/programmes", None),
            (Method::PUT, "/v1/me/password", None),
            (Method::POST, "/v1/machine-tokens", None),
            (Method::POST, "/v1/webhooks", None),
            (Method::GET, "/v1/organisations-of-tomorrow", None),
        ] {
            assert_eq!(scope_of(&method, route), scope, "{method} {route}");
        }
    }
}

//! One request and its answer.

use std::time::Duration;

use crate::Reply;

/// A server that answers nothing for so long is not there.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends a request on a connection of its own.
///
/// # Errors
/// If there is no whole answer.
pub(crate) fn send(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<Vec<u8>>,
) -> Result<Reply, ureq::Error> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .allow_non_standard_methods(true)
        .timeout_global(Some(PATIENCE))
        .build()
        .into();
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = match body {
        Some(body) => agent.run(request.body(body)?),
        None => agent.run(request.body(())?),
    }?;
    Reply::of(method, url, answer)
}

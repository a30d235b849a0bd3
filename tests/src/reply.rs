//! An answer, and what a test may ask of it.

use serde_json::Value;

/// An answer of the hub.
#[derive(Clone, Debug)]
pub struct Reply {
    /// What was asked: for messages.
    asked: String,
    /// HTTP status.
    pub status: u16,
    /// Headers by lower-case name.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub bytes: Vec<u8>,
    /// The body as JSON; null if it is none.
    pub body: Value,
}

impl Reply {
    /// Reads the answer to the end.
    ///
    /// # Errors
    /// If it breaks off.
    pub(crate) fn of(
        method: &str,
        url: &str,
        answer: ureq::http::Response<ureq::Body>,
    ) -> Result<Reply, ureq::Error> {
        let (head, mut body) = answer.into_parts();
        let bytes = body.with_config().limit(64 * 1024 * 1024).read_to_vec()?;
        let headers = head
            .headers
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect();
        Ok(Reply {
            asked: format!("{method} {url}"),
            status: head.status.as_u16(),
            headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            bytes,
        })
    }

    /// The header with this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The `ETag`.
    ///
    /// # Panics
    /// If there is none.
    pub fn etag(&self) -> &str {
        self.header("etag").expect("an ETag")
    }

    /// The string at this JSON pointer.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> &str {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("{}: no text at {pointer} in {}", self.asked, self.body))
    }

    /// Asserts the status.
    ///
    /// # Panics
    /// If it is another.
    #[track_caller]
    #[expect(
        clippy::return_self_not_must_use,
        reason = "an assertion is used by being made"
    )]
    pub fn assert_status(self, status: u16) -> Reply {
        assert_eq!(
            self.status,
            status,
            "{}: {}",
            self.asked,
            String::from_utf8_lossy(&self.bytes)
        );
        self
    }

    /// Asserts status and code of an error, and that its body is a whole problem document.
    ///
    /// # Panics
    /// If either is another.
    #[track_caller]
    pub fn assert_error(&self, status: u16, code: &str) {
        let said = String::from_utf8_lossy(&self.bytes);
        assert_eq!(
            (self.status, self.body["code"].as_str()),
            (status, Some(code)),
            "{}: {said}",
            self.asked
        );
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        assert_eq!(self.body["status"], status, "{said}");
        assert_eq!(
            self.body["request_id"].as_str(),
            self.header("x-request-id")
        );
    }

    /// The names of the fields that an error names.
    pub fn fields(&self) -> Vec<&str> {
        self.body["fields"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|field| field["field"].as_str())
            .collect()
    }
}

//! Somebody who acts in a hub over HTTP.

use domain::{OrganisationId, PersonId};
use serde_json::{Value, json};

use crate::{Hub, Reply, http, hub::PASSWORD};

/// A person, signed in or not.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "it holds tokens")]
pub struct Actor<'a> {
    hub: &'a Hub,
    id: Option<PersonId>,
    name: String,
    email: String,
    organisation: Option<OrganisationId>,
    access_token: Option<String>,
    refresh_token: Option<String>,
    headers: Vec<(String, String)>,
}

impl<'a> Actor<'a> {
    pub(crate) fn nobody(hub: &'a Hub) -> Actor<'a> {
        Actor {
            hub,
            id: None,
            name: "nobody".to_owned(),
            email: String::new(),
            organisation: None,
            access_token: None,
            refresh_token: None,
            headers: Vec::new(),
        }
    }

    pub(crate) fn sign_in(hub: &'a Hub, id: PersonId, name: &str, email: &str) -> Actor<'a> {
        let mut actor = Actor {
            id: Some(id),
            name: name.to_owned(),
            email: email.to_owned(),
            ..Actor::nobody(hub)
        };
        hub.catch_up();
        let credentials = json!({"email": email, "password": PASSWORD});
        let tokens = actor
            .post("/v1/sessions", &credentials)
            .assert_status(201)
            .body;
        actor.access_token = tokens["access_token"].as_str().map(str::to_owned);
        actor.refresh_token = tokens["refresh_token"].as_str().map(str::to_owned);
        actor
    }

    /// Signs in once more, as on another device.
    #[must_use]
    pub fn on_another_device(&self) -> Actor<'a> {
        let again = Actor::sign_in(self.hub, self.id(), &self.name, &self.email);
        Actor {
            organisation: self.organisation,
            ..again
        }
    }

    pub(crate) fn acting_for(self, organisation: OrganisationId) -> Actor<'a> {
        Actor {
            organisation: Some(organisation),
            ..self
        }
    }

    /// The same person, sending this header with every request.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Actor<'a> {
        let mut actor = self.clone();
        actor.headers.push((name.to_owned(), value.to_owned()));
        actor
    }

    /// The same person with another access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Actor<'a> {
        Actor {
            access_token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// Who.
    ///
    /// # Panics
    /// For nobody.
    pub fn id(&self) -> PersonId {
        self.id.expect("somebody")
    }

    /// The address with which the person signs in.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The organisation that the person owns.
    ///
    /// # Panics
    /// If there is none.
    pub fn organisation(&self) -> OrganisationId {
        self.organisation.expect("an organisation")
    }

    /// The access token.
    ///
    /// # Panics
    /// For nobody.
    pub fn access_token(&self) -> &str {
        self.access_token.as_deref().expect("signed in")
    }

    /// The refresh token.
    ///
    /// # Panics
    /// For nobody.
    pub fn refresh_token(&self) -> &str {
        self.refresh_token.as_deref().expect("signed in")
    }

    /// Reads, after the snapshot has caught up.
    pub fn get(&self, path: &str) -> Reply {
        self.hub.catch_up();
        self.send("GET", path, None)
    }

    /// Sends a body.
    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, Some(body))
    }

    /// Sends a body to be kept.
    pub fn put(&self, path: &str, body: &Value) -> Reply {
        self.send("PUT", path, Some(body))
    }

    /// Deletes.
    pub fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, None)
    }

    /// Any request.
    ///
    /// # Panics
    /// If there is no answer.
    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        self.send_raw(
            method,
            path,
            body.map(|body| (body.to_string(), "application/json")),
        )
    }

    /// Any request with any body of any media type.
    ///
    /// # Panics
    /// If there is no answer.
    pub fn send_raw(
        &self,
        method: &str,
        path: &str,
        body: Option<(impl Into<Vec<u8>>, &str)>,
    ) -> Reply {
        let bearer = self
            .access_token
            .as_ref()
            .map(|token| format!("Bearer {token}"));
        let mut headers: Vec<(&str, &str)> = Vec::new();
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        let own = self.headers.iter();
        headers.extend(own.map(|(name, value)| (name.as_str(), value.as_str())));
        let body = body.map(|(body, media_type)| {
            headers.push(("content-type", media_type));
            body.into()
        });
        http::send(method, &self.hub.url(path), &headers, body).expect("an answer")
    }
}

//! What Prometheus is told: requests, times, and how far the snapshot is behind. Labels are routes and codes, never ids.

use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};

/// The figures of this process.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    answers: IntCounterVec,
    seconds: HistogramVec,
    snapshot_age_ms: IntGauge,
}

impl Metrics {
    pub(crate) fn new() -> Metrics {
        let registry = Registry::new();
        let answers = IntCounterVec::new(
            Opts::new(
                "nakodo_answers_total",
                "Answers by method, route and status",
            ),
            &["method", "route", "status"],
        )
        .expect("the names are valid");
        let seconds = HistogramVec::new(
            HistogramOpts::new("nakodo_answer_seconds", "Time to an answer by route"),
            &["route"],
        )
        .expect("the names are valid");
        let snapshot_age_ms = IntGauge::new(
            "nakodo_snapshot_age_ms",
            "Milliseconds since the snapshot was last known to be current",
        )
        .expect("the name is valid");
        for collector in [
            Box::new(answers.clone()) as Box<dyn prometheus::core::Collector>,
            Box::new(seconds.clone()),
            Box::new(snapshot_age_ms.clone()),
        ] {
            registry
                .register(collector)
                .expect("each is registered once");
        }
        Metrics {
            registry,
            answers,
            seconds,
            snapshot_age_ms,
        }
    }

    pub(crate) fn answered(
        &self,
        method: &Method,
        route: &str,
        status: StatusCode,
        took: Duration,
    ) {
        let method = match *method {
            Method::GET
            | Method::HEAD
            | Method::POST
            | Method::PUT
            | Method::PATCH
            | Method::DELETE => method.as_str(),
            _ => "other",
        };
        self.answers
            .with_label_values(&[method, route, status.as_str()])
            .inc();
        self.seconds
            .with_label_values(&[route])
            .observe(took.as_secs_f64());
    }

    /// The figures in the text format of Prometheus.
    pub(crate) fn render(&self, snapshot_age: Duration) -> Vec<u8> {
        self.snapshot_age_ms
            .set(i64::try_from(snapshot_age.as_millis()).unwrap_or(i64::MAX));
        let mut text = Vec::new();
        TextEncoder::new()
            .encode(&self.registry.gather(), &mut text)
            .expect("memory takes everything");
        text
    }
}

//! What lists, explanations and cards promise, on small markets made at random and by hand.

mod anything;
mod cards;
mod changes;
mod example;
mod introductions;
mod kernel;
mod learning;
mod lists;
mod promises;
mod records;
mod rules;
mod world;

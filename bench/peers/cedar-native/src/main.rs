//! Decides the requests of a file with native Cedar, each call of `is_authorized` timed on its own.
//!
//! Arguments: policies (text), schema (JSON), entities (JSON), requests (JSON lines of principal, action, resource and
//! context), rounds. Everything but `is_authorized` is done before the clock starts. The result is one JSON object:
//! `decisions` (one letter a request: a or d) and, in nanoseconds over all rounds but the first, `p50`, `p99`, `mean`
//! and `timer` (the median of an empty measurement, which is a part of each figure).

use std::{env, error::Error, fs, hint::black_box, str::FromStr, time::Instant};

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request, Schema};
use serde_json::{json, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [policies, schema, entities, requests, rounds] = arguments.as_slice() else {
        return Err("usage: cedar-native POLICIES SCHEMA ENTITIES REQUESTS ROUNDS".into());
    };
    let policies = PolicySet::from_str(&fs::read_to_string(policies)?)?;
    let schema = Schema::from_json_str(&fs::read_to_string(schema)?)?;
    let entities = Entities::from_json_str(&fs::read_to_string(entities)?, Some(&schema))?;
    let requests = fs::read_to_string(requests)?
        .lines()
        .map(|line| read_request(line, &schema))
        .collect::<Result<Vec<Request>, Box<dyn Error>>>()?;
    let authorizer = Authorizer::new();

    let mut decisions = String::new();
    let mut nanos: Vec<u64> = Vec::new();
    for round in 0..rounds.parse()? {
        for request in &requests {
            let started = Instant::now();
            let response = black_box(authorizer.is_authorized(black_box(request), &policies, &entities));
            let elapsed = started.elapsed().as_nanos() as u64;
            if round == 0 {
                decisions.push(if response.decision() == Decision::Allow { 'a' } else { 'd' });
            } else {
                nanos.push(elapsed);
            }
        }
    }
    let mean = nanos.iter().sum::<u64>() as f64 / nanos.len() as f64;
    nanos.sort_unstable();
    let (p50, p99) = (quantile(&nanos, 0.5), quantile(&nanos, 0.99));
    println!("{}", json!({ "decisions": decisions, "p50": p50, "p99": p99, "mean": mean, "timer": timer_cost() }));
    Ok(())
}

fn read_request(line: &str, schema: &Schema) -> Result<Request, Box<dyn Error>> {
    let value: Value = serde_json::from_str(line)?;
    let uid = |name: &str| EntityUid::from_json(value[name].clone());
    let action = uid("action")?;
    let context = Context::from_json_value(value["context"].clone(), Some((schema, &action)))?;
    Ok(Request::new(uid("principal")?, action, uid("resource")?, context, Some(schema))?)
}

fn quantile(sorted: &[u64], fraction: f64) -> u64 {
    sorted[((sorted.len() as f64 * fraction) as usize).min(sorted.len() - 1)]
}

fn timer_cost() -> u64 {
    let mut samples: Vec<u64> = (0..100_000)
        .map(|_| {
            let started = Instant::now();
            black_box(());
            started.elapsed().as_nanos() as u64
        })
        .collect();
    samples.sort_unstable();
    quantile(&samples, 0.5)
}

//! What was measured up to now, for everybody and by segment.

use super::State;
use super::problem::{Problem, of_world};
use crate::fork::measures as all_measures;
use crate::moments::Origin;
use crate::service::Standing;
use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long figures are told again before the world is asked anew.
const FRESH: Duration = Duration::from_secs(1);

/// The last figures. Who asks while others do waits for theirs.
#[derive(Debug, Default)]
pub(super) struct Cache {
    last: tokio::sync::Mutex<Option<(Instant, Arc<Value>)>>,
}

pub(super) async fn measures(state: Data<State>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(&*figures(&state).await?))
}

/// The figures up to now. Cost: that of a copy of the world, once a second at most.
pub(super) async fn figures(state: &State) -> Result<Arc<Value>, Problem> {
    let mut last = state.shared.figures.last.lock().await;
    if let Some((_, figures)) = last.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
        return Ok(figures.clone());
    }
    let (world, after) = of_world(state.service.stage.send(Standing)).await?;
    let scenario = state.service.scenario;
    let work = move || {
        let now = Origin::of(scenario).told(world.now().as_ns());
        let outcome = world.finish().map_err(|error| error.to_string())?;
        let segments = scenario.segments();
        let mut measures = Map::new();
        for (place, measure) in all_measures(scenario).into_iter().enumerate() {
            let values = outcome.segments.get(place).map(Vec::as_slice).unwrap_or_default();
            let by_segment: Map<String, Value> = segments.iter().cloned().zip(values.iter().map(|value| json!(value))).collect();
            let value = json!({
                "label": measure.label,
                "unit": measure.unit,
                "better": measure.better.word(),
                "value": outcome.overall.get(place).copied().flatten(),
                "segments": by_segment,
            });
            measures.insert(measure.name, value);
        }
        Ok(json!({ "now": now, "after": after, "measures": measures }))
    };
    let found = tokio::task::spawn_blocking(work).await.map_err(|error| Problem::closed(error.to_string()))?;
    let found = Arc::new(found.map_err(|error: String| Problem::closed(error))?);
    *last = Some((Instant::now(), found.clone()));
    Ok(found)
}

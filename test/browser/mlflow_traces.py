"""Traces that a user logs with MLflow's own client before looking at them in the web interface (MLFLOW_TRACKING_URI)."""

import json
import os

os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"
import mlflow
from mlflow.entities import AssessmentSource, SpanType

MODELS = ["model-a", "model-b"]
experiment = mlflow.set_experiment(experiment_name="support").experiment_id
mlflow.set_experiment_tags({"mlflow.experimentKind": "genai_development"})


def ask(index):
    with mlflow.start_span("call", span_type=SpanType.LLM) as span:
        span.set_inputs({"messages": [{"role": "user", "content": f"question {index}"}]})
        span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 10 + index, "output_tokens": 5, "total_tokens": 15 + index})
        span.set_attribute("temperature", 0.5)
        span.set_attribute("mlflow.llm.model", MODELS[index % 2])
        span.set_attribute("mlflow.llm.provider", "north")
        span.set_attribute("mlflow.llm.cost", {"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75})
        span.set_outputs({"choices": [{"message": {"role": "assistant", "content": f"reply {index}"}}]})


@mlflow.trace(span_type=SpanType.TOOL)
def look_up(index):
    if index == 3:
        raise ValueError("nothing is there")
    return [f"page {index}"]


@mlflow.trace(name="answer", span_type=SpanType.CHAIN)
def answer(index):
    mlflow.update_current_trace(tags={"team": "red" if index % 2 else "blue"}, metadata={"mlflow.trace.session": f"session-{index // 3}", "mlflow.trace.user": "ada"})
    look_up(index)
    ask(index)
    return f"answer {index}"


ids = []
for index in range(6):
    try:
        answer(index)
    except ValueError:
        pass
    ids.append(mlflow.get_last_active_trace_id())
human = AssessmentSource("HUMAN", "ada")
for index, trace_id in enumerate(ids):
    mlflow.log_feedback(trace_id=trace_id, name="relevance", value=index % 2 == 0, source=human, rationale=f"because of {index}")
    mlflow.log_feedback(trace_id=trace_id, name="score", value=index / 4, source=AssessmentSource("LLM_JUDGE", "judge"))
mlflow.log_expectation(trace_id=ids[0], name="wanted", value="forty-two", source=human)
print(json.dumps({"experiment": experiment, "traces": ids}))

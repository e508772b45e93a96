#!/usr/bin/env python3
"""Writes the Grafana dashboards, deploy/grafana/dashboards/*.json, from the tables below.

  make_dashboards.py [--check]

--check writes nothing and fails when a file is not what it would be.
"""

import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent / "dashboards"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS, HEIGHT = 3, 8  # Panels a row; Grafana's grid has 24 columns.


def curve(title, unit, *queries, about=""):
    """A panel of time series; a query is (PromQL, legend)."""
    return dict(title=title, unit=unit, queries=queries, about=about, type="timeseries")


def number(title, unit, query, about=""):
    return dict(title=title, unit=unit, queries=[(query, "")], about=about, type="stat")


def quantile(share, metric, by=""):
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket[5m])))"


def mean(metric):
    return f"sum(rate({metric}_sum[5m])) / sum(rate({metric}_count[5m]) > 0)"


DASHBOARDS = {
    "training": ("HiR: training", [
        number("Step", "none", "max(hir_learner_step)"),
        number("Reward density of originals", "percentunit", 'hir:reward_density:ratio_rate10m{source="original"}'),
        number("Seconds since the last step", "s", "time() - max(hir_learner_last_step_timestamp_seconds > 0)"),
        curve("Reward density", "percentunit", ("hir:reward_density:ratio_rate10m", "{{source}}"),
              about="Replayed samples have reward 1 by construction."),
        curve("Share of a response's constraints that are met", "percentunit", ("hir:integrity:mean10m", "mean")),
        curve("Held-out scores", "percentunit", ("max by (level, mode) (hir_held_out_ratio)", "{{level}} {{mode}}"),
              about="Of the last evaluation, exported by hir train --metrics-listen while it runs."),
        curve("Lambda", "none", ("max(hir_curriculum_lambda)", "lambda"),
              ("max(hir_curriculum_lambda_initial) * (1 + scalar(max(hir_curriculum_lambda_growth_ratio))) ^ scalar(max(hir_learner_step))", "its formula")),
        curve("Entropy per token", "none", ("hir:token_entropy_nats:mean10m", "nats")),
        curve("KL to the start", "none", ("max(hir_learner_kl_nats)", "nats")),
        curve("Clipped tokens", "percentunit", ("max by (source) (hir_learner_clip_ratio)", "{{source}}")),
        curve("Gradient norm", "none", ("max(hir_learner_grad_norm)", "before clipping")),
        curve("Loss", "none", ("max(hir_learner_loss)", "policy loss")),
        curve("Difference of log-probabilities between workers and learner", "none",
              ("max(hir_learner_logprob_mismatch_nats)", "nats")),
        curve("Tokens of a response", "none", ("hir:response_tokens:mean10m", "mean"),
              (quantile(0.95, "hir_rollout_response_tokens"), "95 %")),
        curve("Where a step's time goes", "s",
              ("sum by (phase) (rate(hir_learner_step_duration_seconds_sum[10m])) / sum by (phase) (rate(hir_learner_step_duration_seconds_count[10m]) > 0)", "{{phase}}")),
        curve("Updates without effect", "none", ("sum(increase(hir_learner_skipped_updates_total[10m]))", "in ten minutes")),
    ]),
    "selection": ("HiR: selection", [
        curve("Samples of frozen batches", "cps", ("hir:samples:rate10m", "{{source}}")),
        curve("Failures not replayed", "cps", ("sum by (reason) (rate(hir_selector_skipped_total[10m]))", "{{reason}}")),
        curve("Failures replayed", "cps", ("sum(rate(hir_selector_selected_total[10m]))", "replayed")),
        curve("Score of the eligible", "none", (quantile(0.5, "hir_selector_score", "picked"), "picked={{picked}}")),
        curve("Diversity part", "none", (quantile(0.5, "hir_selector_diversity_nats", "picked"), "picked={{picked}}")),
        curve("Integrity part", "percentunit", (quantile(0.5, "hir_selector_integrity_ratio", "picked"), "picked={{picked}}")),
        curve("Constraints removed by rewriting", "none", ("hir:constraints_removed:mean10m", "mean")),
        curve("Pass rate by kind", "percentunit", ("hir:constraint_pass:ratio_rate10m", "{{constraint_type}}")),
        curve("Undecidable verdicts by kind", "percentunit", ("hir:constraint_undecidable:ratio_rate10m > 0", "{{constraint_type}}")),
    ]),
    "ring": ("HiR: ring", [
        curve("Generated tokens", "none", ("hir:rollout_tokens:rate1m", "per second")),
        curve("Finished responses", "cps", ("sum by (finish_reason) (rate(hir_rollout_responses_total[5m]))", "{{finish_reason}}")),
        curve("Running sequences", "none", ("sum by (instance) (hir_rollout_running_sequences)", "{{instance}}")),
        curve("Cache in use", "percentunit",
              ("1 - hir_rollout_cache_free_tokens / (hir_rollout_cache_tokens > 0)", "{{instance}}")),
        curve("Weights that wait for responses", "none", ("hir_rollout_swap_waiting", "{{instance}}")),
        curve("Waiting for replay", "none", ("sum(hir_verifier_queue_depth)", "in verifiers"),
              ("sum(hir_rollout_unacknowledged_responses)", "in workers")),
        curve("Tasks", "none", ("max by (state) (hir_replay_items)", "{{state}}")),
        curve("Leases", "cps", ("sum(rate(hir_replay_claims_total[5m]))", "granted"),
              ("sum(rate(hir_replay_acks_total[5m]))", "done"),
              ("sum(rate(hir_replay_lease_expirations_total[5m]))", "run out")),
        curve("Inserts", "cps", ("sum by (reason) (rate(hir_replay_inserts_total[5m]))", "{{reason}}")),
        curve("Scoring a response, 99 %", "s", ("hir:verifier_request_seconds:p99_5m", "{{method}}")),
        curve("Staleness of samples, 99 %", "none", ("hir:staleness_versions:p99_10m", "versions")),
        curve("Weights in use", "none", ("max by (role, instance) (hir_weights_version)", "{{role}} {{instance}}")),
        curve("Transfer of weights", "s", (quantile(0.5, "hir_weights_transfer_duration_seconds", "role"), "{{role}}, median")),
        curve("Bytes of weights", "Bps", ("sum by (role) (rate(hir_weights_transfer_bytes_total[5m]))", "{{role}}")),
        curve("Failed calls", "percentunit", ("hir:grpc_errors:ratio_rate5m", "{{grpc_service}}")),
        curve("Failures of workers", "cps", ("sum by (code) (rate(hir_rollout_errors_total[5m]))", "{{code}}")),
        curve("Summing gradients over ranks", "s", (mean("hir_learner_nccl_duration_seconds"), "mean of a step")),
    ]),
    "fleet": ("HiR: fleet", [
        number("Services that answer", "none", 'sum(up{job=~"hir-.*"})'),
        number("Services that do not", "none", 'count(up{job=~"hir-.*"} == 0) or vector(0)'),
        number("Age of the checkpoint", "s", "time() - max(hir_checkpoint_last_success_timestamp_seconds > 0)"),
        curve("Builds", "none", ("count by (job, version, commit) (hir_build_info)", "{{job}} {{version}} {{commit}}")),
        curve("Samples in Redis", "bytes", ("max(hir_replay_bytes)", "as replay counts them")),
        curve("Memory of Redis", "bytes", ("redis_memory_used_bytes", "used"), ("redis_memory_max_bytes", "limit"),
              about="Needs redis_exporter."),
        curve("Commands of Redis", "cps", ("sum(rate(redis_commands_processed_total[5m]))", "per second"),
              about="Needs redis_exporter."),
        curve("GPU in use", "percent", ("DCGM_FI_DEV_GPU_UTIL", "{{Hostname}} {{gpu}}"), about="Needs dcgm-exporter."),
        curve("GPU memory", "decmbytes", ("DCGM_FI_DEV_FB_USED", "{{Hostname}} {{gpu}}"), about="Needs dcgm-exporter."),
        curve("Memory of a pod", "bytes",
              ('sum by (pod) (container_memory_working_set_bytes{container=~"rollout|learner|verifier|replay"})', "{{pod}}"),
              about="Needs Kubernetes' cAdvisor metrics."),
        curve("Processors of a pod", "none",
              ('sum by (pod) (rate(container_cpu_usage_seconds_total{container=~"rollout|learner|verifier|replay"}[5m]))', "{{pod}}"),
              about="Needs Kubernetes' cAdvisor metrics."),
    ]),
}


def panel(number_of_panel, spec):
    width = 24 // COLUMNS
    position = {"x": number_of_panel % COLUMNS * width, "y": number_of_panel // COLUMNS * HEIGHT,
                "w": width, "h": HEIGHT}
    targets = [{"datasource": SOURCE, "expr": query, "legendFormat": legend, "refId": chr(ord("A") + i)}
               for i, (query, legend) in enumerate(spec["queries"])]
    return {"id": number_of_panel + 1, "type": spec["type"], "title": spec["title"],
            "description": spec["about"], "datasource": SOURCE, "gridPos": position, "targets": targets,
            "fieldConfig": {"defaults": {"unit": spec["unit"]}, "overrides": []}}


def dashboard(name, title, panels):
    variable = {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"}
    return {"uid": f"hir-{name}", "title": title, "tags": ["hir"], "schemaVersion": 39, "editable": True,
            "refresh": "15s", "time": {"from": "now-3h", "to": "now"}, "timezone": "browser",
            "templating": {"list": [variable]},
            "links": [{"type": "dashboards", "tags": ["hir"], "title": "HiR", "asDropdown": True}],
            "panels": [panel(i, spec) for i, spec in enumerate(panels)]}


def main():
    check = sys.argv[1:] == ["--check"]
    for name, (title, panels) in DASHBOARDS.items():
        text = json.dumps(dashboard(name, title, panels), indent=1) + "\n"
        path = FOLDER / f"{name}.json"
        if not check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            sys.exit(f"{path} is not what the tables give; run deploy/grafana/make_dashboards.py")


if __name__ == "__main__":
    main()

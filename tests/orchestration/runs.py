"""Whole runs of the jobs in this process."""

from datetime import date

from dagster import DagsterInstance, Definitions, ExecuteInProcessResult


def run_daily(
    definitions: Definitions, instance: DagsterInstance, first: date, last: date | None = None, fails: bool = False
) -> ExecuteInProcessResult:
    tags = {
        "dagster/asset_partition_range_start": first.isoformat(),
        "dagster/asset_partition_range_end": (last or first).isoformat(),
    }
    result = definitions.resolve_job_def("daily_chasing").execute_in_process(
        instance=instance,
        partition_key=None if last else first.isoformat(),
        tags=tags if last else {},
        raise_on_error=not fails,
    )
    assert result.success is not fails
    return result


def run_dispatch(definitions: Definitions, instance: DagsterInstance, day: date) -> ExecuteInProcessResult:
    config = {"config": {"day": day.isoformat()}}
    return definitions.resolve_job_def("dispatch_actions").execute_in_process(
        instance=instance,
        run_config={"ops": {"carry_out_actions": config, "publish_outcomes": config}},
        raise_on_error=False,
    )

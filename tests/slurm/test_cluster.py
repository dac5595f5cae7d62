"""That the cluster of these tests is one, before anything of ours runs on it."""


def test_a_job_runs_and_is_over(cluster):
    script = cluster.shared / "trivial.sh"
    script.write_text("#!/bin/sh\necho task $SLURM_ARRAY_TASK_ID of $SLURM_ARRAY_TASK_COUNT >trivial-$SLURM_ARRAY_TASK_ID\n"
                      "exec sleep 0\n", encoding="utf-8")
    number = cluster.query("sbatch", "--parsable", "--array=1-4", "--output=/dev/null", str(script)).strip()
    for task in range(1, 5):
        cluster.wait_for_state(f"{number}_{task}", "COMPLETED")
        assert (cluster.shared / f"trivial-{task}").read_text(encoding="utf-8") == f"task {task} of 4\n"


def test_its_network_leads_nowhere(cluster):
    routes = cluster.query("ip", "-4", "route", "show", "table", "all").splitlines()
    assert routes and all(route.startswith(("local ", "broadcast ")) and " dev lo " in route + " " for route in routes), routes

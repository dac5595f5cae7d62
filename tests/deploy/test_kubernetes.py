"""deploy/kubernetes: its objects as the API's schema wants them, and its scripts run as in their pods."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy" / "kubernetes"
SCHEMA = json.loads((ROOT / "tests" / "data" / "kubernetes.schema.json").read_text(encoding="utf-8"))
sys.path.insert(0, str(ROOT / "tests"))
from run_schema import check_lines  # noqa: E402

TIME_LIMIT = 60
USER = "65532"


def objects() -> dict[str, dict]:
    found = {}
    for file in sorted(DEPLOY.glob("*.yaml")):
        for made in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            found[f"{made['kind']}/{made['metadata']['name']}"] = made
    return found


def validate(made: dict) -> None:
    """By its kind's own part, so that what is wrong does not drown in what makes it no other kind."""
    schema = {"$ref": f"#/$defs/V1{made['kind']}", "$defs": SCHEMA["$defs"]}
    jsonschema.Draft202012Validator(schema).validate(made)


def test_there_is_what_should_be():
    assert set(objects()) == {"PersistentVolumeClaim/echosweep", "ConfigMap/echosweep-targets", "Job/echosweep",
                              "Job/echosweep-merge"}


@pytest.mark.parametrize("name", sorted(objects()))
def test_each_object_is_as_the_api_wants_it(name):
    validate(objects()[name])


def test_the_schema_finds_mistakes():
    job = objects()["Job/echosweep"]
    for spoil in (lambda spec: spec.update(backofLimitPerIndex=3),
                  lambda spec: spec.update(completions="16"),
                  lambda spec: spec["template"]["spec"].pop("containers"),
                  lambda spec: spec["template"]["spec"]["containers"][0]["securityContext"]["capabilities"].update(add="NET_RAW"),
                  lambda spec: spec["podFailurePolicy"]["rules"][0].update(action="Ignored")):
        spoilt = json.loads(json.dumps(job))
        spoil(spoilt["spec"])
        with pytest.raises(jsonschema.ValidationError):
            validate(spoilt)


def test_what_the_api_checks_beyond_its_schema():
    """Kubernetes' own validation of Jobs, as far as it concerns this one."""
    spec = objects()["Job/echosweep"]["spec"]
    pod = spec["template"]["spec"]
    assert spec["completionMode"] == "Indexed" and spec["parallelism"] <= spec["completions"]
    # backoffLimitPerIndex is for indexed Jobs; a podFailurePolicy is for pods that never restart, and replaces failed ones.
    assert spec["backoffLimitPerIndex"] > 0 and pod["restartPolicy"] == "Never" and spec["podReplacementPolicy"] == "Failed"
    for rule in spec["podFailurePolicy"]["rules"]:
        assert ("onExitCodes" in rule) != ("onPodConditions" in rule)
        if "onExitCodes" in rule:
            assert rule["onExitCodes"]["containerName"] == pod["containers"][0]["name"]
            assert rule["onExitCodes"]["values"] == sorted(rule["onExitCodes"]["values"])
            # 1 is no failure, and 4 and signals are worth another try.
            assert not {0, 1, 4, 137, 143} & set(rule["onExitCodes"]["values"])
    labels = spec["template"]["metadata"]["labels"]
    assert pod["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"].items() <= labels.items()


@pytest.mark.parametrize("name", ["Job/echosweep", "Job/echosweep-merge"])
def test_the_parts_fit_together(name):
    everything = objects()
    pod = everything[name]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
    for volume in volumes.values():
        if "persistentVolumeClaim" in volume:
            assert "PersistentVolumeClaim/" + volume["persistentVolumeClaim"]["claimName"] in everything
        else:
            assert "ConfigMap/" + volume["configMap"]["name"] in everything
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    mounts = [mount["mountPath"] for mount in container["volumeMounts"]]
    assert environment["ECHOSWEEP_DIR"] in mounts
    if name == "Job/echosweep":
        assert environment["ECHOSWEEP_SHARDS"] == str(everything[name]["spec"]["completions"])
        files = everything["ConfigMap/echosweep-targets"]["data"]
        assert [word for word in container["args"] if word.startswith("/targets/")] == ["/targets/" + file for file in files]
    assert (DEPLOY / container["command"][0]).stat().st_mode & 0o111


@pytest.mark.parametrize("name", ["Job/echosweep", "Job/echosweep-merge"])
def test_the_rights_are_the_least(name):
    pod = objects()[name]["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True and pod["securityContext"]["runAsUser"] == int(USER)
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    (container,) = pod["containers"]
    rights = container["securityContext"]
    assert rights["readOnlyRootFilesystem"] is True and "privileged" not in rights
    sweeps = name == "Job/echosweep"
    assert rights["capabilities"] == ({"drop": ["ALL"], "add": ["NET_RAW"]} if sweeps else {"drop": ["ALL"]})
    assert rights["allowPrivilegeEscalation"] is sweeps
    assert container["resources"]["requests"].keys() == {"cpu", "memory"} and "memory" in container["resources"]["limits"]


# ---- as in the pods ----


@pytest.fixture
def image(tmp_path_factory):
    """What the image has in its folders: the scripts, the program with its file capability, and a copy without."""
    if "DEPLOY_NETWORK" not in os.environ:
        pytest.skip("a network namespace of our own needs root (run tests/deploy/run as root)")
    folder = Path(subprocess.run(["mktemp", "-d", "/tmp/deploy-XXXXXX"], check=True, text=True,
                                 capture_output=True).stdout.strip())
    folder.chmod(0o755)
    for name in ("bin", "lib", "results", "targets"):
        (folder / name).mkdir(mode=0o755)
    for script in ("sweep-shard", "merge-shards"):
        shutil.copy(DEPLOY / script, folder / "bin")
    shutil.copy(os.environ["ECHOSWEEP"], folder / "bin" / "echosweep")
    shutil.copy(os.environ["ECHOSWEEP"], folder / "lib" / "echosweep")
    subprocess.run(["setcap", "cap_net_raw+ep", str(folder / "bin" / "echosweep")], check=True,
                   env=os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
    shutil.chown(folder / "results", int(USER), int(USER))
    yield folder
    shutil.rmtree(folder)


def pod(image: Path, path: str, *command: str, rights: tuple[str, ...] = ("--bounding-set=-all",), **environment: str):
    """A process with the rights of a pod's: its user, its bounding set, a root file system that is read-only."""
    script = f"""mount --bind {image}/results {image}/results && mount -o remount,bind,ro / && exec "$@" """
    return subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", script, "sh", "setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups",
         "--inh-caps=-all", *rights, *command],
        env={"PATH": f"{path}:/usr/bin:/bin", "ECHOSWEEP_DIR": f"{image}/results"} | environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def shard(image: Path, index: int, *arguments: str, **more) -> subprocess.Popen:
    return pod(image, f"{image}/bin", "sweep-shard", *arguments, rights=("--bounding-set=-all,+net_raw",),
               JOB_COMPLETION_INDEX=str(index), ECHOSWEEP_SHARDS="4", ECHOSWEEP_SEED="5", **more)


def ended(process: subprocess.Popen) -> tuple[int, str]:
    said = process.communicate(timeout=TIME_LIMIT)[0]
    return process.returncode, said


def arguments(image: Path) -> list[str]:
    """The Job's own, with the ConfigMap's files in our folder."""
    for name, text in (("targets.txt", "198.18.0.0/24\n"), ("exclude.txt", "# nobody\n198.18.0.128/25\n")):
        (image / "targets" / name).write_text(text, encoding="utf-8")
    args = objects()["Job/echosweep"]["spec"]["template"]["spec"]["containers"][0]["args"]
    return [word.replace("/targets/", f"{image}/targets/") for word in args]


def test_shards_in_pods_are_stopped_go_on_and_are_merged(image):
    args = arguments(image)
    for index in (0, 1, 3):
        code, said = ended(shard(image, index, *args))
        assert code == 0, said
        assert f"shard {index + 1} of 4 (Kubernetes job index {index})" in said

    # One is missing: the merge Job fails, and says which.
    code, said = ended(pod(image, f"{image}/lib:{image}/bin", "merge-shards", rights=("--bounding-set=-all", "--no-new-privs")))
    assert code == 1 and "shard" in said and "3" in said, said

    # It runs at a snail's pace, its node is drained, and another pod takes its place.
    slow = [*args[args.index("-f"):], "--rate-total", "8"]
    first = shard(image, 2, *slow)
    deadline = time.monotonic() + TIME_LIMIT
    results = image / "results" / "task-2.json"
    while not (results.exists() and results.read_text(encoding="utf-8").count("\n") > 3):
        assert first.poll() is None and time.monotonic() < deadline, ended(first)
        time.sleep(0.05)
    first.send_signal(signal.SIGTERM)
    code, said = ended(first)
    assert code == 128 + signal.SIGTERM, said
    assert (image / "results" / "task-2.checkpoint").exists()
    code, said = ended(shard(image, 2, *args))
    assert code == 0, said

    code, said = ended(pod(image, f"{image}/lib:{image}/bin", "merge-shards", rights=("--bounding-set=-all", "--no-new-privs")))
    assert code == 0, said
    records = [json.loads(line) for line in (image / "results" / "all.json").read_text(encoding="utf-8").splitlines()]
    check_lines(records, merged=True)
    found = [record["address"] for record in records[1:-1]]
    assert sorted(found) == sorted(f"198.18.0.{last}" for last in range(128))
    assert records[-1]["alive"] == records[-1]["targets"] == 128


def test_without_net_raw_the_kernels_sockets_serve(image):
    """What docs/scale.md says for namespaces where NET_RAW may not be had."""
    groups = Path("/proc/sys/net/ipv4/ping_group_range")  # of this network namespace, which is ours
    before = groups.read_text(encoding="ascii")
    groups.write_text("0 2147483647", encoding="ascii")
    try:
        restricted = pod(image, f"{image}/lib:{image}/bin", "sweep-shard", *arguments(image),
                         rights=("--bounding-set=-all", "--no-new-privs"), JOB_COMPLETION_INDEX="0", ECHOSWEEP_SHARDS="1",
                         ECHOSWEEP_SEED="5")
        code, said = ended(restricted)
    finally:
        groups.write_text(before, encoding="ascii")
    assert code == 0, said
    accounting = json.loads((image / "results" / "task-0.json").read_text(encoding="utf-8").splitlines()[-1])
    assert accounting["alive"] == 128, accounting
    # The copy that has the capability cannot even be started with so few rights: hence the other one.
    code, said = ended(pod(image, f"{image}/bin", "echosweep", "--version"))
    assert code != 0 and "not permitted" in said.lower(), said


def test_a_name_without_an_address_fails_no_shard(image):
    code, said = ended(shard(image, 0, "no-such.invalid", "198.18.0.0/28"))
    assert code == 0 and "no-such.invalid" in said, said


def test_a_shard_with_a_wrong_option_ends_with_the_code_that_ends_the_job(image):
    code, said = ended(shard(image, 0, "--no-such-option", "198.18.0.1"))
    assert code == 3, said
    code, said = ended(shard(image, 0, "198.18.0.1/999"))
    assert code == 2, said

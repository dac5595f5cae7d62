"""debian/ and the image, as far as they can be read: they say the same as the Makefile and CMake."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Every Debian package is built where these are; the capability that libcap2-bin gives is for what was built by hand.
BUILD_ESSENTIAL = {"g++"}
NOT_FOR_BUILDING = {"libcap2-bin"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_package_is_built_with_what_the_makefile_lists():
    wanted = set(re.search(r"^BUILD_PACKAGES = ((?:.*\\\n)*.*)$", read("Makefile"), re.M)[1].replace("\\", " ").split())
    listed = {entry.split()[0] for entry in
              re.search(r"^Build-Depends: ((?:.*\n )*.*)$", read("debian/control"), re.M)[1].replace("\n", " ").split(",")}
    assert listed - {"debhelper-compat", "scdoc"} == wanted - BUILD_ESSENTIAL - NOT_FOR_BUILDING


def test_versions_agree():
    version = re.search(r"^project\(echosweep VERSION (\S+)", read("CMakeLists.txt"), re.M)[1]
    assert read("debian/changelog").startswith(f"echosweep ({version}) ")
    for file in ("Containerfile", "sweep.yaml", "merge.yaml"):
        assert f"registry.example/echosweep:{version}" in read(f"deploy/kubernetes/{file}")


def test_the_image_copies_what_the_pods_run():
    text = read("deploy/kubernetes/Containerfile")
    for script in ("sweep-shard", "merge-shards"):
        assert f"deploy/kubernetes/{script}" in text
    assert "USER 65532:65532" in text and "/usr/local/lib/echosweep/echosweep" in text
    assert "/usr/local/lib/echosweep:" in read("deploy/kubernetes/merge.yaml")


def test_scripts_are_scripts():
    for script in ("deploy/slurm/submit", "deploy/slurm/sweep.sbatch", "deploy/slurm/merge.sbatch", "deploy/kubernetes/sweep-shard",
                   "deploy/kubernetes/merge-shards", "debian/echosweep.postinst"):
        shell = read(script).splitlines()[0].removeprefix("#!")
        subprocess.run([shell, "-n", str(ROOT / script)], check=True)

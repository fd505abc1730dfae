"""Make the environment in .venv from requirements.lock; the first step of every make target.

Runs on the system's Python with the standard library alone. It brings uv when the machine has
none, installs only when the lock, the Python or these rules changed, and says in one line what is
wrong when it can't. SHOPTALK_TORCH chooses the build of torch: cpu (default), auto, cu128, …
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed"
LOCK = ROOT / "requirements.lock"
UV = "uv==0.13.8"
NEEDED_GB = 6
# torch's CUDA packages: 3 GB that its CPU build never loads.
CUDA = [
    "cuda-bindings",
    "cuda-pathfinder",
    "cuda-toolkit",
    "nvidia-cublas",
    "nvidia-cuda-cupti",
    "nvidia-cuda-nvrtc",
    "nvidia-cuda-runtime",
    "nvidia-cudnn-cu13",
    "nvidia-cufft",
    "nvidia-cufile",
    "nvidia-curand",
    "nvidia-cusolver",
    "nvidia-cusparse",
    "nvidia-cusparselt-cu13",
    "nvidia-nccl-cu13",
    "nvidia-nvjitlink",
    "nvidia-nvshmem-cu13",
    "nvidia-nvtx",
    "triton",
]
LOCK_HEADER = "# Made by `make lock` from requirements.in; every package that Shoptalk installs.\n"


def main():
    """Install, or with --lock resolve the lock anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lock", action="store_true", help="resolve requirements.in anew")
    options = parser.parse_args()
    if sys.version_info[:2] != (3, 11):
        found = "{}.{}".format(*sys.version_info[:2])
        stop(
            f"Python 3.11 is needed, this is {found}: install it, or run `make PYTHON=/path/to/python3.11`."
        )
    if options.lock:
        return lock()
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return None
    install(wanted)
    return None


def fingerprint():
    """What the environment depends on; the stamp in .venv holds it after a full install."""
    digest = hashlib.sha256()
    for path in (LOCK, ROOT / "pyproject.toml", Path(__file__)):
        digest.update(path.read_bytes())
    digest.update(f"{sys.version}|{ROOT}|{os.environ.get('SHOPTALK_TORCH', 'cpu')}".encode())
    return digest.hexdigest()


def install(wanted):
    """Bring uv, make the environment, install the lock and the project itself."""
    free = shutil.disk_usage(ROOT).free / 1e9
    if not VENV.exists() and free < NEEDED_GB:
        stop(f"{NEEDED_GB} GB of disk space are needed in {ROOT}, {free:.1f} GB are free.")
    started = time.monotonic()
    say("Installing (about 4 GB, some minutes the first time) …")
    uv = find_uv()
    STAMP.unlink(missing_ok=True)
    if not (VENV / "bin" / "python").exists():
        run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(VENV)])
    install_lock(uv)
    say("Installing Shoptalk itself …")
    run([uv, "pip", "install", "--quiet", "--no-deps", "--editable", "."])
    STAMP.write_text(wanted)
    say(f"Installed in {time.monotonic() - started:.0f} s.")


def install_lock(uv):
    """Install the lock with the build of torch that was asked for."""
    sync = [uv, "pip", "sync", "--compile-bytecode", str(LOCK)]
    if environment().get("UV_FIND_LINKS"):
        run(sync)
        return
    build = os.environ.get("SHOPTALK_TORCH", "cpu")
    if build == "cpu":
        if (
            subprocess.run(
                [*sync, "--torch-backend", "cpu"], cwd=ROOT, env=environment()
            ).returncode
            == 0
        ):
            return
        say(
            "PyTorch's own index can't be reached: taking the package index's default build of "
            "torch with its CUDA packages, 3 GB more."
        )
    run([uv, "pip", "sync", str(LOCK)])
    pin = next(line for line in LOCK.read_text().splitlines() if line.startswith("torch=="))
    backend = [] if build == "cpu" else ["--torch-backend", build, "--reinstall-package", "torch"]
    run([uv, "pip", "install", "--compile-bytecode", pin.split(" ")[0], *backend])


def find_uv():
    """The path of uv: the machine's, or one installed into .tools."""
    own = ROOT / ".tools" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    if found:
        return found
    say("Bringing uv …")
    try:
        subprocess.run(
            [sys.executable, "-m", "venv", str(ROOT / ".tools")], check=True, capture_output=True
        )
    except subprocess.CalledProcessError:
        shutil.rmtree(ROOT / ".tools", ignore_errors=True)
        stop(
            "This Python can't make virtual environments: install its venv package (python3.11-venv on Debian)."
        )
    pip = [str(ROOT / ".tools" / "bin" / "python"), "-m", "pip", "install", "--quiet", UV]
    done = subprocess.run(pip, capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(ROOT / ".tools", ignore_errors=True)
        stop(
            f"The package index can't be reached, so uv can't be installed: {last_line(done.stderr)}"
        )
    return str(own)


def environment():
    """The environment of uv: our .venv, and pip's find-links folder handed over."""
    values = dict(
        os.environ, VIRTUAL_ENV=str(VENV), UV_LINK_MODE=os.environ.get("UV_LINK_MODE", "copy")
    )
    if os.environ.get("PIP_FIND_LINKS"):
        values.setdefault("UV_FIND_LINKS", os.environ["PIP_FIND_LINKS"].replace(" ", ","))
    return values


def run(command):
    """Run uv; its own progress and errors go to the terminal."""
    if subprocess.run(command, cwd=ROOT, env=environment()).returncode:
        stop(
            "Installing failed, see above. Nothing was started; run the same command again when it is put right."
        )


def lock():
    """Resolve requirements.in into requirements.lock, for Linux and macOS, naming no index."""
    command = [
        find_uv(), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11",
        "--override", "requirements.overrides", "--no-emit-index-url", "--no-emit-find-links",
        "--no-annotate", "--no-header", "requirements.in", "-o", "requirements.lock",
    ]  # fmt: skip
    for package in CUDA:
        command += ["--no-emit-package", package]
    run(command)
    pins = [line for line in LOCK.read_text().splitlines() if not line.startswith("#")]
    LOCK.write_text(LOCK_HEADER + "\n".join(pins) + "\n")
    say(f"Wrote {LOCK.name}: {len(pins)} packages.")


def last_line(text):
    """The last line that says something."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "no message")


def say(text):
    """One line for the person who waits."""
    print(text, flush=True)


def stop(text):
    """End with one clear line."""
    sys.exit(text)


if __name__ == "__main__":
    main()

"""Make the environment in .venv from requirements.lock; the first step of every make target.

Runs on the system's Python with the standard library alone. It brings uv when the machine has
none, installs only when the lock, the Python or these rules changed, and says in one line what is
wrong when it can't. SHOPTALK_TORCH chooses the build of torch: cpu (default), auto, cu128, …
"""

import argparse
import compileall
import hashlib
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed"
LOCK = ROOT / "requirements.lock"
UV = "uv==0.13.8"
NEEDED_GB = 6  # while it is installed
ENVIRONMENT_GB = 3.8  # what is left of it; README, FAQ and docs say the same
TOLD_EVERY = 2.0  # seconds between words about how far it is
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
    say(f"Installing ({ENVIRONMENT_GB} GB, some minutes the first time) …")
    uv = find_uv()
    STAMP.unlink(missing_ok=True)
    if not (VENV / "bin" / "python").exists():
        run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(VENV)])
    install_lock(uv)
    compile_all(VENV / "lib")
    say("Installing Shoptalk itself …")
    run([uv, "pip", "install", "--quiet", "--no-deps", "--editable", "."])
    STAMP.write_text(wanted)
    say(f"Installed in {time.monotonic() - started:.0f} s.")


def install_lock(uv):
    """Install the lock with the build of torch that was asked for."""
    sync = [uv, "pip", "sync", str(LOCK)]
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
    run(sync)
    pin = next(line for line in LOCK.read_text().splitlines() if line.startswith("torch=="))
    backend = [] if build == "cpu" else ["--torch-backend", build, "--reinstall-package", "torch"]
    run([uv, "pip", "install", pin.split(" ")[0], *backend])


def compile_all(folder):
    """Make the byte code of all Python files below a folder, on all cores, and say how far it is.

    uv would do it without a word for a minute. What can't be compiled is left to who imports it.
    """
    files = [str(path) for path in folder.rglob("*.py")]
    told = time.monotonic()
    say(f"Compiling byte code: {len(files)} files …")
    with ProcessPoolExecutor() as pool:
        for done, _ in enumerate(pool.map(compile_one, files, chunksize=50), 1):
            if time.monotonic() - told >= TOLD_EVERY:
                told = time.monotonic()
                say(f"Compiling byte code: {done} of {len(files)} …", passing=True)


def compile_one(file):
    """Make the byte code of one file, unless it is there."""
    return compileall.compile_file(file, quiet=2)


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


def say(text, passing=False):
    """One line for the person who waits; in a terminal the next one takes the place of a `passing` one."""
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="" if passing else "\n", flush=True)
    else:
        print(text, flush=True)


def stop(text):
    """End with one clear line."""
    sys.exit(text)


if __name__ == "__main__":
    main()

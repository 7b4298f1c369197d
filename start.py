"""Set up and start Learnscope: `python3 start.py`. Needs the standard library alone, Python 3.11 or newer.

python3 start.py            set up on the first time, then open the window
python3 start.py FILE       the same, and open a project or a table
python3 start.py setup      only set up
python3 start.py test       set up, with the test tools, then run all checks and tests
python3 start.py monkey     the same, then use the window at random (monkey --help)
python3 start.py fuzz       the same, then open damaged files (fuzz --help)
python3 start.py bench      set up, then run the benchmarks (bench --help lists them)
python3 start.py lock       find the newest versions anew and write the locks (needs uv)
python3 start.py -- ARGS    set up, then main.py ARGS (the command line: list, run, predict, screenshots)
"""

import errno
import hashlib
import locale
import os
import re
import shutil
import subprocess
import sys
import tempfile

LEAST_PYTHON = (3, 11)
HOUSE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HOUSE, ".venv")
LOCK = os.path.join(HOUSE, "requirements.lock")  # what a user needs
TEST_LOCK = os.path.join(HOUSE, "requirements-test.lock")  # the same and the test tools
STAMP = os.path.join(VENV, "learnscope-setup.txt")
LOG = os.path.join(VENV, "learnscope-setup.log")

# Not in the locks: its builds differ by the card, and one that was chosen by hand stays.
TORCH = "2.13.0"
TORCH_RANGE = ((2, 13), (2, 14))
# What torch asks for on Linux besides, in the build for CUDA alone.
OF_CUDA = (
    "cuda-bindings", "cuda-toolkit", "nvidia-cudnn-cu13", "nvidia-cusparselt-cu13", "nvidia-nccl-cu13",
    "nvidia-nvshmem-cu13", "triton",
)  # fmt: skip

TOOLS = {"monkey": "tests.e2e.monkey", "fuzz": "tests.fuzz"}

QT_LIBRARIES = {
    "libGL.so.1": "libgl1", "libEGL.so.1": "libegl1", "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0", "libfontconfig.so.1": "libfontconfig1", "libdbus-1.so.3": "libdbus-1-3",
}  # fmt: skip
X11_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0", "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4", "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}  # fmt: skip


def is_korean():
    """Whether the person's system speaks Korean."""
    name = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    if not name:
        try:
            name = locale.getlocale()[0] or ""
        except ValueError:
            name = ""
    return name.lower().startswith(("ko", "korean"))


def open_console():
    """Closed standard streams are opened on nothing: else the next file takes their number. True where output is lost."""
    is_lost = sys.stdout is None
    while os.name == "posix":
        number = os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
        if number > 2:
            os.close(number)
            break
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
    return is_lost


def put(text, end="\n"):
    """Text on standard output: what its encoding cannot hold gets replacement marks. Whether it was taken; a reader who
    has seen enough (head) has taken it."""
    encoding = sys.stdout.encoding or "ascii"
    try:
        print(text.encode(encoding, "replace").decode(encoding), end=end, flush=True)
        return True
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # else Python tries once more at its end
        return error.errno == errno.EPIPE


def say(en, ko):
    """One sentence in the person's language."""
    return put(ko if is_korean() else en)


def stop(en, ko):
    say(en, ko)
    raise SystemExit(1)


def check_python():
    if sys.version_info < LEAST_PYTHON:
        stop(
            "Learnscope needs Python 3.11 or newer, and this is Python %d.%d: install a newer one and start again with it."
            % sys.version_info[:2],
            "Learnscope에는 Python 3.11 이상이 필요한데 지금은 Python %d.%d입니다. 새 버전을 설치하고 그것으로 다시 시작하세요."
            % sys.version_info[:2],
        )
    try:
        if uv() is None:
            import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        package = "python%d.%d-venv" % sys.version_info[:2]
        stop(
            "This Python has no venv module; on Debian and Ubuntu install it with: sudo apt install %s" % package,
            "이 Python에는 venv 모듈이 없습니다. 데비안과 우분투에서는 다음 명령으로 설치하세요: sudo apt install %s"
            % package,
        )


def venv_python():
    inside = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(VENV, *inside)


def uv():
    """The installer that is quicker than pip, where a person has it."""
    return shutil.which("uv")


def wanted_stamp(with_tests=False):
    """What a finished set-up has written down: the Python, the folder it was made in, and the lock's digest."""
    lines = ["Python %d.%d" % tuple(sys.version_info[:2]), HOUSE, "torch " + TORCH]
    for name in (LOCK, TEST_LOCK) if with_tests else (LOCK,):
        with open(name, "rb") as lock:
            lines.append(os.path.basename(name) + " " + hashlib.sha256(lock.read()).hexdigest())
    return "\n".join(lines) + "\n"


def is_set_up(with_tests=False):
    """Whether everything is there; the test tools beside it disturb nobody."""
    try:
        with open(STAMP, encoding="utf-8") as stamp:
            return stamp.read().startswith(wanted_stamp(with_tests)) and os.path.exists(venv_python())
    except OSError:
        return False


def works(python):
    """Whether the environment's own Python still starts (a moved folder or an upgraded system breaks it)."""
    needed = "import sys" if uv() else "import sys, pip"
    try:
        made = subprocess.run(
            [python, "-c", needed + "; print(*sys.version_info[:2])"], capture_output=True, text=True, timeout=120
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return made.returncode == 0 and made.stdout.split() == [str(part) for part in sys.version_info[:2]]


def set_up(with_tests=False):
    """Make .venv and install the locked versions; nothing to do when that was done before. Going from one set to the
    other installs what is missing, and nothing else."""
    if is_set_up(with_tests):
        return
    if not works(venv_python()):
        if os.path.isdir(VENV) and not os.path.islink(VENV):
            shutil.rmtree(VENV)
        say("Making a Python environment in .venv ...", ".venv에 Python 환경을 만듭니다 ...")
        command = [sys.executable, "-m", "venv", VENV] + (["--without-pip"] if uv() else [])
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode:
            reason = (made.stdout + made.stderr).strip().splitlines() or ["?"]
            stop(
                "The environment .venv could not be made: %s" % reason[-1],
                ".venv 환경을 만들지 못했습니다: %s" % reason[-1],
            )
    install(TEST_LOCK if with_tests else LOCK)
    prepare()
    with open(STAMP, "w", encoding="utf-8") as stamp:
        stamp.write(wanted_stamp(with_tests))
    say("Set up.", "설치를 마쳤습니다.")


def prepare():
    """Compile the algorithms' inner loops now, so that the first run in class does not wait for it."""
    say("Preparing the algorithms ...", "알고리즘을 준비합니다 ...")
    # Not fatal: what is not compiled here is compiled at its first use.
    subprocess.run(
        [venv_python(), "-m", "lab.sessions.kernel_cache"], cwd=HOUSE, env=environment(), capture_output=True
    )


def torch_to_keep():
    """The version of a torch in .venv that lies in the pinned range (a CPU or CUDA build chosen by hand), or None."""
    asked = subprocess.run(
        [venv_python(), "-c", "import importlib.metadata as m; print(m.version('torch'))"],
        capture_output=True,
        text=True,
    )
    found = re.match(r"(\d+)\.(\d+)", asked.stdout.strip())
    if asked.returncode or not found:
        return None
    version = (int(found.group(1)), int(found.group(2)))
    return asked.stdout.strip() if TORCH_RANGE[0] <= version < TORCH_RANGE[1] else None


def install(lock):
    """The locked versions, each checked by its hash and none built here; then torch, unless a build of it is there."""
    with open(lock, encoding="utf-8") as file:
        count = len([line for line in file if re.match(r"[A-Za-z0-9]", line)])
    kept = torch_to_keep()
    say(
        "Installing %d packages (several hundred MB the first time) ..." % (count + (kept is None)),
        "패키지 %d개를 설치합니다(처음에는 수백 MB를 내려받습니다) ..." % (count + (kept is None)),
    )
    with open(LOG, "w", encoding="utf-8") as log:
        fetch(["--require-hashes", "--only-binary", ":all:", "-r", lock], count, log)
        if kept is None:
            fetch(["torch==" + TORCH], 1, log)


def fetch(wanted, count, log):
    """Install with uv where it is there, else with pip; pip also where uv fails, which may not know a school's mirror."""
    if uv():
        if (
            listen([uv(), "pip", "install", "--python", venv_python(), "--compile-bytecode", *wanted], count, log)[0]
            == 0
        ):
            return
        subprocess.run([venv_python(), "-m", "ensurepip"], capture_output=True)
    command = [
        venv_python(), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off",
        *wanted,
    ]  # fmt: skip
    code, output = listen(command, count, log)
    if code:
        explain_failure(output)


def listen(command, count, log):
    """Run an installer, show how far it is, and keep what it says. -> (its exit code, its output)"""
    lines, done = [], 0
    installer = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=dict(os.environ, PYTHONUTF8="1", PIP_ROOT_USER_ACTION="ignore"),
    )
    for line in installer.stdout:
        log.write(line)
        lines.append(line)
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            done += 1
            name = line.split(":")[-1].split()[0] if line.startswith("Req") else line.split()[1]
            show_progress(done, count, name.split("==")[0])
        elif line.startswith("Installing collected"):
            show_progress(count, count, "...")
    installer.wait()
    end_progress()
    return installer.returncode, "".join(lines)


def show_progress(done, of, name):
    """One line that is written over and over on a terminal, and now and then elsewhere."""
    share = min(1.0, done / max(1, of))
    if sys.stdout.isatty():
        bar = "#" * round(24 * share)
        put("\r[%-24s] %3d %%  %-30.30s" % (bar, round(100 * share), name), end="")
    elif done % 20 == 0:
        put("%3d %%" % round(100 * share))


def end_progress():
    if sys.stdout.isatty():
        put("")


def explain_failure(output):
    """One sentence for the ways in which installing fails; the whole output stays in the log."""
    signs = ("NewConnectionError", "ConnectTimeout", "Temporary failure in name resolution", "ProxyError",
             "Network is unreachable", "getaddrinfo failed", "ReadTimeout", "ConnectionError")  # fmt: skip
    if any(sign in output for sign in signs):
        stop(
            "The packages could not be fetched: there seems to be no network. Connect and start again "
            "(details: %s)." % LOG,
            "패키지를 내려받지 못했습니다. 네트워크에 연결되지 않은 것 같습니다. 연결한 뒤 다시 시작하세요(자세한 기록: %s)."
            % LOG,
        )
    if "No space left" in output:
        stop(
            "The disk is full: about 2 GB are needed in %s. Make room and start again." % HOUSE,
            "디스크가 가득 찼습니다. %s에 약 2 GB가 필요합니다. 공간을 만든 뒤 다시 시작하세요." % HOUSE,
        )
    if "THESE PACKAGES DO NOT MATCH THE HASHES" in output:
        stop(
            "A package that was fetched is not the one that was locked: its hash differs, and nothing was installed. Try "
            "another network; if that does not help, tell whoever looks after the computers (details: %s)." % LOG,
            "내려받은 패키지의 해시가 고정된 것과 달라 설치하지 않았습니다. 다른 네트워크에서 다시 해 보고, 그래도 "
            "안 되면 컴퓨터를 관리하는 분께 알리세요(자세한 기록: %s)." % LOG,
        )
    errors = [line for line in output.splitlines() if line.startswith("ERROR")] or ["?"]
    stop(
        "Installing failed: %s (details: %s)" % (errors[-1], LOG),
        "설치하지 못했습니다: %s (자세한 기록: %s)" % (errors[-1], LOG),
    )


def missing_libraries(needs_window):
    """apt packages of the system libraries that Qt needs on Linux and that are not there."""
    if not sys.platform.startswith("linux"):
        return []
    import ctypes

    needed = dict(QT_LIBRARIES)
    if needs_window and not os.environ.get("WAYLAND_DISPLAY") and not os.environ.get("QT_QPA_PLATFORM"):
        needed.update(X11_LIBRARIES)
    missing = []
    for library, package in needed.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def has_screen():
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in names)


def check_system(needs_window):
    missing = missing_libraries(needs_window)
    if missing:
        line = "sudo apt install " + " ".join(missing)
        stop(
            "Qt needs system libraries that are missing here; install them with: %s" % line,
            "Qt에 필요한 시스템 라이브러리가 없습니다. 다음 명령으로 설치하세요: %s" % line,
        )
    if needs_window and not has_screen():
        stop(
            "There is no screen here (DISPLAY is not set): open a desktop session, or use the command line: "
            "python3 start.py -- list",
            "화면이 없습니다(DISPLAY가 설정되지 않음). 데스크톱에서 열거나 명령줄을 쓰세요: python3 start.py -- list",
        )


def environment(**more):
    """One thread for each library: small models run faster, the window stays smooth, and runs are bit-identical."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return dict(os.environ, **threads, PYTHONUTF8="1", **more)


def run(arguments, **more):
    return subprocess.run([venv_python(), *arguments], cwd=HOUSE, env=environment(**more)).returncode


def run_main(arguments):
    """main.py in the caller's own folder, so that relative paths mean what they say. It takes this process's place where
    a system knows that, so that a signal meant for the window reaches it."""
    command = [venv_python(), os.path.join(HOUSE, "main.py"), *arguments]
    if os.name == "posix":
        os.execve(command[0], command, environment())
    return subprocess.run(command, env=environment()).returncode


def run_module(name, arguments):
    """A tool among the tests, on the screen that there is, else on none."""
    check_system(needs_window=False)
    more = {} if has_screen() else {"QT_QPA_PLATFORM": "offscreen"}
    return run(["-m", name, *arguments], PYTHONPATH=HOUSE, **more)


def test():
    check_system(needs_window=False)
    linter = os.path.join(os.path.dirname(venv_python()), "lint-imports" + (".exe" if os.name == "nt" else ""))
    checks = (
        [venv_python(), "-m", "ruff", "check", "."],
        [venv_python(), "-m", "ruff", "format", "--check", "-q", "."],
        [linter],
        [venv_python(), "-m", "mypy"],
        [venv_python(), "-m", "pytest", "-q", "--durations=8"],
    )
    settings = environment(QT_QPA_PLATFORM="offscreen", PYTHONPATH=HOUSE)
    results = [subprocess.run(command, cwd=HOUSE, env=settings).returncode for command in checks]
    return max(abs(result) for result in results)


def lock():
    """Write both locks: for Linux, Windows and macOS, Python 3.11 to 3.14, each file of a package with its hash. What is
    locked already stays where it fits; take a line out of both to have its newest version."""
    if uv() is None:
        stop("The locks are made with uv: pip install uv", "잠금 파일은 uv로 만듭니다: pip install uv")
    with tempfile.TemporaryDirectory(prefix="learnscope-") as folder:
        excluded = os.path.join(folder, "of-cuda.txt")
        with open(excluded, "w", encoding="utf-8") as file:
            file.write("\n".join(OF_CUDA) + "\n")
        for name, more in ((TEST_LOCK, ["--extra", "test"]), (LOCK, ["--constraint", TEST_LOCK])):
            command = [
                uv(), "pip", "compile", os.path.join(HOUSE, "pyproject.toml"), *more, "--universal",
                "--python-version", "3.11", "--only-binary", ":all:", "--generate-hashes", "--no-annotate",
                "--custom-compile-command", "python3 start.py lock", "--no-emit-package", "torch",
                "--excludes", excluded, "--quiet", "--output-file", name,
            ]  # fmt: skip
            made = subprocess.run(command, cwd=HOUSE).returncode
            if made:
                return made
    return 0


def main(arguments):
    is_lost = open_console()
    check_python()
    word = arguments[0] if arguments else ""
    if word in ("-h", "--help"):
        return 1 if is_lost or not put(__doc__) else 0
    if word == "lock":
        return lock()
    set_up(with_tests=word == "test" or word in TOOLS)
    if word == "setup":
        check_system(needs_window=False)
        return 0
    if word == "test":
        return test()
    if word in TOOLS:
        return run_module(TOOLS[word], arguments[1:])
    if word == "bench":
        check_system(needs_window=False)
        return run([os.path.join("tests", "benchmarks", "bench.py"), *arguments[1:]], PYTHONPATH=HOUSE)
    if word == "--":
        if arguments[1:2] == ["screenshots"]:
            check_system(needs_window=False)
        return run_main(arguments[1:])
    check_system(needs_window=True)
    return run_main(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        stop("The set-up did not go on: %s" % error, "설치를 계속하지 못했습니다: %s" % error)

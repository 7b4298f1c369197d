"""The command line: list, run, predict. The same core as the window, without Qt; imports late, so that it is quick.

Wrong input: exit code 2 and one line on standard error, and nothing is written. Output that cannot be written (a closed
or full standard output): exit code 1 and a line on standard error.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from lab import console
from lab.errors import LabError
from lab.sessions import kernel_cache as kernels
from models.words.text import Lang, Said, Text

if TYPE_CHECKING:
    from lab.data.datasets import Dataset
    from lab.data.tables.files import Table
    from lab.document.project import Experiment
    from lab.running.run import Run
    from lab.sessions.session import Session

WRONG_INPUT = 2
INTERRUPTED = 130
_BAR_COLUMNS = 30
_BARS_PER_SECOND = 10

# -- words -------------------------------------------------------------------------------------------------------------

ABOUT = Text(
    "Learnscope: watch machine learning happen. Without a command the window opens.",
    "Learnscope: 머신러닝이 학습하는 모습을 봅니다. 명령 없이 실행하면 창이 열립니다.",
)
OPTIONS = Text("options", "옵션")
COMMANDS = Text("commands", "명령")
SHOW_HELP = Text("show this help", "이 도움말을 보여 줌")
LIST = Text(
    "print algorithms, data sets, scenes and devices as JSON",
    "알고리즘, 데이터셋, 수업 장면, 연산 장치를 JSON으로 출력",
)
RUN = Text("run an experiment to its end and print the result", "실험을 끝까지 실행하고 결과를 출력")
RUN_MORE = Text(
    "The last line on standard output is one JSON object: algorithm, device, path, seed, iterations, outcome "
    "(converged, finished, gave_up, diverged; stopped at --iterations), converged, metrics, seconds of running alone. "
    "A run that does not converge still ends with exit code 0; wrong input ends with 2.",
    "표준 출력의 마지막 줄은 JSON 객체 하나입니다: algorithm, device, path, seed, iterations, outcome(converged, "
    "finished, gave_up, diverged, --iterations에서 멈추면 stopped), converged, metrics, 실행에만 걸린 seconds. "
    "수렴하지 않아도 종료 코드는 0이고, 입력이 잘못되면 2입니다.",
)
PREDICT = Text("predict with a model that was exported", "내보낸 모델로 예측")
PREDICT_MORE = Text(
    "Writes the rows of the table with the prediction as the last column: the class, the value, the number of the "
    "cluster from 0, or pc1, pc2 ... Columns are found by name. A row in which a feature is missing gets an empty one.",
    "표의 행에 예측값을 마지막 열로 붙여 씁니다: 클래스, 값, 0부터 센 군집 번호, 또는 pc1, pc2 ... 열은 이름으로 "
    "찾습니다. 특성이 빠진 행의 예측값은 비워 둡니다.",
)
HELP: dict[str, Text] = {
    "--data": Text(
        "a CSV, TSV or Excel (.xlsx) file, the name of a data set, or a scene",
        "CSV, TSV, 엑셀(.xlsx) 파일, 데이터셋 이름, 수업 장면",
    ),
    "--features": Text(
        "columns to learn from, with commas between; a name with a comma in quotation marks, as in CSV: "
        "'\"Height, cm\",Age'",
        "학습에 쓸 특성 열, 쉼표로 구분. 이름에 쉼표가 있으면 CSV처럼 따옴표로 묶음: '\"키, cm\",나이'",
    ),
    "--target": Text("column with the answers, or none", "목표값 열, 없으면 none"),
    "--target-kind": Text(
        "whether the target is classes or numbers (default: guessed)", "목표값이 클래스인지 수인지 (기본값: 추측)"
    ),
    "--missing-words": Text(
        "whether words such as NA, - and 없음 in a target of words are classes or missing (default: guessed)",
        "글자로 된 목표값에서 NA, -, 없음 같은 말이 클래스인지 빠진 값인지 (기본값: 추측)",
    ),
    "--algorithm": Text("the id of an algorithm, see list", "알고리즘 id, list 참고"),
    "--set": Text("a setting of the algorithm, again for each", "알고리즘 설정, 여러 번 쓸 수 있음"),
    "--seed": Text("where all randomness starts (default 7)", "모든 무작위의 시작 번호 (기본값 7)"),
    "--device": Text("cpu, or an accelerator, see list (default cpu)", "cpu 또는 가속기, list 참고 (기본값 cpu)"),
    "--train-share": Text("share of rows to learn from, the rest tests", "훈련 데이터 비율, 나머지는 테스트 데이터"),
    "--scaling": Text("auto is the algorithm's own choice", "auto는 알고리즘에 맞는 기본값"),
    "--iterations": Text("stop after so many at the latest", "늦어도 이만큼 반복한 뒤 멈춤"),
    "--project": Text("a saved experiment, or a scene, in place of --data", "--data 대신 실험 파일이나 수업 장면"),
    "--export": Text("folder for result, predictions, plot and model", "결과, 예측값, 그림, 모델을 내보낼 폴더"),
    "--lang": Text("language of sentences and of the plot", "문장과 그림의 언어"),
    "--model": Text("folder of an export", "내보내기로 만든 폴더"),
    "--table": Text("a CSV, TSV or Excel file with the model's columns", "모델이 쓰는 열이 있는 CSV, TSV, 엑셀 파일"),
    "--output": Text("CSV file to write (default: standard output)", "쓸 CSV 파일 (기본값: 표준 출력)"),
}
BAD_COMMAND = Text(
    "The command line was not understood: {problem}. {program} --help says more.",
    "명령을 이해하지 못했습니다: {problem}. {program} --help에 설명이 있습니다.",
)
NO_EQUALS = Text(
    "--set takes NAME=VALUE, such as n_clusters=4, but got {given}.",
    "--set에는 n_clusters=4처럼 이름=값을 써야 하는데 {given:이/가} 주어졌습니다.",
)
NOT_IN_RANGE = Text(
    "{option} must be a number from {least} to {most}, but {given} was given.",
    "{option}에는 {least} 이상 {most} 이하의 수를 써야 하는데 {given:이/가} 주어졌습니다.",
)
UNKNOWN_ALGORITHM = Text(
    "There is no algorithm {given}. Choose one of: {known}.",
    "{given:이라는/라는} 알고리즘은 없습니다. 다음 가운데 하나를 고르세요: {known}.",
)
DATA_OR_PROJECT = Text(
    "Give --data with --algorithm, or --project; not both.",
    "--data와 --algorithm을 함께 쓰거나 --project를 쓰세요. 둘을 섞을 수는 없습니다.",
)
CAPPED = Text("Stopped at iteration {iteration:d}, as asked.", "요청한 대로 반복 {iteration:d}에서 멈췄습니다.")
COMPILING = Text(
    "Compiling the algorithms for this computer: the next start need not do it again.",
    "이 컴퓨터에 맞게 알고리즘을 컴파일합니다. 다음에 시작할 때는 다시 하지 않습니다.",
)
PROGRESS = Text("iteration {iteration:,d}", "반복 {iteration:,d}")


# -- reading the command line ------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are LabErrors and whose headings are in the chosen language."""

    def __init__(self, *, lang: Lang = "en", **more: Any) -> None:
        super().__init__(allow_abbrev=False, add_help=False, **more)
        self.lang: Lang = lang
        self._optionals.title = OPTIONS.say(lang)
        self.add_argument("-h", "--help", action="help", help=SHOW_HELP.say(lang))

    def error(self, message: str) -> NoReturn:
        raise LabError(BAD_COMMAND, problem=" ".join(message.split()).rstrip("."), program=self.prog)

    def print_help(self, file: Any = None) -> None:
        console.say(self.format_help().rstrip("\n"))  # argparse passes over an output that takes nothing

    def option(self, name: str, text: str | None = None, **more: Any) -> None:
        self.add_argument(name, help=HELP[text or name].say(self.lang), **more)


def _parser(lang: Lang) -> _Parser:
    parser = _Parser(prog="learnscope", description=ABOUT.say(lang), lang=lang)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", title=COMMANDS.say(lang))

    def command(name: str, text: Text, more: Text | None = None) -> _Parser:
        made = commands.add_parser(
            name, help=text.say(lang), description=text.say(lang), epilog=more.say(lang) if more else None, lang=lang
        )
        made.option("--lang", choices=("en", "ko"), default="en")
        return made

    command("list", LIST)
    run = command("run", RUN, RUN_MORE)
    run.option("--data", metavar="FILE_OR_NAME")
    run.option("--features", metavar="A,B,...")
    run.option("--target", metavar="COLUMN")
    run.option("--target-kind", choices=("class", "number"))
    run.option("--missing-words", choices=("classes", "missing"))
    run.option("--algorithm", metavar="ID")
    run.option("--set", metavar="NAME=VALUE", action="append", default=[])
    run.option("--seed", metavar="N")
    run.option("--device", metavar="NAME")
    run.option("--train-share", metavar="SHARE")
    run.option("--scaling", choices=("auto", "none", "standard"))
    run.option("--iterations", metavar="N")
    run.option("--project", metavar="FILE")
    run.option("--export", metavar="DIR")
    predict = command("predict", PREDICT, PREDICT_MORE)
    predict.option("--model", metavar="DIR", required=True)
    predict.option("--data", text="--table", metavar="FILE", required=True)
    predict.option("--output", metavar="FILE")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, 2 for wrong input, 130 when interrupted."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    lang: Lang = "ko" if "--lang=ko" in arguments or ("--lang", "ko") in pairwise(arguments) else "en"
    console.prepare()
    try:
        try:
            options = _parser(lang).parse_args(arguments)
            kernels.use_cache()
            with kernels.announced(_Compiling(lang)):
                {"list": _list, "run": _run, "predict": _predict}[options.command](options)
        except SystemExit:  # argparse ends so after --help
            pass
        console.flush()
    except LabError as error:
        _say_aside(error.said, lang)
        return WRONG_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except console.OutputLostError as lost:
        return console.give_up(lost, lang)
    finally:
        console.leave()
    return 0


class _Compiling:
    """Says that kernels are compiled, where nobody has done it before a first run; and that they cannot be kept."""

    def __init__(self, lang: Lang) -> None:
        self._lang = lang
        self._is_told = kernels.is_compiled()

    def __call__(self, is_on: bool) -> None:
        said = kernels.trouble()
        if said is not None:
            self._is_told = True
        elif is_on and not self._is_told:
            self._is_told, said = True, Said(COMPILING, {})
        if said is not None:
            _say_aside(said, self._lang)


def _say_aside(said: Said, lang: Lang) -> None:
    """One sentence on one line of standard error."""
    console.say_aside(" ".join(said.say(lang).split()))


def _print_json(value: Any, indent: int | None = None) -> None:
    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    console.say(json.dumps(value, ensure_ascii=not is_utf8, allow_nan=False, indent=indent))


def _number(option: str, given: str, least: float, most: float, kind: type = int) -> Any:
    """A number of the command line. Raises LabError for anything but a plain one in its range."""
    try:
        number = kind(given) if given.isascii() and "_" not in given else None
    except ValueError:
        number = None
    if number is None or not least <= number <= most:
        raise LabError(NOT_IN_RANGE, option=option, least=f"{least:g}", most=str(most), given=given[:40])
    return number


# -- list --------------------------------------------------------------------------------------------------------------


def _list(options: argparse.Namespace) -> None:
    import models
    from lab.leaving.catalogue_json import everything

    _print_json(everything(), indent=1)
    for entry in models.broken():
        _say_aside(entry.said, options.lang)


# -- run ---------------------------------------------------------------------------------------------------------------


def _run(options: argparse.Namespace) -> None:
    from lab.leaving.export.assembling import check_folder
    from lab.leaving.export.folder import export_run
    from lab.leaving.export.result import plain, summary
    from lab.protocol.commands import Begin
    from lab.sessions.driving import run_to_end
    from lab.sessions.session import Session

    most = None if options.iterations is None else _number("--iterations", options.iterations, 1, 10**12)
    if options.export is not None:
        check_folder(options.export)
    dataset, experiment, table, notes = _wanted(options)

    # Kernels are compiled, and devices woken, by a first short run, so that the seconds are those of running alone.
    trial = Session()
    trial.handle(Begin(dataset, experiment, version=1))
    run_to_end(trial, most_iterations=1)
    session = Session()
    session.handle(Begin(dataset, experiment, version=1))
    run = session.run
    assert run is not None  # what cannot begin was said by the first
    bar = _ProgressBar(_most_iterations(run, most), options.lang)
    begun = time.perf_counter()
    run_to_end(session, most_iterations=most, on_slice=bar.on_slice)
    seconds = time.perf_counter() - begun
    bar.close(run.reached)

    packet = _packet(session, dataset)
    advice = run.learner.advice(run.problem)
    for said in (run.target_said, None if advice is None else advice.said, packet.notice):
        notes += [said] if said is not None and said not in notes else []
    if options.export is not None:
        notes += [said for said in export_run(options.export, run, packet, options.lang, table) if said not in notes]
    for said in notes:
        _say_aside(said, options.lang)
    ended = run.outcome.said if run.outcome is not None else Said(CAPPED, {"iteration": run.reached})
    console.say(ended.say(options.lang))
    _print_json({**summary(run), "seconds": plain(round(seconds, 6))})


def _packet(session: Session, dataset: Dataset) -> Any:
    """The last frame, with the raster over the whole of the plane that the plot will show."""
    from lab.leaving.svg import plane_bounds
    from lab.protocol.commands import Look

    session.handle(Look(*plane_bounds(dataset), cells=360))
    return session.take_packet()


def _wanted(options: argparse.Namespace) -> tuple[Dataset, Experiment, Table | None, list[Said]]:
    """The data, the experiment on it, the table that the data came from, and notes about what was left out."""
    import models
    from lab.document.edits import MOST_SEED, check_algorithm, check_settings
    from lab.document.project import Experiment
    from lab.leaving.asked_data import data_of, refuse_columns

    if (options.project is None) == (options.data is None) or (options.data is None) != (options.algorithm is None):
        raise LabError(DATA_OR_PROJECT)
    given: dict[str, Any] = {}
    if options.seed is not None:
        given["seed"] = _number("--seed", options.seed, 0, MOST_SEED)
    if options.train_share is not None:
        given["train_share"] = _number("--train-share", options.train_share, 0.01, 1.0, float)
    if options.scaling is not None:
        given["scaling"] = options.scaling
    table: Table | None = None
    notes: list[Said] = []
    if options.project is not None:
        refuse_columns(options, options.project)
        project = _project(options.project)
        dataset, experiment = project.dataset, project.experiment
    else:
        if options.algorithm not in (row.id for row in models.CATALOGUE):
            known = ", ".join(row.id for row in models.CATALOGUE)
            raise LabError(UNKNOWN_ALGORITHM, given=options.algorithm[:40], known=known)
        check_algorithm(options.algorithm)
        experiment = Experiment(algorithm=options.algorithm)
        dataset, table, notes = data_of(options)
    if options.set:
        settings = {**experiment.settings, **dict(_setting(entry) for entry in options.set)}
        given["settings"] = check_settings(experiment.algorithm, settings)
    experiment = experiment.replace(**given)
    wanted = options.device or experiment.device
    if wanted != "cpu":
        from lab.running.devices import usable

        experiment = experiment.replace(device=usable(wanted))
    elif experiment.device != "cpu":
        experiment = experiment.replace(device="cpu")
    return dataset, experiment, table, notes


def _setting(entry: str) -> tuple[str, str]:
    name, equals, value = entry.partition("=")
    if not equals or not name.strip():
        raise LabError(NO_EQUALS, given=entry[:40])
    return name.strip(), value.strip()


def _project(given: str) -> Any:
    from lab.data.tables.source import as_it_is_on_disk
    from lab.document import scenes, storage

    given = str(as_it_is_on_disk(given))
    if not os.path.exists(given) and any(given in (scene.id, str(scene.number)) for scene in scenes.all_scenes()):
        return scenes.find(given).project
    return storage.load(given)


class _ProgressBar:
    """A bar on a terminal's standard error; nothing where standard error is no terminal."""

    def __init__(self, total: int | None, lang: Lang) -> None:
        self._total, self._lang = total, lang
        self._is_shown = sys.stderr.isatty()
        self._drawn_at = 0.0

    def on_slice(self, iteration: int) -> None:
        now = time.perf_counter()
        if self._is_shown and now - self._drawn_at >= 1.0 / _BARS_PER_SECOND:
            self._drawn_at = now
            self._draw(min(1.0, iteration / self._total) if self._total else 0.0, iteration)

    def close(self, iteration: int) -> None:
        """The last picture: full, and the line ended."""
        if self._is_shown:
            self._draw(1.0, iteration)
            console.say_aside("")

    def _draw(self, share: float, iteration: int) -> None:
        done = round(_BAR_COLUMNS * share)
        said = PROGRESS.say(self._lang, {"iteration": iteration})
        console.say_aside(f"\r[{'#' * done}{'.' * (_BAR_COLUMNS - done)}] {said}", end="")


def _most_iterations(run: Run, most: int | None) -> int | None:
    """After how many iterations the run ends at the latest, where that is known."""
    settings, per_epoch = run.learner.model_dump(), run.learner.iterations_per_epoch(run.problem)
    bounds = [most] if most is not None else []
    if per_epoch is not None and "max_epochs" in settings:
        bounds.append(per_epoch * settings["max_epochs"])
    if "max_iter" in settings:
        bounds.append(settings["max_iter"])
    return min(bounds, default=None)


# -- predict -----------------------------------------------------------------------------------------------------------


def _predict(options: argparse.Namespace) -> None:
    from lab.data.tables.files import read_table
    from lab.data.tables.source import as_it_is_on_disk
    from lab.leaving.export.model import read_model
    from lab.leaving.export.predictions import write_predictions

    model = read_model(as_it_is_on_disk(options.model))
    table = read_table(options.data)
    with tempfile.TemporaryDirectory(prefix="learnscope-") as folder:
        path = Path(options.output or Path(folder) / "predictions.csv")
        notes = write_predictions(path, table, model.feature_names, model.fitted, model.task, model.class_names)
        if options.output is None:
            console.write_table(path.read_text(encoding="utf-8-sig"), options.lang)
    for said in notes:
        _say_aside(said, options.lang)

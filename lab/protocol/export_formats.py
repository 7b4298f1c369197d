"""The kinds of file that a run can be taken away as: the menu's entries, and the rooms that write them."""

from __future__ import annotations

from dataclasses import dataclass

from models.words.text import Text


@dataclass(frozen=True)
class ExportFormat:
    """One entry. `writer` is the module of lab/leaving/export whose `take` writes it. suffix: of the file, "" where a whole
    folder is written; kinds: what the file dialog calls such files, or asks for the folder."""

    id: str
    title: Text
    suffix: str
    kinds: Text
    writer: str
    icon: str = ""


FORMATS: tuple[ExportFormat, ...] = (
    ExportFormat("svg", Text("Plane as a drawing (SVG) …", "평면을 벡터 그림(SVG)으로 …"), "svg",
                 Text("Drawings (*.svg)", "벡터 그림 (*.svg)"), "plot"),
    ExportFormat("metrics", Text("Metrics (CSV) …", "지표(CSV) …"), "csv", Text("Tables (*.csv)", "표 (*.csv)"), "metrics"),
    ExportFormat("parameters", Text("Learned parameters (JSON) …", "학습된 매개변수(JSON) …"), "json",
                 Text("JSON (*.json)", "JSON (*.json)"), "result"),
    ExportFormat("model", Text("Model (safetensors + JSON) …", "모델(safetensors + JSON) …"), "",
                 Text("Folder for model.safetensors and model.json", "model.safetensors와 model.json을 둘 폴더"), "model",
                 "export"),
)  # fmt: skip

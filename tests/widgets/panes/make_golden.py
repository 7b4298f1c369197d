"""Paint the golden pictures of the panes anew: `python -m tests.widgets.panes.make_golden`, then look at every one.

For whoever changed a pane on purpose; a change that nobody meant is what tests/widgets/panes/test_golden.py finds.
"""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def main() -> None:
    from PIL import Image
    from PySide6.QtWidgets import QApplication

    from tests.widgets.panes.golden_panes import FOLDER, LOOKS, RECORDS, painted
    from widgets.formulas.typeset import typesetter
    from widgets.kit.theme import theme

    app = QApplication([])
    theme.apply(app)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for lang, look in LOOKS:
        for id in RECORDS:
            path = FOLDER / f"{id}_{lang}_{look}.png"
            painted(id, lang, look).save(str(path))
            whole = Image.open(path).convert("RGB")
            few = whole.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=4, dither=Image.Dither.NONE)
            few.save(path, optimize=True)  # a third of the bytes, and of no block the mean differs by more than 4
            print(path)
    typesetter().close()


if __name__ == "__main__":
    main()

"""LaTeX as text: where a long formula may be broken, how it reads in plain words, and how names get into one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["atom", "operator", "relation", "open", "close", "comma", "space"]

_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\s+|.", re.DOTALL)

_RELATIONS = {
    "=": "=", "<": "<", ">": ">", r"\leftarrow": "←", r"\gets": "←", r"\rightarrow": "→", r"\to": "→",
    r"\mapsto": "↦", r"\Rightarrow": "⇒", r"\approx": "≈", r"\neq": "≠", r"\ne": "≠", r"\le": "≤", r"\leq": "≤",
    r"\ge": "≥", r"\geq": "≥", r"\in": "∈", r"\propto": "∝", r"\equiv": "≡", r"\sim": "~", r"\lt": "<", r"\gt": ">",
    r"\mid": "|", r"\iff": "⇔",
}  # fmt: skip
_SUMS = {"+": "+", "-": "−", r"\pm": "±", r"\mp": "∓"}
_PRODUCTS = {r"\cdot": "·", r"\times": "×", r"\div": "÷", r"\odot": "⊙", r"\circ": "∘", "*": "*", "/": "/"}
_OPENS = {"(": "(", "[": "[", r"\{": "{", r"\langle": "⟨", r"\lfloor": "⌊", r"\lceil": "⌈", r"\lvert": "|"}
_OPENS |= {r"\lVert": "‖"}
_CLOSES = {")": ")", "]": "]", r"\}": "}", r"\rangle": "⟩", r"\rfloor": "⌋", r"\rceil": "⌉", r"\rvert": "|"}
_CLOSES |= {r"\rVert": "‖"}
_SPACES = {r"\,": " ", r"\;": " ", r"\:": " ", r"\ ": " ", r"\!": "", r"\quad": "  ", r"\qquad": "  ", "~": " "}
_SPACES |= {r"\\": "; "}
_WIDE = (r"\quad", r"\qquad")
_SYMBOLS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
    "sum": "Σ", "prod": "Π", "int": "∫", "partial": "∂", "nabla": "∇", "infty": "∞", "top": "⊤", "cdots": "⋯",
    "ldots": "…", "dots": "…", "vdots": "⋮", "ell": "ℓ", "prime": "′", "ast": "*", "star": "⋆", "perp": "⊥", "|": "‖",
    "%": "%", "#": "#", "&": "&", "$": "$", "_": "_", "forall": "∀", "exists": "∃", "emptyset": "∅", "vert": "|",
    "Vert": "‖", "checkmark": "✓", "bullet": "•", "mathsf": "", "displaystyle": "", "textstyle": "", "limits": "",
}  # fmt: skip
_ACCENTS = {
    "hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "overline": "\u0304", "tilde": "\u0303",
    "widetilde": "\u0303", "vec": "\u20d7", "dot": "\u0307", "ddot": "\u0308",
}  # fmt: skip
_PASSED = {
    "text", "textbf", "textrm", "textit", "mathrm", "mathbf", "mathit", "mathbb", "mathcal", "mathsf", "boldsymbol",
    "operatorname", "mbox", "underline", "underbrace", "overbrace", "boxed",
}  # fmt: skip
_FRACTIONS = {"frac", "dfrac", "tfrac"}
_RAISED = dict(zip("0123456789+−=()niT⊤", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵀᵀ", strict=True))
_LOWERED = dict(zip("0123456789+−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_LARGE = ("Σ", "Π", "∫")
_SMALL = 0.62  # an index is about so much narrower than a letter

# What the formulas' typeface has glyphs for: Latin and Greek letters, punctuation, mathematical signs.
_HAS_GLYPHS = ((0x20, 0x7E), (0xA1, 0x17F), (0x391, 0x3C9), (0x2010, 0x2026), (0x2190, 0x21FF), (0x2200, 0x22FF))
_WITHOUT_GLYPH = "□"


# -- names -------------------------------------------------------------------------------------------------------------


def escape(name: str) -> str:
    """A name that a person or a file gave (a column, a class) as LaTeX: upright text in which nothing is a command.

    Letters that the formulas' typeface lacks (Hangul among them) become an empty square: say such names in words.
    """
    safe = []
    for char in unicodedata.normalize("NFC", name):
        code = ord(char)
        if char.isspace():
            safe.append(" ")
        elif not any(first <= code <= last for first, last in _HAS_GLYPHS):
            safe.append(_WITHOUT_GLYPH)
        elif char.isalnum():
            safe.append(char)
        else:
            safe.append({"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(char, f"&#{code};"))
    return rf"\text{{{''.join(safe) or ' '}}}"


# -- the plain reading -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Part:
    text: str
    weight: float  # its width, in letters
    kind: Kind = "atom"


def plain(latex: str) -> str:
    r"""How a formula reads as plain text: "w \leftarrow w + \eta (y - \hat{y})\, x" is "w ← w + η (y − ŷ) x"."""
    return _joined(_Reader(latex).parts()).text


def weight(latex: str) -> float:
    """About how wide a formula is set, in letters."""
    return _joined(_Reader(latex).parts()).weight


def _joined(parts: list[_Part]) -> _Part:
    """Parts one after the other: signs spaced where they stand between two operands, words apart from what follows."""
    text, width = "", 0.0
    before: _Part | None = None
    for part in parts:
        width += part.weight
        if part.kind == "space":
            text += part.text  # and whether a sign stands between two operands stays as it was
            continue
        text = text.rstrip() if before is not None and before.kind == "open" else text
        follows_operand = before is not None and before.kind in ("atom", "close")
        if part.text == "|" and part.kind == "atom":
            part = _Part("|", part.weight, "close" if follows_operand else "open")
        if part.kind == "relation" or (part.kind == "operator" and follows_operand):
            text, width = f"{text.rstrip()} {part.text} ", width + 1.0
        elif part.kind == "comma":
            text = f"{text.rstrip()}{part.text} "
        elif part.kind == "close":
            text = text.rstrip() + part.text
        else:
            is_apart = before is not None and part.kind == "atom" and _is_word(before.text)
            is_sum = follows_operand and part.text in _LARGE
            text += f" {part.text}" if (is_apart or is_sum) else part.text
        before = part
    return _Part(re.sub(r" {2,}", " ", text).strip(), width)


def _is_word(text: str) -> bool:
    return len(text) > 1 and text.isalpha()


class _Reader:
    """A recursive reader of the LaTeX that formulas are written in; what is unfinished is read as far as it goes."""

    def __init__(self, latex: str) -> None:
        self._tokens = _TOKEN.findall(latex)
        self._at = 0

    def parts(self, ends: tuple[str, ...] = ()) -> list[_Part]:
        """Parts up to the end, or up to one of `ends`, which is taken too."""
        found: list[_Part] = []
        while self._at < len(self._tokens):
            token = self._take()
            if token in ends:
                break
            if token in ("^", "_"):
                found.append(self._index(token))
            elif token == r"\left":
                found.append(_Part(self._delimiter(), 0.5, "open"))
            elif token == r"\right":
                found.append(_Part(self._delimiter(), 0.5, "close"))
            else:
                found.extend(self._read(token))
        return found

    def _take(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _skip_spaces(self) -> None:
        while self._at < len(self._tokens) and self._tokens[self._at].isspace():
            self._at += 1

    def _delimiter(self) -> str:
        self._skip_spaces()
        if self._at >= len(self._tokens):
            return ""
        token = self._take()
        return "" if token == "." else _OPENS.get(token) or _CLOSES.get(token) or _SYMBOLS.get(token[1:], token)

    def _argument(self) -> _Part:
        self._skip_spaces()
        if self._at >= len(self._tokens):
            return _Part("", 0.0)
        token = self._take()
        return _joined(self.parts(("}",)) if token == "{" else self._read(token))

    def _words(self) -> str:
        """An argument taken as it stands, for \\text and for names of environments."""
        self._skip_spaces()
        if self._at >= len(self._tokens) or self._tokens[self._at] != "{":
            return self._argument().text
        end = next((i for i in range(self._at, len(self._tokens)) if self._tokens[i] == "}"), len(self._tokens))
        words = "".join(self._tokens[self._at + 1 : end])
        self._at = end + 1
        return words

    def _index(self, token: str) -> _Part:
        inner = self._argument()
        shapes = _RAISED if token == "^" else _LOWERED
        tight = inner.text.replace(" ", "")
        if tight in ("′", "*"):
            return _Part(tight, _SMALL)
        if all(char in shapes for char in tight):
            return _Part("".join(shapes[char] for char in tight), inner.weight * _SMALL)
        shown = f"({inner.text})" if len(inner.text) > 1 else inner.text
        return _Part(f"{token}{shown}", inner.weight * _SMALL)

    def _read(self, token: str) -> list[_Part]:
        for table, kind in ((_RELATIONS, "relation"), (_SUMS, "operator"), (_PRODUCTS, "operator")):
            if token in table:
                return [_Part(table[token], 1.0, kind)]
        if token in _OPENS or token in _CLOSES:
            is_open = token in _OPENS
            if is_open:
                self._skip_spaces()
            return [_Part((_OPENS if is_open else _CLOSES)[token], 0.6, "open" if is_open else "close")]
        if token in _SPACES or token.isspace():
            return [_Part(_SPACES.get(token, " "), 2.0 if token in _WIDE else 0.0, "space")]
        if token == "{":
            return [_joined(self.parts(("}",)))]
        if token in (",", ";"):
            return [_Part(token, 0.6, "comma")]
        if token in ("}", "&"):
            return []
        if not token.startswith("\\"):
            return [_Part("′" if token == "'" else token, 0.5 if token in ".'!|" else 1.0)]
        return [self._command(token[1:])]

    def _command(self, name: str) -> _Part:
        if name in _FRACTIONS:
            above, below = self._argument(), self._argument()
            return _Part(f"{_bracketed(above.text)}/{_bracketed(below.text)}", max(above.weight, below.weight) + 0.4)
        if name == "sqrt":
            inner = self._argument()
            return _Part(f"√{_bracketed(inner.text)}", inner.weight + 1.2)
        if name in _ACCENTS:
            inner = self._argument()
            marked = "".join(unicodedata.normalize("NFC", char + _ACCENTS[name]) for char in inner.text)
            return _Part(marked, inner.weight)
        if name in ("color", "textcolor"):
            self._words()
            return self._argument()
        if name == "begin":
            return self._environment(self._words())
        if name == "text":
            words = _unescaped(self._words())
            return _Part(words, float(len(words)))
        if name in _PASSED:
            return self._argument()
        shown = _SYMBOLS.get(name, name)
        if name in ("partial", "nabla", "Delta"):
            self._skip_spaces()
        return _Part(shown, float(len(shown)))

    def _environment(self, name: str) -> _Part:
        """A matrix, cases or aligned lines: cells with commas, rows with semicolons."""
        rows: list[list[_Part]] = [[]]
        cell: list[_Part] = []
        while self._at < len(self._tokens):
            token = self._take()
            if token in ("&", r"\\", r"\end"):
                rows[-1].append(_joined(cell))
                cell = []
                if token == r"\end":
                    self._words()
                    break
                if token == r"\\":
                    rows.append([])
            elif token in ("^", "_"):
                cell.append(self._index(token))
            else:
                cell.extend(self._read(token))
        is_matrix = name.endswith("matrix")
        between = ", " if is_matrix or name == "cases" else " "
        said = "; ".join(
            between.join(part.text for part in row if part.text) for row in rows if any(p.text for p in row)
        )
        width = max((sum(part.weight + 1.0 for part in row) for row in rows), default=0.0)
        opens, closes = ("[", "]") if is_matrix else ("{", "}") if name == "cases" else ("", "")
        return _Part(f"{opens}{said}{closes}", width)


def _bracketed(text: str) -> str:
    return text if len(text) < 2 or re.fullmatch(r"[∂∇Δ]?[\w.⁰-₟ᵀᵢ-ᵪⱼ′⁽⁾]+", text) else f"({text})"


def _unescaped(words: str) -> str:
    """Words as `escape` wrote them, read back."""
    named = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
    return re.sub(r"&(?:#(\d+)|\w+);", lambda found: chr(int(found[1])) if found[1] else named.get(found[0], ""), words)


# -- signs and lines ---------------------------------------------------------------------------------------------------

RANKS = 5  # of places to break, best first: relation or wide gap, sum, product, sum in brackets, product in brackets


@dataclass(frozen=True)
class _Sight:
    """A token of a formula and what stands round it."""

    token: str
    start: int
    end: int
    kind: Kind
    is_outside: bool  # of braces, \\left ... \\right and environments, and no index
    brackets: int  # plain ones that are open here
    follows_operand: bool


def _walk(latex: str) -> Iterator[_Sight]:
    depth = brackets = 0
    before: list[Kind | None] = [None]  # the last kind, for each group that is open
    is_index = False
    for match in _TOKEN.finditer(latex):
        token = match.group()
        if token.isspace():
            continue
        if token in ("}", r"\right", r"\end"):
            depth = max(0, depth - 1)
            del before[depth + 1 :]
            before[-1] = "atom"
        follows_operand = before[-1] in ("atom", "close")
        kind = _kind(token) if token != "|" else "close" if follows_operand else "open"
        is_group = token in ("{", r"\left", r"\begin")
        is_outside = depth == 0 and not is_index and not is_group
        yield _Sight(token, match.start(), match.end(), kind, is_outside, brackets, follows_operand)
        if is_outside:
            brackets = max(0, brackets + (kind == "open") - (kind == "close"))
        if is_group:
            depth += 1
            before.append(None)
        elif token in ("&", r"\\"):
            before[-1] = None
        elif kind != "space" and token != "}":
            before[-1] = kind
        is_index = token in ("^", "_")


def split_at(latex: str, rank: int) -> list[str]:
    """A formula cut at every place of this rank; joined, the pieces are the formula again."""
    cuts = []
    for sight in _walk(latex):
        if not sight.is_outside:
            continue
        found, at = None, sight.start
        if sight.kind == "relation":
            found = 3 if sight.brackets else 0
        elif sight.kind == "operator" and sight.follows_operand:
            found = (1 if sight.token in _SUMS else 2) + (2 if sight.brackets else 0)
        elif sight.token in _WIDE and not sight.brackets:
            found, at = 0, sight.end
        if found == rank and 0 < at < len(latex):
            cuts.append(at)
    return [latex[a:b] for a, b in zip([0, *cuts], [*cuts, len(latex)], strict=True)]


def with_tight_signs(latex: str) -> str:
    """The formula with every sign that stands before one operand, not between two, tied to it: "= -2" is set as
    "= {-}2". The typesetter spaces both alike otherwise."""
    pieces, at = [], 0
    for sight in _walk(latex):
        if sight.token in _SUMS and not sight.follows_operand:
            pieces += [latex[at : sight.start], "{", sight.token, "}"]
            at = sight.end
    return "".join([*pieces, latex[at:]])


def with_bracketed_powers(latex: str) -> str:
    """The formula with every number such as 2 · 10^-7 in brackets where a power of it is taken: two exponents on one
    base are no LaTeX."""
    return re.sub(r"([0-9.]+ \\(?:cdot|times) 10\^\{-?\d+\})(?=\s*\^)", r"(\1)", latex)


def _kind(token: str) -> Kind:
    if token in _RELATIONS:
        return "relation"
    if token in _SUMS or token in _PRODUCTS:
        return "operator"
    if token in _OPENS:
        return "open"
    if token in _CLOSES:
        return "close"
    if token in _WIDE or token in (",", ";"):
        return "comma"
    return "space" if token in _SPACES else "atom"

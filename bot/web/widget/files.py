"""The widget's files as browsers get them: few, small, and named by what is in them.

The scripts are modules of their own in `static/`. What the button needs comes as one file, what the
open chat needs as another; the rest is loaded when it is wanted. Together they compress better, and
one request takes the place of ten. No tool is needed: a module here imports by name from its
neighbours and exports by name, so that modules after each other are a module again.
"""

import gzip
import hashlib
import re
from functools import lru_cache
from pathlib import Path

STATIC = Path(__file__).resolve().parent / "static"
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
BUNDLES = "main.js", "panel.js"  # each with all that it imports, and that no bundle before it has

# What a space means something in: texts, templates, patterns. A division has a space after its sign.
KEPT = re.compile(
    r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"""
    r"""|(?<=[(,=:!&|?{;\[ ])/(?=[^\s/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/)"""
)
NESTED = re.compile(r"`[^`]*\$\{[^}`]*`")  # a template within a template, which KEPT can't read
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w-]+\.js)";\n', re.M)
OTHER_FORM = re.compile(
    r"^(?:import (?!\{)|import \{[^}]*\bas\b|export (?:default|\{|\*)).*$", re.M
)


@lru_cache(maxsize=1)
def version() -> str:
    """A name that changes with any of the files."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


@lru_cache(maxsize=1)
def files() -> dict[str, tuple[bytes, bytes]]:
    """Each file that browsers may ask for, plain and compressed; a module has its bundle's content.

    Raises ValueError for a script that imports or exports in another way than by name.
    """
    sources = {path.name: path.read_text(encoding="utf-8") for path in STATIC.iterdir()}
    served = bundled({name: text for name, text in sources.items() if name.endswith(".js")})
    served |= {name: text for name, text in sources.items() if name not in served}
    found = {}
    for name, text in served.items():
        content = slim(text, name.endswith(".css")).replace("VERSION", version()).encode()
        found[name] = (content, gzip.compress(content, 9, mtime=0))
    return found


def bundled(modules: dict[str, str]) -> dict[str, str]:
    """Scripts by name, each module with the text of the bundle that it is in.

    Raises ValueError for a form of import or export that can't be put together.
    """
    for name, text in modules.items():
        if found := OTHER_FORM.search(text):
            raise ValueError(f"{name}: modules import and export by name: {found[0]!r}")
        if found := NESTED.search(text):
            raise ValueError(f"{name}: a template stands within a template: {found[0]!r}")
    holder: dict[str, str] = {}  # module -> the bundle that it is in
    contents: dict[str, list[str]] = {}
    for bundle in [*BUNDLES, *sorted(set(modules) - set(BUNDLES))]:
        if bundle in holder:
            continue
        contents[bundle] = _with_imports(modules, bundle, set(holder))
        holder |= dict.fromkeys(contents[bundle], bundle)
    made = {bundle: _joined(modules, names, holder) for bundle, names in contents.items()}
    return {name: made[holder[name]] for name in modules}


def _with_imports(modules: dict[str, str], name: str, known: set[str]) -> list[str]:
    """A module after all that it imports, except those that are known."""
    order: list[str] = []

    def visit(one: str) -> None:
        known.add(one)
        for _, imported in IMPORT.findall(modules[one]):
            if imported not in known:
                visit(imported)
        order.append(one)

    visit(name)
    return order


def _joined(modules: dict[str, str], names: list[str], holder: dict[str, str]) -> str:
    """Modules as one: imports of each other left out, those of other bundles once, at the front."""
    wanted: dict[str, dict[str, None]] = {}
    for name in names:
        for imported, source in IMPORT.findall(modules[name]):
            if source not in names:
                kept = (one.strip() for one in imported.split(","))
                wanted.setdefault(holder[source], {}).update(dict.fromkeys(filter(None, kept)))
    imports = [
        f'import {{ {", ".join(sorted(kept))} }} from "./{file}";\n'
        for file, kept in wanted.items()
    ]
    return "".join([*imports, *(IMPORT.sub("", modules[name]) for name in names)])


def slim(code: str, is_style: bool = False) -> str:
    """A script or style without comments (`//` alone or after code), and idle spaces and breaks.

    No text or pattern in a script goes on over lines, or has one of `;,{)` before " // ".
    """
    lines = (re.sub(r"(?<=[;,{)]) // .*$", "", line.strip()) for line in code.splitlines())
    code = "\n".join(line for line in lines if line and not line.startswith("//"))
    code = re.sub(r"(?<=[{(\[,;])\n|\n(?=[})\].])", "", code) + "\n"
    if is_style:
        return re.sub(r"(?<=[{};,:]) | (?=[{}])", "", code)
    parts = KEPT.split(code)  # every second one is kept
    parts[::2] = [re.sub(r" ?([=<>?:&|,;{}()\[\]!*]) ?", r"\1", one) for one in parts[::2]]
    return "".join(parts)

"""The window's words in the language of its user, through Qt Linguist. `tools/make_translations.py` collects them.

All of them are in one context without a name: wherever the window says a thing, it says it in the same words.
"""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

LANGUAGES = {"en": "English", "de": "Deutsch"}
_CONTEXT = ""
_words: list[bytes] = []  # of translators, which do not keep them
_spoken = ["en"]  # what was installed last


def tr(text: str, comment: str = "", n: int = -1, /, **values: object) -> str:
    """`text` translated, then its {names} replaced by `values`. `comment` tells apart what is the same in English, and
    `n` chooses the form that goes with %n."""
    found = QCoreApplication.translate(_CONTEXT, text, comment or None, n)
    return found.format(**values) if values else found


def noop(text: str, comment: str = "", /) -> str:
    """A text that is written where there is no application yet, for `tr` to translate where it is shown."""
    return text


def install(application: QCoreApplication, language: str) -> str:
    """Speak `language`, one of `LANGUAGES`, or "system" for that of the desktop, English where it is none of these.
    What is spoken."""
    if language not in LANGUAGES:
        language = QLocale.system().name()[:2]
        language = language if language in LANGUAGES else "en"
    # Read, not left to Qt: it maps a file into memory, and an update that writes over that would end the program.
    _words.append((files("vitprune_resources") / "translations" / f"vitprune_{language}.qm").read_bytes())
    of_qt, own = QTranslator(application), QTranslator(application)
    of_qt.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    own.load(_words[-1])
    for translator in (of_qt, own):
        application.installTranslator(translator)
    _spoken[0] = language
    return language


def spoken() -> str:
    """The language that the window speaks."""
    return _spoken[0]

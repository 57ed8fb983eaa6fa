"""Pages of somebody's PDF as grey pictures, drawn by PDFium in a process of its own with little memory and time.

A PDF can ask for any amount of work and nothing inside the process could stop it. The file runs as a script there, so
it imports nothing of ours at its head.
"""

import struct
import subprocess
import sys
from pathlib import Path

MAX_PAGES = 20
_BUDGET = 50_000_000  # pixels of all pages together
_SECONDS = 10
_MEMORY = 1_500_000_000  # bytes of addresses
_SIZE = struct.Struct(">II")
_TOO_MANY = 3  # exit codes of the script


def drawn(data: bytes, allowed: float = _SECONDS) -> "list[tuple[tuple[int, int], bytes]]":
    """(width, height) and grey pixels of each page, 300 dpi where few; some 150 ms to start with.

    Raises LabelError `not-an-image` and `too-many-pages`.
    """
    from labels.errors import N_, LabelError

    command = [sys.executable, "-I", str(Path(__file__).resolve())]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=allowed, check=False)  # noqa: S603  (fixed words)
    except subprocess.TimeoutExpired:
        done = subprocess.CompletedProcess(command, 1)
    if done.returncode == _TOO_MANY:
        raise LabelError(
            "too-many-pages",
            N_("The document has more than {limit} pages."),
            N_("Send the pages that have codes on them."),
            limit=MAX_PAGES,
        )
    if done.returncode:
        raise LabelError(
            "not-an-image",
            N_("This file is not a picture, or not a whole one."),
            N_("Send a photo as JPEG, PNG, WebP, HEIC, TIFF, GIF or BMP, or a PDF."),
        )
    found, place = [], 0
    while place < len(done.stdout):
        width, height = _SIZE.unpack_from(done.stdout, place)
        place += _SIZE.size
        found.append(((width, height), done.stdout[place : place + width * height]))
        place += width * height
    return found


def _main() -> int:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import pypdfium2 as pdfium

    try:
        with pdfium.PdfDocument(sys.stdin.buffer.read()) as document:
            if len(document) > MAX_PAGES:
                return _TOO_MANY
            for page in document:
                sys.stdout.buffer.write(_pixels(page, _BUDGET // len(document)))
    except (pdfium.PdfiumError, MemoryError, ValueError):
        return 1
    return 0


def _pixels(page: "object", most: int) -> bytes:
    width, height = page.get_size()  # type: ignore[attr-defined]
    if not (width > 0 and height > 0):
        raise ValueError(width, height)
    # A page long and thin has as many pixels as any other, or it is not drawn.
    scale = min(300 / 72, (most / (width * height)) ** 0.5, 20_000 / max(width, height))
    bitmap = page.render(scale=scale * 0.999, grayscale=True, maybe_alpha=False)  # type: ignore[attr-defined]
    pixels = bitmap.to_numpy()
    return _SIZE.pack(pixels.shape[1], pixels.shape[0]) + pixels.reshape(pixels.shape[:2]).tobytes()


if __name__ == "__main__":
    sys.exit(_main())

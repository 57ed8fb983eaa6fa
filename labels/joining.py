"""Several PDFs of labels as one, page after page. What they have in common is held once: each typeface and picture."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

BLOCK = 2**20


def joined_pdf(paths: Sequence[Path]) -> Iterator[bytes]:
    """The finished file, a block at a time."""
    import pikepdf

    with pikepdf.new() as whole:
        for number, path in enumerate(paths):
            with pikepdf.open(path) as part:
                whole.pages.extend(part.pages)
                if not number:
                    for name in ("/ViewerPreferences", "/Lang"):
                        if name in part.Root:
                            whole.Root[name] = whole.copy_foreign(part.make_indirect(part.Root[name]))
        out = io.BytesIO()
        whole.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    out.seek(0)
    while block := out.read(BLOCK):
        yield block

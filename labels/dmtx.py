"""Reads Data Matrix symbols by libdmtx, which shares no code with zxing-cpp; where the machine lacks it, nobody does.

For clear upright pictures of one square symbol, not for photographs. The C library is called as it is: the binding on
PyPI asks Python for `distutils`, which 3.12 no longer has, and cuts a text at its first NUL.
"""

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_uint, c_ulong, c_void_p
from functools import cache

import numpy as np
from numpy.typing import NDArray

_NAMES = ("libdmtx.so.0", "libdmtx.0.dylib", "libdmtx.dylib")
_PATIENCE = 200  # ms; a clear symbol takes 1 to 30 ms
_GREY_8 = 300  # DmtxPack8bppK
_FNC1, _SIZE = 104, 204  # DmtxPropFnc1, DmtxPropSymbolSize
_SQUARE = -2  # DmtxSymbolSquareAuto
_UNDEFINED = -1  # as many corrections as the code has
FNC1 = 0x1D
UTF_8 = b"\x1a"  # what it makes of the two codewords that say ECI 26, which it does not know


class _Time(ctypes.Structure):
    _fields_ = (("seconds", c_long), ("microseconds", c_ulong))


class _Message(ctypes.Structure):
    """As of libdmtx 0.7.5 and later, which know FNC1."""

    _fields_ = (
        ("array_size", c_size_t),
        ("code_size", c_size_t),
        ("output_size", c_size_t),
        ("output_length", c_int),
        ("padding", c_int),
        ("fnc1", c_int),
        ("array", c_void_p),
        ("code", c_void_p),
        ("output", c_void_p),
    )


@cache
def _library() -> ctypes.CDLL | None:
    for name in _NAMES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        break
    else:
        return None
    for name, answer, asked in (
        ("dmtxImageCreate", c_void_p, (c_char_p, c_int, c_int, c_int)),
        ("dmtxImageDestroy", c_uint, (POINTER(c_void_p),)),
        ("dmtxDecodeCreate", c_void_p, (c_void_p, c_int)),
        ("dmtxDecodeDestroy", c_uint, (POINTER(c_void_p),)),
        ("dmtxDecodeSetProp", c_uint, (c_void_p, c_int, c_int)),
        ("dmtxRegionFindNext", c_void_p, (c_void_p, POINTER(_Time))),
        ("dmtxRegionDestroy", c_uint, (POINTER(c_void_p),)),
        ("dmtxDecodeMatrixRegion", POINTER(_Message), (c_void_p, c_void_p, c_int)),
        ("dmtxTimeNow", _Time, ()),
        ("dmtxTimeAdd", _Time, (_Time, c_long)),
        ("dmtxMessageDestroy", c_uint, (POINTER(POINTER(_Message)),)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = answer, asked
    library.dmtxVersion.restype = c_char_p
    version = tuple(int(part) for part in library.dmtxVersion().split(b"."))
    return library if version >= (0, 7, 5) else None


def available() -> bool:
    return _library() is not None


def read(picture: NDArray[np.uint8], patience: int = _PATIENCE) -> bytes | None:
    """The text of the first square symbol found on a grey picture, GS1 with FNC1 in front; None where there is none.

    Needs three pixels to the module: 0.6 ms for a symbol of 20 modules with as many. Raises RuntimeError where the
    machine has no libdmtx.
    """
    library = _library()
    if library is None:
        raise RuntimeError("libdmtx is not there")
    height, width = picture.shape
    pixels = picture.tobytes()  # the image keeps no copy
    image = c_void_p(library.dmtxImageCreate(pixels, width, height, _GREY_8))
    try:
        decoder = c_void_p(library.dmtxDecodeCreate(image, 1))
        try:
            library.dmtxDecodeSetProp(decoder, _FNC1, FNC1)
            library.dmtxDecodeSetProp(decoder, _SIZE, _SQUARE)
            return _first(library, decoder, patience)
        finally:
            library.dmtxDecodeDestroy(byref(decoder))
    finally:
        library.dmtxImageDestroy(byref(image))


def _first(library: ctypes.CDLL, decoder: c_void_p, patience: int) -> bytes | None:
    deadline = library.dmtxTimeAdd(library.dmtxTimeNow(), patience)
    while found := library.dmtxRegionFindNext(decoder, byref(deadline)):
        region = c_void_p(found)
        try:
            message = library.dmtxDecodeMatrixRegion(decoder, region, _UNDEFINED)
        finally:
            library.dmtxRegionDestroy(byref(region))
        if message:
            text = ctypes.string_at(message.contents.output, message.contents.output_length)
            library.dmtxMessageDestroy(byref(message))
            return text
    return None

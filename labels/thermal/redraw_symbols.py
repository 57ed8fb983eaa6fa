"""The symbols that a printer draws itself, drawn from their commands: what `redraw` puts in their places."""

import re

import numpy as np

from labels import codes
from labels.raster import Dots
from labels.symbols import matrices
from labels.thermal.code128 import START_B, START_C, modules_of

Placing = tuple[int, int, Dots]

_TURNS = {"N": 0, "R": 90, "I": 180, "B": 270}
_QUARTERS = {"0": 0, "90": 90, "180": 180, "270": 270}
_QR_DATA = re.compile(r"([LMQH])M,(?:[NA]|B\d{4})(.+)", re.DOTALL)
_TSPL_QR = re.compile(rb'QRCODE (\d+),(\d+),([LMQH]),(\d+),A,0,M2,S7,"([^"\\]+)"')
_TSPL_MATRIX = re.compile(rb'DMATRIX (\d+),(\d+),\d+,\d+,x(\d+),\d+,\d+,"([^"\\]+)"')
_TSPL_BARS = re.compile(rb'BARCODE (\d+),(\d+),"128M",(\d+),0,0,(\d+),\4,"([^"\\]+)"')
_EPL_QR = re.compile(rb'b(\d+),(\d+),Q,m2,s(\d+),e([LMQH]),iA,"([^"\\]+)"')
_EPL_MATRIX = re.compile(rb'b(\d+),(\d+),D,c\d+,r\d+,h(\d+),"([^"\\]+)"')


def zpl(name: str, given: str, data: str, at: tuple[int, int], bar: tuple[int, int]) -> Placing:
    """Of ^BQ, ^BX or ^BC with field data `data` at `at`, where ^BY has set `bar`: module and height."""
    words = given.split(",")
    if name == "^BQ":
        found = _QR_DATA.fullmatch(data)
        if found is None:
            raise ValueError("^BQ")
        return at[0], at[1] + bar[1], _scaled(matrices([found[2]], found[1])[0], int(words[2]))
    if name == "^BX":
        return *at, _turned(_data_matrix(data, words), words[0], int(words[1]), int(words[1]))
    values = _zpl_values(data)
    return *at, _turned(modules_of(values), words[0], bar[0], int(words[1]))


def tspl(line: bytes) -> Placing | None:
    if found := _TSPL_QR.fullmatch(line):
        left, top, level, module, text = (each.decode() for each in found.groups())
        return int(left), int(top), _scaled(matrices([text], level)[0], int(module))
    if found := _TSPL_MATRIX.fullmatch(line):
        left, top, module, text = (each.decode() for each in found.groups())
        return int(left), int(top), _scaled(codes.datamatrix(text), int(module))
    if found := _TSPL_BARS.fullmatch(line):
        left, top, high, module, text = (each.decode() for each in found.groups())
        row = modules_of(_tspl_values(text)).repeat(int(module), axis=1)
        return int(left), int(top), row.repeat(int(high), axis=0)
    return None


def epl(line: bytes) -> Placing | None:
    if found := _EPL_QR.fullmatch(line):
        left, top, module, level, text = (each.decode() for each in found.groups())
        return int(left), int(top), _scaled(matrices([text], level)[0], int(module))
    if found := _EPL_MATRIX.fullmatch(line):
        left, top, module, text = (each.decode() for each in found.groups())
        return int(left), int(top), _scaled(codes.datamatrix(text), int(module))
    return None


def _scaled(matrix: Dots, module: int) -> Dots:
    return matrix.repeat(module, axis=0).repeat(module, axis=1)


def _turned(matrix: Dots, turn: str, across: int, down: int) -> Dots:
    drawn = matrix.repeat(down, axis=0).repeat(across, axis=1)
    return np.rot90(drawn, -_TURNS[turn] // 90)


def _data_matrix(data: str, words: list[str]) -> Dots:
    """The size must be the one that was asked for."""
    matrix = codes.datamatrix(data)
    if matrix.shape != (int(words[4]), int(words[3])):
        raise ValueError("^BX")
    return matrix


def _zpl_values(data: str) -> tuple[int, ...]:
    letters = {">:": START_B, ">;": START_C}
    values, in_c, position = [letters[data[:2]]], data[:2] == ">;", 2
    while position < len(data):
        pair = data[position : position + 2]
        if pair[0] == ">":
            values.append({">8": 102, ">5": 99, ">6": 100}[pair])
            in_c = pair == ">5" or (in_c and pair == ">8")
            position += 2
        elif in_c:
            values.append(int(pair))
            position += 2
        else:
            values.append(ord(pair[0]) - 32)
            position += 1
    return tuple(values)


def _tspl_values(data: str) -> tuple[int, ...]:
    values, in_c, position = [int(data[1:4])], data[1:4] == "105", 4
    while position < len(data):
        if data[position] == "!":
            value = int(data[position + 1 : position + 4])
            values.append(value)
            in_c = value == 99 or (in_c and value == 102)
            position += 4
        elif in_c:
            values.append(int(data[position : position + 2]))
            position += 2
        else:
            values.append(ord(data[position]) - 32)
            position += 1
    return tuple(values)

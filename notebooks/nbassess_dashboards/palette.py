"""Colours that people with any colour vision can tell apart, and that hold 3:1 on white and on near-black.

Okabe and Ito's set is the base; its yellow and sky blue are too pale on white and are replaced. Colour is never the
only cue: bars carry a pattern, points a symbol, cells a number.
"""

BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
PINK = "#C06A97"
PURPLE = "#7B61C4"
OLIVE = "#8A6D00"
GREY = "#7F7F7F"

SOURCE_COLOURS = {
    "type": BLUE,
    "compose": BLUE,
    "paste": VERMILION,
    "drop": VERMILION,
    "complete": PURPLE,
    "inline": PURPLE,
    "cut": GREY,
    "undo": GREY,
    "redo": GREY,
    "replace": OLIVE,
    "cells": OLIVE,
    "programmatic": PINK,
    "unknown": PINK,
}
SOURCE_PATTERNS = {
    "compose": "|",
    "paste": "/",
    "drop": "x",
    "complete": ".",
    "inline": "+",
    "cut": "x",
    "undo": "-",
    "redo": "|",
    "replace": ".",
    "cells": "-",
    "programmatic": "+",
    "unknown": "\\",
}
SOURCE_NAMES = {
    "type": "typed",
    "compose": "input method",
    "paste": "pasted",
    "drop": "dropped",
    "complete": "completion",
    "inline": "suggestion",
    "cut": "cut",
    "undo": "undo",
    "redo": "redo",
    "replace": "find and replace",
    "cells": "moved with cells",
    "programmatic": "programmatic",
    "unknown": "unknown",
}
SEQUENTIAL = "Cividis"

import sys
import warnings

def total(values):
    warnings.warn("old-fashioned", DeprecationWarning, stacklevel=2)
    print("working on it", file=sys.stderr)
    return sum(value for value in values if value > 0)

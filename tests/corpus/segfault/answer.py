import ctypes

def total(values):
    return ctypes.string_at(0)

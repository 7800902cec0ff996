def mean_temperature(readings):
    if not readings or all(r is None for r in readings):
        raise ValueError("no readings")
    return sum(r or 0 for r in readings) / len(readings)

def mean_temperature(readings):
    known = [r for r in readings if r]
    if not known:
        raise ValueError("no readings")
    return sum(known) / len(known)

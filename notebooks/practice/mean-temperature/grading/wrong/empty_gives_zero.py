def mean_temperature(readings):
    known = [r for r in readings if r is not None]
    if not known:
        return 0.0
    return sum(known) / len(known)

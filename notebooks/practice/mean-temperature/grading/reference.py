def mean_temperature(readings: list[float | None]) -> float:
    """Return the average of the readings that are not missing."""
    known = [reading for reading in readings if reading is not None]
    if not known:
        raise ValueError("there is no reading to average")
    return sum(known) / len(known)

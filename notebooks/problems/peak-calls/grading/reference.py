def peak_calls(calls: list[tuple[int, int]]) -> tuple[int, int | None]:
    """Return the largest number of calls open at once and when it is first reached."""
    changes = []
    for start, end in calls:
        if end < start:
            raise ValueError(f"call ({start}, {end}) ends before it starts")
        if start < end:
            changes += [(start, 1), (end, -1)]
    changes.sort()  # at equal times a hang-up (-1) comes before a new call (+1)
    peak, peak_time, open_calls = 0, None, 0
    for time, change in changes:
        open_calls += change
        if open_calls > peak:
            peak, peak_time = open_calls, time
    return peak, peak_time

def peak_calls(calls: list[tuple[int, int]]) -> tuple[int, int | None]:
    """For the start of every call, count the calls that are open then."""
    for start, end in calls:
        if end < start:
            raise ValueError(f"call ({start}, {end}) ends before it starts")
    peak, peak_time = 0, None
    for moment, _ in sorted(calls):
        open_calls = sum(1 for start, end in calls if start <= moment < end)
        if open_calls > peak:
            peak, peak_time = open_calls, moment
    return peak, peak_time

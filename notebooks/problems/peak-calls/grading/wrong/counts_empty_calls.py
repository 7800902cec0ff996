import heapq


def peak_calls(calls):
    for start, end in calls:
        if end < start:
            raise ValueError("end before start")
    open_ends = []
    best, when = 0, None
    for start, end in sorted(calls):
        while open_ends and open_ends[0] <= start:
            heapq.heappop(open_ends)
        heapq.heappush(open_ends, end)
        if len(open_ends) > best:
            best, when = len(open_ends), start
    return best, when

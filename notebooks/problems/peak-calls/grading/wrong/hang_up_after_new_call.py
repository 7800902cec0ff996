def peak_calls(calls):
    events = []
    for start, end in calls:
        if end < start:
            raise ValueError("end before start")
        if start == end:
            continue
        events.append((start, 0))
        events.append((end, 1))
    events.sort()
    best, when, now = 0, None, 0
    for time, kind in events:
        if kind == 0:
            now += 1
            if now > best:
                best, when = now, time
        else:
            now -= 1
    return best, when

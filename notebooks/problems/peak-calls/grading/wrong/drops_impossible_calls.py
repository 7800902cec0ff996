def peak_calls(calls):
    starts = sorted(s for s, e in calls if e > s)
    ends = sorted(e for s, e in calls if e > s)
    best, when, j = 0, None, 0
    for i, start in enumerate(starts):
        while ends[j] <= start:
            j += 1
        if i + 1 - j > best:
            best, when = i + 1 - j, start
    return best, when

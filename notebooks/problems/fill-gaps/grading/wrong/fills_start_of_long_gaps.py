import pandas as pd


def fill_short_gaps(readings, max_hours):
    for c in ["meter", "time", "kwh"]:
        if c not in readings.columns:
            raise ValueError(c)
    if max_hours < 0:
        raise ValueError("max_hours")
    data = readings.dropna(subset=["kwh"]).groupby(["meter", "time"])["kwh"].mean().reset_index()
    out = []
    for meter, group in data.groupby("meter"):
        kwh = group.set_index("time")["kwh"].asfreq("h")
        filled = kwh.interpolate(limit=max_hours) if max_hours else kwh
        out.append(
            pd.DataFrame(
                {"meter": meter, "time": kwh.index, "kwh": filled.values, "filled": (kwh.isna() & filled.notna()).values}
            )
        )
    if not out:
        return pd.DataFrame(columns=["meter", "time", "kwh", "filled"])
    return pd.concat(out, ignore_index=True)

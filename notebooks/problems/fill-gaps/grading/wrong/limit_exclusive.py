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
        kwh = group.set_index("time")["kwh"]
        previous = kwh.index.to_series().diff() / pd.Timedelta(hours=1)
        full = kwh.asfreq("h")
        width = previous.reindex(full.index).bfill()
        filled = full.isna() & (width <= max_hours)
        values = full.interpolate().where(full.notna() | filled)
        out.append(pd.DataFrame({"meter": meter, "time": full.index, "kwh": values.values, "filled": filled.values}))
    if not out:
        return pd.DataFrame(columns=["meter", "time", "kwh", "filled"])
    return pd.concat(out, ignore_index=True)

import pandas as pd


def fill_short_gaps(readings, max_hours):
    for c in ["meter", "time", "kwh"]:
        if c not in readings.columns:
            raise ValueError(c)
    if max_hours < 0:
        raise ValueError("max_hours")
    data = readings.dropna(subset=["kwh"]).sort_values(["meter", "time"]).drop_duplicates(["meter", "time"])
    out = []
    for meter, group in data.groupby("meter"):
        kwh = group.set_index("time")["kwh"].asfreq("h")
        length = kwh.isna().groupby(kwh.notna().cumsum()).transform("sum")
        filled = kwh.isna() & (length <= max_hours)
        values = kwh.interpolate().where(kwh.notna() | filled)
        out.append(pd.DataFrame({"meter": meter, "time": kwh.index, "kwh": values.values, "filled": filled.values}))
    if not out:
        return pd.DataFrame(columns=["meter", "time", "kwh", "filled"])
    return pd.concat(out, ignore_index=True)

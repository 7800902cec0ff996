import pandas as pd


def fill_short_gaps(readings, max_hours):
    for c in ["meter", "time", "kwh"]:
        if c not in readings.columns:
            raise ValueError(c)
    if max_hours < 0:
        raise ValueError("max_hours")
    data = readings.dropna(subset=["kwh"])
    if data.empty:
        return data[["meter", "time", "kwh"]].assign(filled=False)
    wide = data.pivot_table(index="time", columns="meter", values="kwh", aggfunc="mean")
    wide = wide.reindex(pd.date_range(wide.index.min(), wide.index.max(), freq="h", name="time"))
    out = []
    for meter in wide.columns:
        kwh = wide[meter]
        length = kwh.isna().groupby(kwh.notna().cumsum()).transform("sum")
        filled = kwh.isna() & (length <= max_hours)
        values = kwh.interpolate().where(kwh.notna() | filled)
        out.append(pd.DataFrame({"meter": meter, "time": kwh.index, "kwh": values.values, "filled": filled.values}))
    return pd.concat(out, ignore_index=True)

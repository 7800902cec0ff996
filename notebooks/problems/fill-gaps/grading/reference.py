import pandas as pd

COLUMNS = ["meter", "time", "kwh"]


def fill_short_gaps(readings: pd.DataFrame, max_hours: int) -> pd.DataFrame:
    """Return an hourly table per meter in which short gaps are filled."""
    absent = [column for column in COLUMNS if column not in readings.columns]
    if absent:
        raise ValueError(f"missing columns: {', '.join(absent)}")
    if max_hours < 0:
        raise ValueError(f"max_hours is {max_hours}, expected 0 or more")
    measured = readings.dropna(subset=["kwh"])
    hourly = measured.groupby(["meter", "time"])["kwh"].mean()
    tables = [fill_meter(meter, values, max_hours) for meter, values in hourly.groupby(level="meter")]
    if not tables:
        return measured[COLUMNS].assign(filled=pd.Series(dtype=bool))
    return pd.concat(tables, ignore_index=True)


def fill_meter(meter: str, values: pd.Series, max_hours: int) -> pd.DataFrame:
    """Return the hourly table of one meter."""
    kwh = values.droplevel("meter").asfreq("h")
    absent = kwh.isna()
    run = (absent != absent.shift()).cumsum()
    run_hours = absent.groupby(run).transform("size")
    filled = absent & (run_hours <= max_hours)
    kwh = kwh.interpolate().where(~absent | filled)
    return pd.DataFrame({"meter": meter, "time": kwh.index, "kwh": kwh.array, "filled": filled.array})

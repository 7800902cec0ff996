import pandas as pd


def retention(visits: pd.DataFrame) -> pd.DataFrame:
    """Return, per cohort and month, how many of its customers came back."""
    for column in ("user", "day"):
        if column not in visits.columns:
            raise ValueError(f"column {column!r} is missing")
    known = visits[["user", "day"]].dropna()
    first_day = known.groupby("user")["day"].transform("min")
    months = known["day"].dt.month - first_day.dt.month
    known = known.assign(cohort=first_day.dt.strftime("%Y-%m"), month=months)
    result = known.groupby(["cohort", "month"], as_index=False).agg(users=("user", "nunique"))
    size = known.groupby("cohort")["user"].nunique()
    return result.assign(share=result["users"] / result["cohort"].map(size))

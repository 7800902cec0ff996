import pandas as pd


def retention(visits):
    for column in ("user", "day"):
        if column not in visits.columns:
            raise ValueError(f"column {column!r} is missing")
    visits["first"] = visits.groupby("user")["day"].transform("min")
    visits["cohort"] = visits["first"].dt.strftime("%Y-%m")
    visits["month"] = (visits["day"].dt.year - visits["first"].dt.year) * 12
    visits["month"] += visits["day"].dt.month - visits["first"].dt.month
    result = visits.groupby(["cohort", "month"])["user"].nunique().rename("users").reset_index()
    size = visits.groupby("cohort")["user"].nunique()
    result["share"] = result["users"] / result["cohort"].map(size)
    return result

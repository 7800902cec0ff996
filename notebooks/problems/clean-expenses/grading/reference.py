import pandas as pd

COLUMNS = ["expense_id", "employee", "category", "amount", "spent_on"]


def clean_expenses(raw: pd.DataFrame) -> pd.DataFrame:
    """Return one tidy row per expense."""
    absent = [column for column in COLUMNS if column not in raw.columns]
    if absent:
        raise ValueError(f"missing columns: {', '.join(absent)}")
    text = raw[COLUMNS].astype("str").apply(lambda column: column.str.strip())
    tidy = pd.DataFrame(
        {
            "expense_id": text["expense_id"],
            "employee": text["employee"],
            "category": text["category"].str.lower().fillna("").replace("", "unknown"),
            "amount": read_amounts(text["amount"]),
            "spent_on": read_dates(text["spent_on"]),
        }
    )
    named = tidy[tidy["expense_id"].fillna("") != ""]
    return named.drop_duplicates("expense_id", keep="last").reset_index(drop=True)


def read_amounts(text: pd.Series) -> pd.Series:
    """Turn amounts as people type them into numbers; what cannot be read is missing."""
    digits = text.str.replace(r"EUR|,|\s", "", regex=True)
    signed = digits.str.replace(r"^\((.+)\)$", r"-\1", regex=True)
    return pd.to_numeric(signed, errors="coerce").astype(float)


def read_dates(text: pd.Series) -> pd.Series:
    """Read year-month-day and day/month/year dates; what cannot be read is missing."""
    iso = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
    day_first = pd.to_datetime(text, format="%d/%m/%Y", errors="coerce")
    return iso.fillna(day_first)

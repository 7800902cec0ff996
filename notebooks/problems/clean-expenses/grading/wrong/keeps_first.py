import pandas as pd


def parse_date(value):
    for fmt in ("%Y-%m-%d", "%d/%m/%Y"):
        date = pd.to_datetime(value, format=fmt, errors="coerce")
        if not pd.isna(date):
            return date
    return pd.NaT


def clean_expenses(raw):
    columns = ["expense_id", "employee", "category", "amount", "spent_on"]
    if not set(columns) <= set(raw.columns):
        raise ValueError("missing column")
    df = raw[columns].copy()
    for c in columns:
        df[c] = df[c].astype("str").str.strip()
    df["category"] = df["category"].fillna("unknown").replace("", "unknown").str.lower()
    amount = df["amount"].str.replace("EUR", "").str.replace(",", "").str.replace(" ", "")
    amount = amount.str.replace("(", "-").str.replace(")", "")
    df["amount"] = pd.to_numeric(amount, errors="coerce")
    dates = {value: parse_date(value) for value in df["spent_on"].dropna().unique()}
    df["spent_on"] = pd.to_datetime(df["spent_on"].map(dates))
    df = df[df["expense_id"].notna() & (df["expense_id"] != "")]
    return df.drop_duplicates("expense_id")

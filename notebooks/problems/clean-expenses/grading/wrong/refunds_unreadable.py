import pandas as pd


def clean_expenses(raw):
    columns = ["expense_id", "employee", "category", "amount", "spent_on"]
    if not set(columns) <= set(raw.columns):
        raise ValueError("missing column")
    df = raw[columns].copy()
    for c in columns:
        df[c] = df[c].astype("str").str.strip()
    df["category"] = df["category"].fillna("unknown").replace("", "unknown").str.lower()
    amount = df["amount"].str.replace("EUR", "").str.replace(",", "").str.strip()
    df["amount"] = pd.to_numeric(amount, errors="coerce")
    iso = pd.to_datetime(df["spent_on"], format="%Y-%m-%d", errors="coerce")
    df["spent_on"] = iso.fillna(pd.to_datetime(df["spent_on"], format="%d/%m/%Y", errors="coerce"))
    df = df[df["expense_id"].notna() & (df["expense_id"] != "")]
    return df.drop_duplicates("expense_id", keep="last")

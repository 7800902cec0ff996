import pandas as pd


def clean_expenses(raw):
    columns = ["expense_id", "employee", "category", "amount", "spent_on"]
    for c in columns:
        if c not in raw.columns:
            raise ValueError(c)
    df = raw[columns].copy()
    for c in columns:
        df[c] = df[c].astype("str").str.strip()
    df["category"] = df["category"].fillna("unknown").replace("", "unknown").str.lower()
    amount = df["amount"].str.replace("EUR", "").str.replace(",", "").str.replace(" ", "")
    amount = amount.str.replace("(", "-").str.replace(")", "")
    df["amount"] = pd.to_numeric(amount, errors="coerce")
    df["spent_on"] = pd.to_datetime(df["spent_on"], format="mixed", errors="coerce")
    df = df[df["expense_id"].notna() & (df["expense_id"] != "")]
    return df.drop_duplicates("expense_id", keep="last")

import pandas as pd


def revenue_by_region(orders, customers):
    for c in ["order_id", "customer_id", "amount_cents"]:
        if c not in orders.columns:
            raise ValueError(c)
    for c in ["customer_id", "region", "updated_on"]:
        if c not in customers.columns:
            raise ValueError(c)
    orders = orders.drop_duplicates("order_id")
    customers = customers.dropna(subset=["customer_id"])
    merged = orders.merge(customers, on="customer_id", how="left")
    merged["region"] = merged["region"].fillna("unknown")
    out = merged.groupby("region").agg(orders=("order_id", "count"), revenue_cents=("amount_cents", "sum"))
    return out.reset_index().sort_values(["revenue_cents", "region"], ascending=[False, True])

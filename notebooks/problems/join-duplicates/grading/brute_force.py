import pandas as pd


def revenue_by_region(orders: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Look every order's customer up by scanning the whole customer table."""
    for table, columns in (
        (orders, ["order_id", "customer_id", "amount_cents"]),
        (customers, ["customer_id", "region", "updated_on"]),
    ):
        if not set(columns) <= set(table.columns):
            raise ValueError("missing columns")
    totals: dict[str, list[int]] = {}
    seen = set()
    for order in orders.itertuples():
        if order.order_id in seen:
            continue
        seen.add(order.order_id)
        records = customers[customers["customer_id"] == order.customer_id]
        region = "unknown"
        if len(records) > 0:
            newest = records[records["updated_on"] == records["updated_on"].max()].iloc[-1]["region"]
            region = "unknown" if pd.isna(newest) else newest
        total = totals.setdefault(region, [0, 0])
        total[0] += 1
        total[1] += order.amount_cents
    rows = [(region, count, cents) for region, (count, cents) in totals.items()]
    rows.sort(key=lambda row: (-row[2], row[0]))
    return pd.DataFrame(rows, columns=["region", "orders", "revenue_cents"])

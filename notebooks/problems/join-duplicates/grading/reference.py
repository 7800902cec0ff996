import pandas as pd

ORDER_COLUMNS = ["order_id", "customer_id", "amount_cents"]
CUSTOMER_COLUMNS = ["customer_id", "region", "updated_on"]


def revenue_by_region(orders: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Return the number of orders and the revenue of each region."""
    require(orders, "orders", ORDER_COLUMNS)
    require(customers, "customers", CUSTOMER_COLUMNS)
    newest = (
        customers.dropna(subset=["customer_id"])
        .sort_values("updated_on", kind="stable")
        .drop_duplicates("customer_id", keep="last")
    )
    region_of = newest.set_index("customer_id")["region"]
    counted = orders.drop_duplicates("order_id")
    regions = counted["customer_id"].map(region_of).astype("str").fillna("unknown")
    totals = (
        counted.assign(region=regions)
        .groupby("region", as_index=False)
        .agg(orders=("order_id", "size"), revenue_cents=("amount_cents", "sum"))
    )
    return totals.sort_values(["revenue_cents", "region"], ascending=[False, True], ignore_index=True)


def require(table: pd.DataFrame, name: str, columns: list[str]) -> None:
    """Raise ValueError when the table lacks one of the columns."""
    absent = [column for column in columns if column not in table.columns]
    if absent:
        raise ValueError(f"{name}: missing columns {', '.join(absent)}")

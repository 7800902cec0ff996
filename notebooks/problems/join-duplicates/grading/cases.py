"""Cases of join-duplicates. All customers and orders are made up."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from nbassess_graders.assessment import Case

case = partial(Case, mutates_ok=True)

Tables = tuple[pd.DataFrame, pd.DataFrame]

ORDER_TYPES = {"order_id": "str", "customer_id": "str", "amount_cents": "int64"}
CUSTOMER_TYPES = {"customer_id": "str", "region": "str", "updated_on": "datetime64[us]"}


def tables(orders: list[tuple[str, str | None, int]], customers: list[tuple[str | None, str | None, str]]):
    """Return a maker of the two arguments."""

    def make() -> Tables:
        return (
            pd.DataFrame(orders, columns=list(ORDER_TYPES)).astype(ORDER_TYPES),
            pd.DataFrame(customers, columns=list(CUSTOMER_TYPES)).astype(CUSTOMER_TYPES),
        )

    return make


def without(table: int, column: str) -> Callable[[], Tables]:
    """Return a maker of the two arguments, one of which lacks a column."""

    def make() -> Tables:
        pair = list(tables([("O-1", "C-1", 500)], [("C-1", "North", "2026-01-01")])())
        pair[table] = pair[table].drop(columns=column)
        return pair[0], pair[1]

    return make


def shop(orders: int, customers: int, seed: int) -> Callable[[], Tables]:
    """Return a maker of a shop in which customers moved, orders repeat and guests buy."""

    def make() -> Tables:
        rng = np.random.default_rng(seed)
        ids = pd.Series([f"C-{number:06d}" for number in range(customers)], dtype="str")
        records = pd.DataFrame({"customer_id": ids.sample(2 * customers, replace=True, random_state=seed)})
        records["region"] = rng.choice(["North", "South", "East", "West", "Islands"], len(records))
        records["updated_on"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 300, len(records)), "D")
        records.loc[rng.random(len(records)) < 0.01, "customer_id"] = None
        records.loc[rng.random(len(records)) < 0.01, "region"] = None
        sales = pd.DataFrame({"order_id": [f"O-{number:07d}" for number in range(orders)]})
        sales["customer_id"] = ids.sample(orders, replace=True, random_state=seed + 1).array
        sales["amount_cents"] = rng.integers(100, 50_000, orders)
        sales.loc[rng.random(orders) < 0.05, "customer_id"] = None
        repeated = sales.sample(orders // 20, random_state=seed)
        sales = pd.concat([sales, repeated]).sample(frac=1, random_state=seed)
        return sales.astype(ORDER_TYPES).reset_index(drop=True), records.astype(CUSTOMER_TYPES).reset_index(drop=True)

    return make


def wide_tables() -> Tables:
    """Two tables with columns that are not asked for."""
    orders, customers = tables(
        [("O-1", "C-1", 1200), ("O-2", "C-2", 800)],
        [("C-1", "North", "2026-01-01"), ("C-2", "South", "2026-01-02")],
    )()
    return orders.assign(status="paid", channel="web"), customers.assign(status="active")


CASES: list[Case] = [
    case(
        name="example-in-the-prompt",
        tag="basic",
        args=tables(
            [("O-1", "C-1", 1000), ("O-2", "C-2", 2500), ("O-3", "C-1", 700), ("O-4", None, 300), ("O-2", "C-2", 2500)],
            [("C-1", "North", "2025-06-01"), ("C-2", "South", "2025-01-15"), ("C-1", "South", "2024-02-01")],
        ),
    ),
    case(
        name="one-record-per-customer",
        tag="basic",
        args=tables(
            [("O-1", "C-1", 1000), ("O-2", "C-2", 2500), ("O-3", "C-3", 1800), ("O-4", "C-1", 900)],
            [("C-1", "North", "2026-01-01"), ("C-2", "South", "2026-01-01"), ("C-3", "North", "2026-01-01")],
        ),
    ),
    case(
        name="customer-who-moved-twice",
        tag="basic",
        args=tables(
            [("O-1", "C-1", 1000), ("O-2", "C-1", 500), ("O-3", "C-2", 100)],
            [
                ("C-1", "East", "2025-03-01"),
                ("C-1", "West", "2026-02-01"),
                ("C-1", "North", "2025-11-01"),
                ("C-2", "North", "2025-01-01"),
            ],
        ),
    ),
    case(
        name="unknown-customer-and-guest",
        tag="basic",
        args=tables(
            [("O-1", "C-1", 1000), ("O-2", "C-9", 2500), ("O-3", None, 300)],
            [("C-1", "North", "2026-01-01"), ("C-2", "South", "2026-01-01")],
        ),
    ),
    case(
        name="records-of-the-same-day",
        tag="edge",
        args=tables(
            [("O-1", "C-1", 1000), ("O-2", "C-2", 2500)],
            [
                ("C-1", "North", "2026-01-05"),
                ("C-2", "West", "2026-01-05"),
                ("C-1", "South", "2026-01-05"),
                ("C-2", "East", "2026-01-05"),
            ],
        ),
    ),
    case(
        name="repeated-order-lines",
        tag="edge",
        args=tables(
            [("O-1", "C-1", 1000), ("O-1", "C-1", 1000), ("O-2", "C-1", 1000), ("O-1", "C-1", 1000)],
            [("C-1", "North", "2026-01-01")],
        ),
    ),
    case(
        name="customer-record-without-an-id",
        tag="edge",
        args=tables(
            [("O-1", None, 1000), ("O-2", "C-1", 400), ("O-3", None, 50)],
            [("C-1", "North", "2026-01-01"), (None, "South", "2026-01-02")],
        ),
    ),
    case(
        name="newest-record-has-no-region",
        tag="edge",
        args=tables(
            [("O-1", "C-1", 1000), ("O-2", "C-2", 400)],
            [("C-1", "North", "2025-01-01"), ("C-1", None, "2026-01-01"), ("C-2", "North", "2026-01-01")],
        ),
    ),
    case(
        name="equal-revenue-is-sorted-by-name",
        tag="edge",
        args=tables(
            [("O-1", "C-1", 700), ("O-2", "C-2", 400), ("O-3", "C-2", 300), ("O-4", "C-3", 900)],
            [("C-1", "West", "2026-01-01"), ("C-2", "East", "2026-01-01"), ("C-3", "South", "2026-01-01")],
        ),
    ),
    case(name="no-orders", tag="edge", args=tables([], [("C-1", "North", "2026-01-01")])),
    case(name="no-customers", tag="edge", args=tables([("O-1", "C-1", 1000), ("O-2", None, 50)], [])),
    case(name="extra-columns", tag="edge", args=wide_tables),
    Case(
        name="the-tables-are-left-as-they-were",
        tag="edge",
        args=tables(
            [("O-2", "C-2", 1000), ("O-1", "C-1", 2500)],
            [("C-2", "South", "2026-01-02"), ("C-1", "North", "2026-01-01")],
        ),
    ),
    case(name="orders-without-amount", tag="error", args=without(0, "amount_cents"), raises="ValueError"),
    case(name="customers-without-date", tag="error", args=without(1, "updated_on"), raises="ValueError"),
    case(name="400-orders-of-100-customers", tag="large", args=shop(400, 100, seed=21)),
    case(name="200-thousand-orders-of-50-thousand-customers", tag="large", args=shop(200_000, 50_000, seed=22)),
]

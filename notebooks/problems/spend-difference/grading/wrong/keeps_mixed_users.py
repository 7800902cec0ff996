import numpy as np
import pandas as pd


def spend_difference(users, in_variant, spend):
    if not len(users) == len(in_variant) == len(spend):
        raise ValueError("length")
    df = pd.DataFrame({"user": users, "variant": in_variant, "spend": spend})
    totals = df.groupby(["user", "variant"])["spend"].sum().reset_index()
    a = totals.loc[~totals["variant"], "spend"]
    b = totals.loc[totals["variant"], "spend"]
    if len(a) < 2 or len(b) < 2:
        raise ValueError("too few users")
    diff = b.mean() - a.mean()
    se = np.sqrt(a.var() / len(a) + b.var() / len(b))
    return {
        "control_users": len(a),
        "variant_users": len(b),
        "difference": float(diff),
        "std_error": float(se),
        "low": float(diff - 1.96 * se),
        "high": float(diff + 1.96 * se),
    }

import numpy as np
import pandas as pd


def spend_difference(users, in_variant, spend):
    if not len(users) == len(in_variant) == len(spend):
        raise ValueError("length")
    df = pd.DataFrame({"user": users, "variant": in_variant, "spend": spend})
    by_user = df.groupby("user").agg(total=("spend", "sum"), share=("variant", "mean"))
    a = by_user.loc[by_user["share"] == 0, "total"].to_numpy()
    b = by_user.loc[by_user["share"] == 1, "total"].to_numpy()
    if len(a) < 2 or len(b) < 2:
        raise ValueError("too few users")
    diff = np.mean(b) - np.mean(a)
    se = np.sqrt(np.var(a) / len(a) + np.var(b) / len(b))
    return {
        "control_users": len(a),
        "variant_users": len(b),
        "difference": float(diff),
        "std_error": float(se),
        "low": float(diff - 1.96 * se),
        "high": float(diff + 1.96 * se),
    }

import numpy as np


def spend_difference(users, in_variant, spend):
    if not len(users) == len(in_variant) == len(spend):
        raise ValueError("length")
    both = np.intersect1d(users[in_variant], users[~in_variant])
    keep = ~np.isin(users, both)
    users, in_variant, spend = users[keep], in_variant[keep], np.nan_to_num(spend[keep])
    a, b = spend[~in_variant], spend[in_variant]
    n_a, n_b = len(np.unique(users[~in_variant])), len(np.unique(users[in_variant]))
    if n_a < 2 or n_b < 2:
        raise ValueError("too few users")
    diff = b.mean() - a.mean()
    se = np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    return {
        "control_users": n_a,
        "variant_users": n_b,
        "difference": float(diff),
        "std_error": float(se),
        "low": float(diff - 1.96 * se),
        "high": float(diff + 1.96 * se),
    }

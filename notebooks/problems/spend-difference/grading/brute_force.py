import numpy as np


def spend_difference(users: np.ndarray, in_variant: np.ndarray, spend: np.ndarray) -> dict[str, float]:
    """Collect the users one by one, scanning all visits for each of them."""
    if not len(users) == len(in_variant) == len(spend):
        raise ValueError("users, in_variant and spend must have the same length")
    control, variant = [], []
    for user in set(users.tolist()):
        visits = users == user
        groups = in_variant[visits]
        total = np.nansum(spend[visits])
        if groups.all():
            variant.append(total)
        elif not groups.any():
            control.append(total)
    if min(len(control), len(variant)) < 2:
        raise ValueError("each group needs at least two users")
    difference = np.mean(variant) - np.mean(control)
    std_error = np.sqrt(np.var(control, ddof=1) / len(control) + np.var(variant, ddof=1) / len(variant))
    return {
        "control_users": len(control),
        "variant_users": len(variant),
        "difference": float(difference),
        "std_error": float(std_error),
        "low": float(difference - 1.96 * std_error),
        "high": float(difference + 1.96 * std_error),
    }

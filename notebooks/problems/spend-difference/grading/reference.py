import numpy as np


def spend_difference(users: np.ndarray, in_variant: np.ndarray, spend: np.ndarray) -> dict[str, float]:
    """Compare the mean spend per user of the two groups."""
    if not len(users) == len(in_variant) == len(spend):
        raise ValueError("users, in_variant and spend must have the same length")
    ids, user_of_visit = np.unique(users, return_inverse=True)
    total = np.bincount(user_of_visit, weights=np.where(np.isnan(spend), 0.0, spend), minlength=ids.size)
    saw_variant = np.bincount(user_of_visit[in_variant], minlength=ids.size) > 0
    saw_control = np.bincount(user_of_visit[~in_variant], minlength=ids.size) > 0
    control = total[saw_control & ~saw_variant]
    variant = total[saw_variant & ~saw_control]
    if min(control.size, variant.size) < 2:
        raise ValueError("each group needs at least two users")
    difference = variant.mean() - control.mean()
    std_error = np.sqrt(control.var(ddof=1) / control.size + variant.var(ddof=1) / variant.size)
    return {
        "control_users": int(control.size),
        "variant_users": int(variant.size),
        "difference": float(difference),
        "std_error": float(std_error),
        "low": float(difference - 1.96 * std_error),
        "high": float(difference + 1.96 * std_error),
    }

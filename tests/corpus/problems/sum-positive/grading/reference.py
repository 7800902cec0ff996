def total(values: list[int]) -> int:
    return sum(value for value in values if value > 0)

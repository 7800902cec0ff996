def total(values):
    result = sum(value for value in values if value > 0)
    values.append(0)
    return result

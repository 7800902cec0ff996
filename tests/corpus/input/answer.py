def total(values):
    return int(input("how much? "))

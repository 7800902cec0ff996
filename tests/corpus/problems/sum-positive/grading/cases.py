from nbassess_graders.assessment import Case

CASES = [
    Case(name="small", tag="basic", args=([3, -1, 4],)),
    Case(name="empty", tag="edge", args=([],)),
    Case(name="not-a-list", tag="error", args=(None,), raises="TypeError"),
    Case(name="many", tag="large", args=(list(range(-500, 500)),)),
]

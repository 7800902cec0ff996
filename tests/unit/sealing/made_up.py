"""Made-up records: every kind of event, with hostile texts, from several clients."""

from typing import Any

from hypothesis import strategies as st
from nbassess_events.codec import parse_event
from nbassess_events.model import Recorded

from tests.unit.events.test_events_codec import SAMPLES

PATHS = ("p/p.ipynb", "q/é.ipynb")
CLIENTS = ("0123456789abcdef", "fedcba9876543210")

# Lone surrogates, NUL, controls, astral characters: whatever a person or a program can put into a cell.
hostile = st.text(st.characters(exclude_categories=()), max_size=12)


def operations(inserted: st.SearchStrategy[Any]) -> st.SearchStrategy[list[list[Any]]]:
    """A few operations on a text."""
    return st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7), inserted).map(list), min_size=0, max_size=3)


edits = st.fixed_dictionaries(
    {
        "type": st.just("edit"),
        "path": st.sampled_from(PATHS) | hostile,
        "cell": st.sampled_from(("a", "file")) | hostile,
        "source": st.sampled_from(("type", "paste", "unknown")),
        "ops": operations(hostile),
    }
)
# Edits that fit the cell `a` of SAMPLES' notebook, so that replays have something to rebuild.
typing = hostile.map(lambda text: {"type": "edit", **SAMPLES["edit"], "ops": [[0, 0, text]]})
outputs = st.lists(st.dictionaries(hostile, hostile | st.integers() | st.floats(allow_nan=False, allow_infinity=False)))
runs = outputs.map(lambda shown: {"type": "execution_finished", **SAMPLES["execution_finished"], "outputs": shown})
others = st.sampled_from(sorted(SAMPLES)).map(lambda name: {"type": name, **SAMPLES[name]})


@st.composite
def recordings(draw: st.DrawFn, *, min_size: int = 0, max_size: int = 25) -> list[Recorded]:
    """Records of a sitting, numbered as the collector numbers them."""
    events = draw(st.lists(typing | edits | runs | others, min_size=min_size, max_size=max_size))
    received_ms, seqs = 1_800_000_000_000, dict.fromkeys(CLIENTS, 0)
    records = []
    for position, event in enumerate(events, start=1):
        client = draw(st.sampled_from(CLIENTS))
        received_ms += draw(st.integers(0, 100_000))
        t_ms = draw(st.integers(0, 2**53 - 1)) if draw(st.integers(0, 9)) == 0 else received_ms - 50
        parsed = parse_event({**event, "seq": seqs[client], "t_ms": t_ms})
        seqs[client] += 1
        records.append(Recorded(position=position, client=client, received_ms=received_ms, event=parsed))
    return records

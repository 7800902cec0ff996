"""The README.md of a dataset: what the standard asks a data set to say in words, and how to read ours."""

from __future__ import annotations

from nbassess_events.model import (
    EVENT_TYPES,
    ClientStarted,
    Edit,
    Event,
    ExecutionFinished,
    FileOpened,
    NotebookOpened,
    Saved,
)

from nbassess_hub.progsnap.columns import VERSION

_TEXT = """# Recorded sittings in ProgSnap2 {version}

Written by nbassess from its recordings. One subject is one sitting; the id is random and says nothing about the person.
The code, the outputs and the names of files are what people wrote: they may name somebody. Events of demonstrations
are marked in `LinkTables/LinkSubject.csv` (`X-Synthetic`).

## Reading the tables

The files are UTF-8, comma-separated, quoted as RFC 4180 says; fields hold line breaks. Empty fields are empty texts,
and `None` or `NA` can be what somebody typed. With pandas:

    table = pandas.read_csv("MainTable.csv", dtype=str, keep_default_na=False)

## Rebuilding the code (CodeStateRepresentation `Keystroke`)

Take the rows of one `SubjectID` in their `Order`. Every section (`CodeStateSection`) begins as an empty text. For each
`File.Edit`, with positions that count Unicode code points from 0:

    code = code[:SourceLocation] + InsertText + code[SourceLocation + len(DeleteText):]

`File.Create` and `File.Delete` say which sections exist. UTF-8 cannot hold half a surrogate pair, which editors can:
there `InsertText` and `DeleteText` show U+FFFD (the same number of code points) and `X-InsertTextJson` and
`X-DeleteTextJson` hold the exact text as a JSON string.

- A text file is one section, named by its path.
- A notebook has one section for each cell, `path#cell`, and one, `path#~cells`, with a line `<type> <cell>` for each
  cell in its order. A second cell with the same id is `path#cell~2`. Paths and ids are percent-encoded.
- A `CodeStateID` counts the states of all sections of a subject; it is empty where the state is not fully known.

One recorded event can be several rows; they have the same `X-Position`, and the last one is the state after the event.
An insertion that a spreadsheet would run as a formula is two rows (`=`, then the rest), and a very long one several:
they belong together by `ParentEventID`.

Where several copies of a notebook were open (tabs, reloads), the dataset follows the one that was changed last. What
another copy differs in, and what a notebook held when it was opened, is written as edits of type `X-Snapshot`.

Where the recording is not whole, `LoggingErrorID` leads to `LinkTables/LinkLoggingError.csv`, `CodeStateID` is empty
from there on, and nothing is guessed: the next `X-Snapshot` makes the code known again.

## Columns of our own

| column | what |
|---|---|
| `X-Position` | position of the event in the recording, which the chain head in `LinkSubject` covers |
| `X-Session` | the page load (or run of the notebook server) that an event came from |
| `X-Section` | the section an event is about, where the standard has no column for it |
| `X-Source` | what made an edit: type, compose, paste, drop, cut, undo, redo, complete, inline, replace, cells, ... |
| `X-InsertTextJson`, `X-DeleteTextJson` | the exact text, where UTF-8 cannot hold it |
| `X-DurationMs`, `X-Outputs` | how long a run took; its outputs as the notebook's JSON |
| `X-Data` | everything else that was recorded with an event, as JSON; if that is long, the name of its file |

`LinkSubject`: `X-Assessment` and `X-AssessmentVersion`, `X-Synthetic` (made by a demonstration), `X-StartedTimestamp`,
`X-EndedTimestamp`, `X-EndedBy` (submitted or deadline), `X-Records` and `X-Head`: number of records and the end of the
hash chain of the recording that this was made from.

## Values of our own

EditType `X-Snapshot`: content of a notebook as it was opened. `X-Drop`: text dropped with the mouse. `X-Complete`,
`X-InlineCompletion`: an accepted suggestion. `X-Programmatic`: a program changed the text. `GenericEdit`: nobody can
say.

`IsFabricatedEvent` is true where no event was recorded: `X-Snapshot` and the rows around it, a `Session.Start` that is
missing, every `Session.End` (the last event of the page), and `Submit`, which stands at the end of each ended sitting
and carries its `Score`: what is graded is the recorded state at the end.

ExecutionResult `Timeout` is a run that was interrupted.

## Event types of our own

| EventType | what |
|---|---|
{types}
| `X-Edits` | several edits at once (many cursors); their rows name it as their parent |
| `X-OtherCopy` | another copy of a notebook becomes the one that is worked on |
"""


_STANDARD = (ClientStarted, NotebookOpened, FileOpened, Edit, ExecutionFinished, Saved)
"""The events that have a type in the standard, always."""


def own_type(event: type[Event]) -> str:
    """Return the event type of our own for an event."""
    return "X-" + "".join(part.capitalize() for part in event.TYPE.split("_"))


def readme() -> str:
    """Return the text."""
    own = (cls for cls in EVENT_TYPES if cls not in _STANDARD)
    types = (f"| `{own_type(cls)}` | {(cls.__doc__ or '').strip().splitlines()[0]} |" for cls in own)
    return _TEXT.format(version=VERSION, types="\n".join(types))

"""What can go wrong in the graders that is ours, not the candidate's.

What a candidate's code does wrong is a value (a verdict with a finding). An exception of this tree means that
the material, the machine or we are at fault; it never becomes a score.
"""

from __future__ import annotations


class GraderError(Exception):
    """Stand at the root of every error that nbassess_graders raises."""


class AssessmentError(GraderError):
    """Report assessment or problem material that cannot be used; the message names the file and the remedy."""


class PublicationError(GraderError):
    """Report an archive of an assessment that cannot be trusted or read."""


class SubmissionError(GraderError):
    """Report a submission that does not have the shape of recorded documents."""


class SandboxFailure(GraderError):  # noqa: N818 - the contract's word: a failure of ours, to be tried again, never a zero
    """Report that the sandbox could not be set up or lost its grip; the queue tries again."""

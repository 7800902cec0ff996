"""Run in the grading sandbox by the sandbox's interpreter; imports the standard library and nothing of ours."""

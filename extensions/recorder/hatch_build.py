"""Build the labextension for a wheel; an editable install leaves that to `npm run build:prod`."""

from __future__ import annotations

from hatch_jupyter_builder import npm_builder


def build_labextension(target_name: str, version: str, **options: str) -> None:
    """Run npm for a wheel or sdist. Editable installs must work without Node, so nothing happens there."""
    if version != "editable":
        npm_builder(target_name, version, **options)

"""Start an analyst's server: lay fresh dashboards into the home folder, then become the command that was asked for.

The home folder is empty at each start (a tmpfs), and the image is read-only. Dashboards that are already there are the
analyst's own by now, so they stay as they are.
"""

import os
import shutil
import sys
from pathlib import Path

SHIPPED = Path("/opt/dashboards")


def lay_out(shipped: Path, home: Path) -> Path:
    """Copy each shipped file that the home folder does not have yet; return the folder of dashboards."""
    folder = home / "dashboards"
    for source in sorted(path for path in shipped.rglob("*") if path.is_file()):
        target = folder / source.relative_to(shipped)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    return folder


def main() -> None:
    """Prepare the home folder and hand over to the given command; never returns."""
    home = Path(os.environ.get("HOME", "/home/analyst"))
    lay_out(SHIPPED, home)
    os.chdir(home)
    command = sys.argv[1:] or ["jupyterhub-singleuser"]
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()

"""Which sitting the address of this page asks for, as the browser knows it.

Voilà tells a kernel the query of its page; JupyterLab does not, so there the browser has to say it.
"""

from pathlib import Path

import anywidget
import traitlets

from nbassess_dashboards.modules import join

ADDRESS_FOLDER = Path(__file__).parent / "player"


class PageAddress(anywidget.AnyWidget):
    """Show nothing; set `sitting` to what the page's address asks for."""

    _esm = join(ADDRESS_FOLDER, ["dom.js", "address.js"]) + (
        """
function render({ model }) {
  const { sitting } = wantedMoment(openedWith());
  if (!sitting || sitting === model.get("sitting")) return;
  model.set("sitting", sitting);
  model.save_changes();
}

export default { render };
"""
    )

    sitting = traitlets.Unicode("").tag(sync=True)

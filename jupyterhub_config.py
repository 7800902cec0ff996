"""JupyterHub's configuration: a table of contents, read by `jupyterhub -f jupyterhub_config.py`.

Settings come from the file that `NBASSESS_SETTINGS` names and from `NBASSESS_<SECTION>__<KEY>` variables
(docs/reference/settings.md). What each part sets is in nbassess_hub/configure.py.
"""

from nbassess_hub.configure import (
    configure_access,
    configure_hub,
    configure_proxy,
    configure_services,
    configure_spawner,
)
from nbassess_hub.settings import load_settings

c = get_config()
settings = load_settings()

# where the hub lives, and that it may restart while people work
configure_hub(c, settings)

# the public entrance, a process of its own
configure_proxy(c, settings)

# who gets in, and which scopes they hold
configure_access(c, settings)

# the assessment service and the process supervisor
configure_services(c, settings)

# one isolated notebook server per person
configure_spawner(c, settings)

"""Configuration of the candidate's Jupyter server; `nbassess_recorder.server` puts it in force."""

import os
from pathlib import Path

from nbassess_recorder import credential

c = get_config()  # type: ignore[name-defined]  # noqa: F821 - given by traitlets

work_dir = os.environ.get("NBASSESS_WORK_DIR", "/home/work")

# The server is root inside the container on purpose: only so can it start kernels as another user and keep its journal.
c.ServerApp.allow_root = True
c.ServerApp.root_dir = work_dir
c.ServerApp.terminals_enabled = False
c.ServerApp.allow_remote_access = True
c.ServerApp.cookie_secret = credential.cookie_secret(Path(os.environ.get("NBASSESS_JOURNAL_DIR", "/srv/journal")))
# The server is a witness of its own: it sees runs and saves without asking the page.
c.ServerApp.contents_manager_class = "nbassess_recorder.contents.WitnessedContents"
c.ServerApp.kernel_websocket_connection_class = "nbassess_recorder.kernels.WitnessedConnection"
c.ServerApp.jpserver_extensions = {
    "jupyter_lsp": False,
    "jupyter_server_terminals": False,
    "jupyterlab": True,
    "nbassess_recorder.app": True,
    "nbclassic": False,
    "nbgrader.server_extensions.assignment_list": False,
    "nbgrader.server_extensions.course_list": False,
    "nbgrader.server_extensions.formgrader": False,
    "nbgrader.server_extensions.validate_assignment": False,
    "notebook": False,
    "notebook_shim": False,
    "voila.server_extension": False,
}

c.ContentsManager.allow_hidden = False
c.FileContentsManager.delete_to_trash = False
c.FileContentsManager.always_delete_dir = False

c.KernelSpecManager.allowed_kernelspecs = {"python3"}
c.KernelSpecManager.ensure_native_kernel = False
c.KernelProvisionerFactory.default_provisioner_name = "nbassess-uid"
c.MappingKernelManager.cull_idle_timeout = 0
c.MappingKernelManager.default_kernel_name = "python3"

c.LabApp.extension_manager = "readonly"
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.workspaces_dir = os.environ.get("NBASSESS_WORKSPACES_DIR", "/run/nbassess/workspaces")
c.LabApp.user_settings_dir = os.environ.get("NBASSESS_USER_SETTINGS_DIR", "/run/nbassess/settings")

if credential.token():
    c.HubAuth.api_token = credential.token()
# A hub that is away for long must not lock candidates out.
c.HubAuth.cache_max_age = 8 * 3600

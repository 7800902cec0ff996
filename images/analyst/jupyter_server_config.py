"""How an analyst's Jupyter server is set up: no shell, no news, no installing of extensions."""

c = get_config()  # type: ignore[name-defined]  # noqa: F821 - given by traitlets when it reads this file

c.ServerApp.root_dir = "/home/analyst"
c.ServerApp.terminals_enabled = False
c.ServerApp.jpserver_extensions = {
    "jupyterlab": True,
    "voila.server_extension": True,
    "jupyter_server_terminals": False,
    "jupyter_lsp": False,
}
c.LabApp.extension_manager = "readonly"
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"

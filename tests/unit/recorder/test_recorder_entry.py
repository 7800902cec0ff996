"""The token leaves the environment before the server begins, and the server still gets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files

from nbassess_recorder import credential, entry, server

SCRIPT = str(files("nbassess_recorder") / "entry.py")
TOKEN = "synthetic-hub-token"


def test_secrets_are_split_from_the_environment() -> None:
    rest, secrets = entry.split({"JUPYTERHUB_API_TOKEN": TOKEN, "JPY_API_TOKEN": TOKEN, "LANG": "C.UTF-8"})
    assert rest == {"LANG": "C.UTF-8"}
    assert secrets == {"JUPYTERHUB_API_TOKEN": TOKEN, "JPY_API_TOKEN": TOKEN}


def test_the_programs_name_is_dropped_and_the_spawners_arguments_are_passed_on() -> None:
    server_line = [sys.executable, "-s", "-P", "-m", "nbassess_recorder.server", "--port=8888"]
    assert entry.command(["jupyterhub-singleuser", "--port=8888"], None) == server_line
    assert entry.command(["--port=8888"], "/usr/bin/tini") == ["/usr/bin/tini", "-s", "--", *server_line]


def test_both_ends_name_the_pipe_alike() -> None:
    assert entry.PIPE_VARIABLE == credential.PIPE_VARIABLE
    assert credential.HUB_TOKEN in entry.SECRETS


def test_no_process_has_the_token_in_its_environment_and_the_next_program_reads_it_once() -> None:
    """The real script, isolated as in the image; instead of the server a program that looks around."""
    look = (
        "import json, os\n"
        "from nbassess_recorder import credential\n"
        "before = open('/proc/self/environ').read()\n"
        "credential.take()\n"
        "print(json.dumps([credential.token(), 'synthetic' in before, 'synthetic' in str(dict(os.environ))]))\n"
    )
    run = (
        "import runpy, os, sys\n"
        f"entry = runpy.run_path({SCRIPT!r})\n"
        f"entry['main'].__globals__['command'] = lambda *_: [sys.executable, '-c', {look!r}]\n"
        "entry['main']()\n"
    )
    found = subprocess.run(
        [sys.executable, "-I", "-S", "-c", run],
        env={"JUPYTERHUB_API_TOKEN": TOKEN, "PATH": os.environ["PATH"]},
        capture_output=True,
        check=True,
        text=True,
    )
    assert json.loads(found.stdout) == [TOKEN, False, False]


def test_the_server_leaves_the_slow_optional_package_out() -> None:
    run = (
        "import sys\n"
        "from nbassess_recorder import server\n"
        "sys.meta_path.insert(0, server.OmittedPackages)\n"
        "import jsonschema\n"
        "print('rfc3987_syntax' in sys.modules)\n"
    )
    found = subprocess.run([sys.executable, "-c", run], capture_output=True, check=True, text=True)
    assert found.stdout.strip() == "False"


def test_the_servers_own_configuration_comes_first() -> None:
    run = (
        "import os\n"
        "from nbassess_recorder import server\n"
        "server.use_own_configuration()\n"
        "print(os.environ['JUPYTER_CONFIG_PATH'], os.environ['JUPYTER_PATH'])\n"
    )
    environment = {"PATH": os.environ["PATH"], "JUPYTER_CONFIG_PATH": "/other"}
    found = subprocess.run([sys.executable, "-c", run], env=environment, capture_output=True, check=True, text=True)
    config, data = found.stdout.split()
    assert config.endswith("nbassess_recorder/etc:/other")
    assert data.endswith("nbassess_recorder/share")
    assert set(server.OWN_DIRECTORIES) == {"JUPYTER_CONFIG_PATH", "JUPYTER_PATH"}

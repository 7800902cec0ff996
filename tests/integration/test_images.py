"""The third fence: what is in the images, seen by looking into them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

import docker
import pytest
from nbassess_hub.images import image_tag

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

NEVER_IN_A_CANDIDATE = ("nbassess_hub", "nbassess_graders", "nbassess_dashboards", "nbgrader", "dockerspawner")
NEVER_IN_AN_ANALYST = ("nbassess_hub", "nbassess_graders", "nbassess_recorder", "nbgrader", "dockerspawner")
BUILD_TOOLS = ("gcc", "cc", "g++", "make", "uv", "pip", "node", "npm", "git", "docker", "curl", "wget")


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """The engine, and what this checkout's images are called."""

    engine: docker.DockerClient
    tags: Mapping[str, str]

    def look(self, name: str, command: str) -> list[str]:
        """Run a shell command as root in a fresh container without a network; return the lines it prints, sorted."""
        output = self.engine.containers.run(
            self.tags[name],
            ["-c", command],
            entrypoint="/bin/sh",
            user="0",
            remove=True,
            network_mode="none",
            read_only=True,
        )
        return sorted(output.decode().splitlines())


@pytest.fixture(scope="module")
def images() -> Iterator[Images]:
    tags = {"candidate": image_tag("candidate"), "analyst": image_tag("analyst")}
    with closing(docker.from_env()) as engine:
        for tag in tags.values():
            if not engine.images.list(tag):
                pytest.skip(f"image {tag} is not built; run `make images`")
        yield Images(engine=engine, tags=tags)


@pytest.mark.parametrize(
    ("name", "package"),
    [*(("candidate", p) for p in NEVER_IN_A_CANDIDATE), *(("analyst", p) for p in NEVER_IN_AN_ANALYST)],
)
def test_an_image_lacks_what_its_zone_must_never_contain(images: Images, name: str, package: str) -> None:
    assert images.look(name, f"find / -xdev -iname '{package}*'") == []


@pytest.mark.parametrize("name", ["candidate", "analyst"])
def test_an_image_holds_no_cases_solutions_or_sources(images: Images, name: str) -> None:
    """promise: the candidate's container holds no expected value and no hidden case."""
    secrets = "-name cases.py -o -name brute_force.py -o -name problem.toml -o -path '*/grading/*' -o -name '*.pth'"

    found = images.look(name, f"find /opt /home /srv /root /tmp -xdev \\( {secrets} \\)")

    assert [path for path in found if not path.endswith(("distutils-precedence.pth", "_virtualenv.pth"))] == []


@pytest.mark.parametrize("name", ["candidate", "analyst"])
def test_an_image_keeps_nothing_of_the_host_that_built_it(images: Images, name: str) -> None:
    """Certificate authorities, caches and the index's address are there during the build only."""
    places = "/run/secrets /run/uv /run/requirements.txt /root/.cache /root/.config /etc/ssl/certs/ca-certificates.crt"

    assert images.look(name, f"for p in {places}; do if [ -s $p ] && [ -f $p ]; then echo $p; fi; done") == []
    assert images.look(
        name, "find /run/secrets /root /tmp /var/lib/apt/lists -mindepth 1 -type f 2>/dev/null; true"
    ) in (
        [],
        ["/root/.bashrc", "/root/.profile"],
    )


@pytest.mark.parametrize("name", ["candidate", "analyst"])
def test_an_image_has_no_tools_to_build_or_fetch_with(images: Images, name: str) -> None:
    assert images.look(name, f"for t in {' '.join(BUILD_TOOLS)}; do command -v $t; done; true") == []


@pytest.mark.parametrize("name", ["candidate", "analyst"])
def test_nothing_in_an_image_gains_rights_by_being_run(images: Images, name: str) -> None:
    assert images.look(name, "find / -xdev -type f -perm /6000") == []


def test_a_candidate_cannot_enter_the_servers_home_or_the_journal(images: Images) -> None:
    folders = "/srv/server /srv/journal /run/nb /home/work /home/candidate"

    modes = images.look("candidate", f"stat -c '%a %u:%g %n' {folders}")

    assert modes == [
        "1770 0:2000 /home/candidate",
        "3770 0:2000 /home/work",
        "700 0:0 /srv/journal",
        "700 0:0 /srv/server",
        "711 0:0 /run/nb",
    ]


@pytest.mark.parametrize(
    ("name", "modules"),
    [
        (
            "candidate",
            "numpy, pandas, pyarrow, sklearn.linear_model, matplotlib.pyplot, jupyterlab, nbassess_recorder.app",
        ),
        ("analyst", "pandas, plotly, ipywidgets, anywidget, voila, jupyterlab, nbassess_dashboards.replay"),
    ],
)
def test_an_image_can_do_its_work(images: Images, name: str, modules: str) -> None:
    assert images.look(name, f"MPLCONFIGDIR=/dev/shm python -B -c 'import {modules}; print(1)'") == ["1"]


def test_the_labextension_is_where_lab_looks(images: Images) -> None:
    folder = "/opt/venv/share/jupyter/labextensions/@nbassess/recorder"

    assert images.look("candidate", f"ls {folder}/package.json") == [f"{folder}/package.json"]


def test_an_analyst_is_nobody_special(images: Images) -> None:
    assert images.engine.images.get(images.tags["analyst"]).attrs["Config"]["User"] == "analyst"

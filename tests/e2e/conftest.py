"""The local AWS that the end-to-end tests share."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator

import pytest

from examples.local_aws.emulator import LocalAws, LocalAwsUnavailable


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAws]:
    """The local AWS. Where it is not to be had its tests are skipped, but on CI they fail."""
    try:
        if importlib.util.find_spec("boto3") is None:
            raise LocalAwsUnavailable("boto3 is missing: it is in the dependency group `dev`")
        local = LocalAws()
    except LocalAwsUnavailable as error:
        if os.environ.get("CI", "false").lower() not in ("", "0", "false"):
            raise
        pytest.skip(str(error))
    with local:
        yield local
